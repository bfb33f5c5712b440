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

skip()
{
	echo "ok $1 # SKIP $2"
}

# The script's exit status: 0 if nothing failed.
tap_end()
{
	exit $TAP_FAILED
}
