#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh FUZZER...: each for FUZZ_SECONDS, at the lowest priority; what is new and worth keeping goes to
# its corpus.
cd "$(dirname "$0")/../.." || exit 2
failed=0
for fuzzer; do
	name=$(basename "$fuzzer")
	corpus=tests/fuzz/corpus/${name#fuzz_}
	work=build/fuzz/${name#fuzz_}.work
	mkdir -p "$work"
	echo "$name, ${FUZZ_SECONDS:=900} s"
	nice -n 19 "$fuzzer" -max_total_time="$FUZZ_SECONDS" -max_len=65536 -timeout=20 -rss_limit_mb=3000 \
		-artifact_prefix="$work/found-" "$work" "$corpus" >"$work.log" 2>&1 || {
		failed=1
		tail -n 40 "$work.log"
	}
	tail -n 1 "$work.log"
	nice -n 19 "$fuzzer" -merge=1 "$corpus" "$work" >/dev/null 2>&1
done
exit $failed
