#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every check of the doctor has a misconfiguration that it is tried on: a fault whose cause or check it is,
# or one in tests/functional/doctor.sh.
cd "$(dirname "$0")/../.." || exit 2
source tests/lab/tap.sh
source tests/lab/lab.sh
source tests/lab/fault.sh

# a note without a sentence only says what cannot be known
told=$(sed -nE 's/^CHECK(_AS\("[^"]*", |\()"([^"]*)", SEVERITY.*/\2/p' user/core/checks.def | grep -vx tc-drop | sort -u)
made=$(
	for file in "$FAULTS"/*.sh; do
		fault_load "$(basename "$file" .sh)"
		printf '%s\n' "$cause" "$check"
	done
	grep -oE "[a-z0-9]+(-[a-z0-9]+)*" tests/functional/doctor.sh
)
missing=$(comm -23 <(echo "$told") <(sort -u <<<"$made"))
if [[ -n $told && -z $missing ]]; then
	ok "every check is tried"
else
	not_ok "every check is tried" <<<"$missing"
fi
tap_end
