#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A rootless engine: in a user namespace whose root is nobody outside, with networks of its own. What
# differs is where things are, so a few faults of each kind will do.
source "$(dirname "$0")/../lab/tap.sh"

export LAB_KIND=rootless
first=$(tests/lab/try.sh delivered 2>&1) || TAP_FAILED=1
if [[ $first == *"RootlessKit API socket"* ]]; then
	TAP_FAILED=0
	skip rootless "this engine wants the process of RootlessKit itself beside it"
	tap_end
fi
echo "$first"
for fault in docker-isolation docker-icc-off docker-stale-rule nf-rule-drop nf-policy-drop \
	container-firewall bridge-port-isolated tc-drop no-listener; do
	tests/lab/try.sh $fault || TAP_FAILED=1
done
tap_end
