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

# The README's table: what stands in its second column.
listed=$(sed -n '/^| where | `cause.id` |/,/^$/s/^|[^|]*|\(.*\)|$/\1/p' README.md |
	grep -o '`[a-z0-9-]*`' | tr -d '`' | sort -u)
# what fits no row is a cause as well
if [[ -n $listed && $listed == "$(sort -u <<<"$told"$'\nunknown')" ]]; then
	ok "the README lists every cause"
else
	diff <(sort -u <<<"$told"$'\nunknown') <(echo "$listed") |
		sed -n 's/^</not in the README:/p; s/^>/only in the README:/p' |
		not_ok "the README lists every cause"
fi
tap_end
