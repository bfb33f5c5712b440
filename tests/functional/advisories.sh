#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dockdrop advisories: the whole table, and what is known of one version; no engine and no root.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# lists NAME CONDITION OPTION...
lists()
{
	local name=$1 condition=$2
	shift 2
	if setpriv --reuid 65534 --clear-groups "$DOCKDROP" advisories --json "$@" 2>&1 >"$out" </dev/null | not_a_word &&
		jq --exit-status --argjson rows "$rows" ".advisories as \$a | $condition" "$out" >/dev/null; then
		ok "$name"
	else
		{ echo "not so: $condition"; cat "$out"; } | not_ok "$name"
	fi
}

not_a_word()
{
	! grep .
}

rows=$(grep -c '^ADVISORY(' "$LAB_TOP/user/core/advisories.def")
known='.id and .kind and .text and .versions and (.url | startswith("https://")) and (.told | type == "boolean")'
lists "all" '.schema == 1 and .engine == null and ($a | length) == $rows and ($a | all('"$known"'))'
lists "of one version" '.engine == "28.0.0" and ($a | map(.id) | index("moby-49518")) and
	($a | map(.id) | index("moby-49829") | not)' --engine 28.0.0
lists "of a distribution's version" '($a | map(.id) | index("moby-49829")) and
	($a | map(.id) | index("moby-49518") | not)' --engine 28.5.2+dfsg4
lists "of a package's version" '$a | map(.id) | index("moby-49518")' --engine 5:28.0.0-1~ubuntu.24.04~noble
lists "of a candidate" '$a | map(.id) | index("moby-49518") | not' --engine 28.0.1-rc.1
lists "what is not told has no cause to be told by" '$a | all(.told or .causes == [] or
	(.kind | IN("environment", "state-corruption", "unconfirmed-report")))'

# an address is whole, so that it can be copied
if "$DOCKDROP" advisories --engine 28.0.0 >"$out" && grep -q "^moby-49518, regression" "$out" &&
	grep -q "fixed upstream in 28.0.1" "$out" && ! grep -v https:// "$out" | grep -q '.\{81\}' &&
	grep -q 'https://.*/release-notes/20.10.md$' "$out"; then
	ok "as text"
else
	not_ok "as text" <"$out"
fi
"$DOCKDROP" advisories --engine yesterday >"$out" 2>&1
if (($? == 2)) && (($(wc -l <"$out") == 1)); then
	ok "no version"
else
	not_ok "no version" <"$out"
fi
tap_end
