# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What a test written in bash says to tests/run.sh. Source it; the status is its last command's.

TAP_FAILED=0

ok()
{
	echo "ok $*"
}

# not_ok NAME, with what went wrong on standard input
not_ok()
{
	echo "not ok $*"
	sed 's/^/# /'
	TAP_FAILED=1
}

# same NAME WANTED GOT
same()
{
	if [[ $2 == "$3" && -n $2 ]]; then
		ok "$1"
	else
		printf '%s\n' "wanted: $2" "got: $3" | not_ok "$1"
	fi
}

# holds NAME FILE CONDITION [OPTION OF jq]...: of the JSON in the file, which is read once.
holds()
{
	local json
	json=$(<"$2")
	if jq --exit-status "${@:4}" "$3" <<<"$json" >/dev/null 2>&1; then
		ok "$1"
	else
		{ echo "not so: $3"; jq 'del(.probes?)' <<<"$json" | tail -c 3000; } 2>&1 | not_ok "$1"
	fi
}

skip()
{
	echo "ok $1 # SKIP $2"
}

# The script's exit status: 0 if nothing failed.
tap_end()
{
	exit $TAP_FAILED
}
