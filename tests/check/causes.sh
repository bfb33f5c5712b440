#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every cause in the table has a fault that makes it happen, and every fault a cause in the table.
cd "$(dirname "$0")/../.." || exit 2
source tests/lab/tap.sh
source tests/lab/lab.sh
source tests/lab/fault.sh

told=$(sed -n 's/^CAUSE("\([^"]*\)".*/\1/p' user/core/causes.def | sort -u)
made=$(
	for file in "$FAULTS"/*.sh; do
		fault_load "$(basename "$file" .sh)"
		echo "$cause"
	done | grep . | sort -u
)
if [[ -n $told && $told == "$made" ]]; then
	ok "every cause has a fault"
else
	diff <(echo "$told") <(echo "$made") | sed -n 's/^</no fault makes/p; s/^>/no row explains/p' |
		not_ok "every cause has a fault"
fi
tap_end
