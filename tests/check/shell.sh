#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every script passes shellcheck.
cd "$(dirname "$0")/../.." || exit 2
source tests/lab/tap.sh

name="shellcheck finds nothing"
if ! command -v shellcheck >/dev/null; then
	skip "$name" "shellcheck is not installed"
elif found=$(shellcheck --severity warning --external-sources --source-path SCRIPTDIR:. \
	.ci/run tests/*.sh tests/*/*.sh tests/lab/faults/*.sh 2>&1); then
	ok "$name"
else
	not_ok "$name" <<<"$found"
fi
tap_end
