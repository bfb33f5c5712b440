#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fetch.sh DIR docker|podman: unpacks the lab's engine, and with Docker's what all labs need, into DIR/root.
# Debian's packages, but not installed: docker.io would start a daemon on this machine and push out any
# other engine.
set -eu
dir=$1
case $2 in
docker) packages=(docker.io containerd runc libdevmapper1.02.1 busybox-static arptables) ;;
podman) packages=(podman conmon netavark aardvark-dns libgpgme11 libassuan0 libsubid4 libdevmapper1.02.1) ;;
esac

download()
{
	# apt warns that its sandbox user cannot write here; there is nothing to protect
	apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}"
}

echo "Fetching the lab's $2 from Debian's packages (unpacked, not installed): ${packages[*]}"
rm -rf "$dir/debs" "$dir/root"
mkdir -p "$dir/debs" "$dir/root"
cd "$dir/debs"
download 2>/dev/null || { apt-get -qq update && download; }
for deb in *.deb; do
	dpkg -x "$deb" ../root
done
