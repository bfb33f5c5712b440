#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Prints the rules that this engine makes for a network of each kind and for ports published on all
# addresses and on a loopback address, in the form of tests/data/rules/docker.
source "$(dirname "$0")/lab.sh"

lab_open
lab_network shop
lab_network vault --internal
lab_network quiet --opt com.docker.network.bridge.enable_icc=false
lab_network cell --internal --opt com.docker.network.bridge.enable_icc=false
lab_docker run --detach --name web --network shop --publish 8080:80 lab serve >/dev/null
lab_docker run --detach --name db --network quiet --publish 127.0.0.1:8081:80 lab serve >/dev/null
lab_container key vault
echo "# Docker Engine $(lab_docker version --format '{{.Server.Version}}')"
for table in raw filter; do
	lab_host iptables-nft-save -t $table 2>/dev/null | grep -v '^# '
done
