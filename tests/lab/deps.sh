#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# deps.sh PACKAGE...: installs those that are missing, from Debian's packages.
set -eu

die()
{
	echo "deps: $*" >&2
	exit 1
}

installed()
{
	[[ $(dpkg-query -W -f '${db:Status-Status} ' "$1" 2>/dev/null) == *installed* ]]
}

command -v dpkg-query >/dev/null || die "not a Debian system; install what corresponds to: $*"

missing=()
for package; do
	installed "$package" || missing+=("$package")
done
((${#missing[@]})) || exit 0
((EUID == 0)) || die "run as root, or install: ${missing[*]}"

echo "Installing from Debian's packages, to build dockdrop and run its lab: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -o DPkg::Lock::Timeout=300)
"${apt[@]}" update
# --no-remove: rather fail than push out what somebody chose
"${apt[@]}" install --yes --no-remove --no-install-recommends "${missing[@]}" </dev/null >/dev/null
