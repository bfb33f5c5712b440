#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the fuzzers have found worth keeping, once more, with the sanitizers.
cd "$(dirname "$0")/../.." || exit 2
source tests/lab/tap.sh

for fuzzer in tests/fuzz/fuzz_*.c; do
	name=$(basename "$fuzzer" .c)
	if found=$("build/san/tests/fuzz/$name" tests/fuzz/corpus/"${name#fuzz_}"/* 2>&1); then
		ok "$name: ${found##*- }"
	else
		not_ok "$name" <<<"$found"
	fi
done
tap_end
