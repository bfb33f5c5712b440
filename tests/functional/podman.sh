#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Podman's Docker-compatible socket: networks are told by name, their bridges not at all.
source "$(dirname "$0")/../lab/tap.sh"

if [[ ! -d build/lab/podman/root ]]; then
	skip podman "Podman was not fetched: make build/lab/podman.stamp"
	tap_end
fi
export LAB_KIND=podman
for fault in delivered nf-rule-reject:order container-firewall bridge-port-isolated bridge-down link-down \
	tc-drop neigh-unresolved no-listener; do
	tests/lab/try.sh $fault || TAP_FAILED=1
done
tap_end
