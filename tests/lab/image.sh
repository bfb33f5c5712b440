#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# image.sh BUSYBOX UDPECHO OUT: the file system of the lab's containers, as a tar file. It serves
# TCP port 80 and UDP port 7; the latter last, so that one listener tells that both are there.
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

mkdir -p "$tree"/{bin,tmp,www}
cp "$1" "$tree/bin/busybox"
cp "$2" "$tree/bin/udpecho"
for applet in $("$1" --list); do
	[[ $applet == busybox ]] || ln -s busybox "$tree/bin/$applet"
done
echo "this is the lab" >"$tree/www/index.html"
cat >"$tree/bin/serve" <<'END'
#!/bin/sh
httpd -p 80 -h /www
exec udpecho 7
END
chmod +x "$tree/bin/serve"
tar -C "$tree" --owner 0 --group 0 -cf "$3" .
