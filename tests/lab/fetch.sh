#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fetch.sh DIR: unpacks the lab's Docker Engine and busybox into DIR/root. Debian's packages, but
# not installed: docker.io would start a daemon on this machine and push out any other engine.
set -eu
dir=$1
packages=(docker.io containerd runc libdevmapper1.02.1 busybox-static arptables)

download()
{
	# apt warns that its sandbox user cannot write here; there is nothing to protect
	apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}"
}

echo "Fetching the lab's engine from Debian's packages (unpacked, not installed): ${packages[*]}"
rm -rf "$dir/debs" "$dir/root"
mkdir -p "$dir/debs" "$dir/root"
cd "$dir/debs"
download 2>/dev/null || { apt-get -qq update && download; }
for deb in *.deb; do
	dpkg -x "$deb" ../root
done
