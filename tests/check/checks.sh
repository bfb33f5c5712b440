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
	# what is looked for in a document there
	sed -nE 's/^[[:space:]]*finds ([a-z0-9-]+) (broken|risk|note).*/\1/p' tests/functional/doctor*.sh
	# what no lab has: a card of VMware's, a security module's policy
	grep -ohE '"(overlay-checksum|security-denied)"' tests/unit/*.c | tr -d '"'
	grep -ohE '"[a-z0-9]+(-[a-z0-9]+)*"' tests/functional/doctor*.sh | tr -d '"'
)
missing=$(comm -23 <(echo "$told") <(sort -u <<<"$made"))
if [[ -n $told && -z $missing ]]; then
	ok "every check is tried"
else
	not_ok "every check is tried" <<<"$missing"
fi
tap_end
