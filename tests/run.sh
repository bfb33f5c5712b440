#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tests/run.sh SUITE...: runs the suites, JOBS programs at a time (default: one for each CPU), only
# those with $ONLY in their name. A program of a suite speaks TAP; each of its cases counts. One
# that ends with an error, or says nothing, has failed. The last line is the sum; with $RESULTS, a
# file, the sum of all runs that were given this file. The suite vm-KERNEL is the functional tests
# in that virtual machine. With $FIRST the functional tests are the first variant of each
# fault in each direction; a program that would begin after $DEADLINE, in seconds since 1970, is skipped. What fails in
# a virtual machine is run a second time. What the faults' tests record goes to build/accuracy.tsv, for
# tests/accuracy.sh.
cd "$(dirname "$0")/.." || exit 2

# Prints NAME<tab>COMMAND for the programs of a suite.
programs()
{
	local file kernel tap name command
	case $1 in
	check) for file in tests/check/*.sh; do plan "check/$(basename "$file" .sh)" "$file"; done ;;
	unit) for file in build/tests/unit/test_*; do plan "unit/${file##*/test_}" "$file"; done ;;
	unit-san) for file in build/san/tests/*/test_*; do plan "san/${file##*/test_}" "$file"; done ;;
	replay) for file in build/tests/replay/test_* tests/replay/*.sh; do
		plan "replay/$(basename "${file/test_/}" .sh)" "$file"
	done ;;
	functional)
		[[ -n ${FIRST-} ]] || for file in tests/functional/*.sh; do
			plan "functional/$(basename "$file" .sh)" "$file"
		done
		tests/lab/faults.sh | cut -f 1 | awk -F : -v "first=${FIRST-}" \
			'!first || !seen[$1, $2 ~ /reply/]++' |
			while read -r file; do plan "fault/$file" "tests/lab/try.sh $file"; done
		;;
	vm-*)
		kernel=${1#vm-} tap=${VM_DIR:-build/vm}/${1#vm-}.tap
		mkdir -p "${tap%/*}"
		tests/vm/stage.sh "$kernel" >"$tap"
		plan "vm $kernel" "/bin/cat $tap"
		grep -q '^ok [^#]*$' "$tap" || return 0
		programs functional | while IFS=$'\t' read -r name command; do
			plan "vm $kernel: $name" "tests/vm/try.sh $kernel $command"
		done
		;;
	*)
		echo "run.sh: no suite $1" >&2
		exit 2
		;;
	esac
}

plan()
{
	if [[ -x ${2%% *} && ! -d ${2%% *} && ${2%% *} != *.[doh] && $1 == *"${ONLY-}"* ]]; then
		printf '%s\t%s\n' "$@"
	fi
}

# attempt: runs the command of run_one, leaves what it said in $output and $status, and its cases in $cases.
attempt()
{
	# shellcheck disable=SC2086 # the command is a program and its argument
	output=$(CMOCKA_MESSAGE_OUTPUT=TAP timeout --foreground --kill-after 20 \
		$((limit * ${LAB_SLOW:-1})) $command </dev/null 2>&1 7>&- 8>&-)
	status=$?
	cases=$(tap "$name" "$status" <<<"$output")
}

# Whether $output has a verdict in it that called itself exact, and was not what had been made.
wrong_exact()
{
	awk -F '\t' '/^# record/ && $3 != $4 && $5 == "exact" { wrong = 1 } END { exit !wrong }' <<<"$output"
}

# A machine that is emulated may have been too slow, once; that is no excuse for a wrong verdict. The
# second try has all CPUs: it waits for the programs that run, and those that come wait for it.
attempts()
{
	exec 7>"$results.queue" 8>"$results.running"
	flock --shared 7
	flock --shared 8
	flock --unlock 7
	attempt
	if grep -q ^fail <<<"$cases" && ! wrong_exact; then
		sed "s|^|# $name, first try: |" <<<"$output"
		flock --unlock 8
		flock 7
		flock 8
		attempt
	fi
	exec 7>&- 8>&-
}

# run_one RESULTS NAME<tab>COMMAND: prints and records what the program said.
run_one()
{
	local results=$1 name=${2%%$'\t'*} command=${2#*$'\t'} limit=300 output status cases machine
	if [[ -n ${DEADLINE-} ]] && (($(date +%s) >= DEADLINE)); then
		echo "ok $name # SKIP no time left"
		printf 'skip\t%s\tno time left\n' "$name" >>"$results"
		return
	fi
	case $name in # emulated
	vm*fault/*) limit=400 ;;
	vm*) limit=800 ;;
	esac
	if [[ $name == vm* ]]; then
		attempts
	else
		attempt
	fi
	exec 9>>"$results"
	flock 9
	echo "$cases" >&9
	machine=here
	[[ $name != vm* ]] || machine=${name%%:*} machine=${machine#vm }
	sed -n "s/^# record/$machine/p" <<<"$output" >>build/accuracy.tsv
	while IFS=$'\t' read -r result case reason; do
		case $result in
		pass) echo "ok $case" ;;
		skip) echo "ok $case # SKIP $reason" ;;
		fail) echo "not ok $case${reason:+: $reason}" ;;
		esac
	done <<<"$cases"
	grep -q ^fail <<<"$cases" && tail -n 200 <<<"$output" | sed 's/^/    /'
	return 0
}

# tap NAME STATUS <OUTPUT: prints RESULT<tab>CASE<tab>REASON for each case in the output.
tap()
{
	awk -v name="$1" -v status="$2" '
	function say(result, case_, reason) {
		if (substr(name, length(name) - length(case_) + 1) == case_)
			case_ = name
		else
			case_ = name ": " case_
		printf "%s\t%s\t%s\n", result, case_, reason
		n[result]++
	}
	/^(not )?ok( |$)/ {
		result = /^not/ ? "fail" : "pass"
		sub(/^(not )?ok */, "")
		if (/^[0-9]+ (-|#)/)
			sub(/^[0-9]+ (- *)?/, "")
		if (match($0, /# SKIP */)) {
			reason = substr($0, RSTART + RLENGTH)
			$0 = substr($0, 1, RSTART - 1)
			sub(/ *$/, "")
			# cmocka: the name stands where the reason should, what was printed before is the reason
			if ($0 == "")
				say("skip", reason, last)
			else
				say("skip", $0, reason)
		} else {
			say(result, $0, "")
		}
		next
	}
	{ last = $0; sub(/^# */, "", last) }
	END {
		if (status == 124 || status == 137)
			say("fail", "", "did not end in time")
		else if (status != 0 && !n["fail"])
			say("fail", "", "exit status " status)
		else if (!n["pass"] && !n["fail"] && !n["skip"])
			say("fail", "", "it checked nothing")
	}'
}

if [[ $1 == --one ]]; then
	run_one "$2" "$3"
	exit
fi

results=${RESULTS:-$(mktemp)}
[[ -n ${RESULTS-} ]] || trap 'rm -f "$results"*' EXIT
trap 'exit 130' INT
for suite; do
	plans=$(programs "$suite") || exit 2
	if [[ -n $plans ]]; then
		echo "$plans"
	elif [[ -z ${ONLY-} ]]; then
		printf 'fail\t%s\tthe suite has no program\n' "$suite" >>"$results"
		echo "not ok $suite: the suite has no program" >&2
	fi
done | xargs -d '\n' -r -P "${JOBS:-$(nproc)}" -n 1 "$0" --one "$results"

count()
{
	grep -c "^$1" "$results"
}

# list RESULT TITLE: the cases that ended so, and why.
list()
{
	if grep -q "^$1" "$results"; then
		printf '\n%s:\n' "$2"
		sed -n "s/^$1\t\(.*\)\t\(.*\)/  \1: \2/; T; s/: $//; p" "$results"
	fi
}

list skip Skipped
list fail Failed
echo
echo "$(count pass) passed, $(count fail) failed, $(count skip) skipped"
(($(count fail) == 0 && $(count pass) > 0))
