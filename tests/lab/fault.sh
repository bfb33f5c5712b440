# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
# Faults, for the demo and for the tests. A file in faults/ sets
#
#	about      one line for people
#	cause      the cause.id that dockdrop must find; empty: none, all is well
#	variants   words; one that has "reply" in it loses the answer instead of the request
#	args       how the probe is sent, for instance (--tcp 80); with -6 the scene has IPv6, the
#	           addresses below are of IPv6, and $ipt is ip6tables, $fam ip6, $icmp icmpv6
#	src dst    who is traced, default web and db
#	verdict confidence    the right ones, default dropped and exact
#	engine     the engine's configuration, default {}
#	works      not empty: what somebody in the source would try works all the same
#	status     the exit status, default 1
#	check      the doctor's check that finds it without a packet, and that the verdict names, default
#	           the cause if there is such a check; "none": no check can
#	risk       not empty: it need not call it broken
#	expect     conditions in jq on the document of trace --json, with the functions of expect.jq;
#	           every variable below and every fact is a variable there
#
# and the functions scene (default: lab_scene), apply, facts (what only the lab can tell: a rule's
# handle), and missing (prints why this machine cannot do it). They find $variant, $from and $to: who sends the packet that will be lost and to
# whom; $from_ip, $to_ip, $from_veth, $to_veth (in the host), and $bridge.

FAULTS=$LAB_TOP/tests/lab/faults
declare -A FACT

# fact NAME VALUE: a variable of the same name for the conditions.
fact()
{
	FACT[$1]=$2
}

# Prints "NAME:VARIANT<tab>ABOUT" of every fault.
fault_list()
{
	local file name
	for file in "$FAULTS"/*.sh; do
		name=$(basename "$file" .sh)
		(
			fault_source "$name"
			for variant in $variants; do
				printf '%s:%s\t%s\n' "$name" "$variant" "$about"
			done
		)
	done
}

fault_source()
{
	about='' cause='' variants=request args=() src=web dst=db
	verdict=dropped status=1 confidence=exact works='' engine='{}' check='' risk='' expect=()
	scene() { lab_scene; }
	apply() { :; }
	facts() { :; }
	missing() { :; }
	# shellcheck source=/dev/null
	source "$FAULTS/$1.sh"
}

# fault_load NAME[:VARIANT]; without a variant the first.
fault_load()
{
	fault=${1%%:*}
	[[ -n $fault && $fault != */* && -e $FAULTS/$fault.sh ]] || return 1
	variant=${1#"$fault"}
	variant=${variant#:}
	fault_source "$fault"
	variant=${variant:-${variants%% *}}
	[[ " $variants " == *" $variant "* ]] || return 1
	# once more: a file may depend on its variant
	fault_source "$fault"
	fault_family
	direction=request from=$src to=$dst
	[[ $variant == *reply* ]] && direction=reply from=$dst to=$src
	return 0
}

# The words that a fault needs for the family of its exchange.
fault_family()
{
	ipv=4 ipt=iptables fam=ip icmp=icmp
	[[ " ${args[*]} " != *" -6 "* ]] || ipv=6 ipt=ip6tables fam=ip6 icmp=icmpv6
	LAB_IPV=$ipv
	LAB_CONFIG=$engine
}

# Whether the kernel says why it frees a packet; before 5.17 none does.
has_reasons()
{
	grep -qs skb_drop_reason /sys/kernel/btf/vmlinux
}

# fault_place: builds the scene, fills the variables.
fault_place()
{
	local name
	scene
	[[ $ipv != 6 ]] || wait_for 10 lab_is_settled6 || lab_die "IPv6 is not ready"
	bridge=$(lab_bridge "$LAB_NETWORK")
	fault_place_end src "$src"
	fault_place_end dst "$dst"
	if [[ $direction == reply ]]; then
		fault_place_as from dst
		fault_place_as to src
	else
		fault_place_as from src
		fault_place_as to dst
	fi
	for name in variant direction from to bridge cause verdict confidence fam ipt icmp; do
		fact "$name" "${!name}"
	done
	fact host_ip "$(lab_gateway "$LAB_NETWORK")"
	fact reasons "$(has_reasons && echo some || echo none)"
}

fault_place_end()
{
	local ip veth=''
	if [[ $2 == host ]]; then
		ip=$(lab_gateway "$LAB_NETWORK")
	elif [[ $2 == *[.:]* ]]; then
		ip=$2
	else
		ip=$(lab_ip "$2" "$ipv") veth=$(lab_veth "$2")
	fi
	fault_place_fact "$1_ip" "$ip"
	fault_place_fact "$1_veth" "$veth"
}

fault_place_as()
{
	local ip=$2_ip veth=$2_veth
	fault_place_fact "$1_ip" "${!ip}"
	fault_place_fact "$1_veth" "${!veth}"
}

fault_place_fact()
{
	printf -v "$1" %s "$2"
	fact "$1" "$2"
}

# fault_apply: makes the fault, gathers the facts.
fault_apply()
{
	apply
	LAB_SHOW='' facts
}

# Both ends know each other's hardware address before the fault.
warm()
{
	local end
	# on a slow machine what they know would be old, or be asked for again, before the trace begins
	for end in "$src" "$dst"; do
		((LAB_SLOW == 1)) || [[ $end == host || $end == *[.:]* ]] || at "$end" sysctl -q -w \
			net.ipv{4,6}.neigh.eth0.base_reachable_time_ms=600000 \
			net.ipv{4,6}.neigh.eth0.delay_first_probe_time=600 2>/dev/null
	done
	lab_ping "$src" "$dst_ip" >/dev/null
}

# A rule for all that one sends over IPv6 is one for Neighbour Discovery, too; here the ping is meant.
warm6()
{
	if [[ $ipv == 6 ]]; then
		warm
	fi
}

nft_rules()
{
	# quiet: nft warns of every table that iptables made
	at "$1" nft --stateless --handle list chain "$2" "$3" "$4" 2>/dev/null |
		sed -n 's/^\t\t\(.*\) # handle \([0-9]*\)$/\2 \1/p'
}

# nft_rule host|CONTAINER FAMILY TABLE CHAIN WORDS: the facts handle, index and text of the first
# rule with these words in it.
nft_rule()
{
	local line
	line=$(nft_rules "$@" | grep -nF -- "$5" | head -n 1)
	[[ -n $line ]] || lab_die "no rule with $5 in $*"
	fact index "${line%%:*}"
	line=${line#*:}
	fact handle "${line%% *}"
	fact text "${line#* }"
}

# iptables_rule host|CONTAINER TABLE CHAIN WORDS: the same of an iptables-nft rule, or ip6tables-nft.
iptables_rule()
{
	local line
	line=$(at "$1" "$ipt" -t "$2" -S "$3" | grep '^-A' | grep -nF -- "$4" | head -n 1)
	[[ -n $line ]] || lab_die "no rule with $4 in $*"
	fact index "${line%%:*}"
	fact text "${line#*:}"
	fact handle "$(nft_rules "$1" "$fam" "$2" "$3" | sed -n "${line%%:*}s/ .*//p")"
}

# docker_rule WORDS: the fact chain, and the above, of the first rule of Docker's with these words, in
# whichever of the tables and chains that engines of any age use for it.
docker_rule()
{
	local line
	for table in raw filter; do
		line=$(lab_host "$ipt" -t "$table" -S | grep -F -- " $1" | grep -vF -m 1 -- "! $1")
		[[ -n $line ]] || continue
		chain=$(cut -d ' ' -f 2 <<<"$line")
		iptables_rule host "$table" "$chain" "$1"
		fact table "$table"
		fact chain "$chain"
		return
	done
	lab_die "no rule with $1"
}

# xt_rule host|CONTAINER FAMILY PROGRAM TABLE CHAIN WORDS: the same of a rule that ebtables or
# arptables made; their lists show no handles, those of nft do.
xt_rule()
{
	local line
	line=$(at "$1" "$3-nft-save" 2>/dev/null | grep -- "^-A $5" | grep -nF -- "$6" | head -n 1)
	[[ -n $line ]] || lab_die "no rule with $6 in $*"
	fact index "${line%%:*}"
	fact text "${line#*:}"
	fact handle "$(nft_rules "$1" "$2" "$4" "$5" | sed -n "${line%%:*}s/ .*//p")"
}

# How sure a rule of iptables-legacy is: where type information tells fentry how to see its tables pass a
# packet, the rule itself is told, else the counters before and after.
legacy_confidence()
{
	local module=ip_tables
	[[ $ipv != 6 ]] || module=ip6_tables
	[[ -e /sys/kernel/btf/$module ]] && echo exact || echo likely
}

# What somebody in the source would try; prints it, and fails if it does. The command is left in
# $symptom.
fault_symptom()
{
	local try=(ping -c 1 -W 1 "$dst_ip")
	case " ${args[*]}" in
	*\ --tcp\ *) try=(nc -w 1 "$dst_ip" "${args[-1]}") ;;
	*\ --udp\ *) try=(udpecho "${args[-1]}" "$dst_ip") ;;
	esac
	symptom=${try[*]}
	[[ -z ${LAB_SHOW-} ]] || echo "  $src# $symptom" >&"$LAB_SHOW"
	if [[ $src == host ]]; then
		lab_host "$LAB_BUILD/root/bin/busybox" "${try[@]}"
	else
		lab_docker exec "$src" "${try[@]}"
	fi
}

fault_trace()
{
	within 60 "$DOCKDROP" trace --host "$LAB_URL" "$@" "${args[@]}" "$src" "$dst"
}

# fault_record NAME [FILE]: says, for tests/accuracy.sh, what was injected and what was reported; without
# a file it could not be made here.
fault_record()
{
	if (($# < 2)); then
		printf '# record\t%s\t%s\tskipped\t-\t-\n' "$1" "${cause:-none}"
	else
		jq -r --arg name "$1" --arg cause "${cause:-none}" '["# record", $name, $cause,
			(if .verdict == "delivered" then "none" else .cause.id // "none" end),
			.cause.confidence // "-", .verdict] | @tsv' "$2"
	fi
} 2>/dev/null # the records are not the test

# What the doctor takes of the arguments: a packet's size is nothing to it.
fault_doctor()
{
	local word take=() skip=''
	for word in "${args[@]}"; do
		case $skip$word in
		--size | --count | --timeout) skip=1 ;;
		--df) ;;
		1*) skip='' ;;
		*) take+=("$word") ;;
		esac
	done
	within 60 "$DOCKDROP" doctor --host "$LAB_URL" "$@" "${take[@]}" "$src" "$dst"
}

# The doctor's check that has to find it.
fault_wanted_check()
{
	if [[ -n $check ]]; then
		echo "$check"
	elif grep -qE "^CHECK(_AS\(\"[^\"]*\", |\()\"$cause\", SEVERITY_(BROKEN|RISK)" \
		"$LAB_TOP/user/core/checks.def"; then
		echo "$cause"
	else
		echo none
	fi
}

# fault_check_doctor STATUS FINDINGS DOCUMENT: the same for what the doctor said before, and for what
# the trace says the doctor would: both or neither. The kernel's log is the whole machine's, and tells
# of other labs.
fault_check_doctor()
{
	local found named wanted
	wanted=$(fault_wanted_check)
	found=$(jq -c '[.findings[] | select(.check != "log") | .check]' "$2") || return
	named=$(jq -r '.cause.check' "$3")
	jq --exit-status "$(<"$LAB_TOP/tests/lab/expect.jq")"' [.findings[] | .text, .why, .remedy[]?] | all(words_filled)' \
		"$2" >/dev/null || echo "the doctor says a word in braces"
	if [[ $verdict == delivered ]]; then
		[[ $found == '[]' && $1 == 0 ]] || echo "the doctor finds $found and exits with $1, where all is well"
		wanted=none
	elif [[ $wanted == none ]]; then
		[[ $found != *"\"$cause\""* ]] || echo "the doctor finds $cause: $found"
	else
		[[ $found == *"\"$wanted\""* ]] || echo "the doctor does not find $wanted: $found"
		[[ $1 == 1 || -n $risk ]] || echo "the doctor exits with $1"
	fi
	[[ $wanted != none ]] || wanted=null
	# a rule that is not known is nothing that could be foreseen
	[[ $named == "$wanted" ]] || {
		[[ $named == null ]] &&
			jq -e '.drop.netfilter | . != null and .rule == null and .policy != true' "$3" >/dev/null
	} || echo "the trace names check $named, not $wanted; the doctor finds $found"
}

# What holds for every document; the fault's own conditions come after it.
ALWAYS=(
	'.schema == 1'
	'.verdict | IN($verdict | split(" ")[])'
	'.engine | like({name: $engine_name, version: $engine, rootless: ($lab_kind == "rootless")})'
	'.request.src | like({name: $src, ip: $src_ip})'
	'.request.dst | like({name: $dst, ip: $dst_ip})'
	'[.cause.text?, .cause.remedy[]?] | all(words_filled)'
	'.advisories | all(.id and .kind and .text and (.url | startswith("https://")) and has("fixed_in"))'
	'.loss | like({events_lost: 0, events_malformed: 0})'
)
EXPLAINED=(
	'.cause.id == $cause'
	'is_as_sure($confidence | split(" "))'
	'.direction == $direction'
	'.cause.text | length > 0'
	'($cause | IN("vanished", "unknown")) or (.cause.remedy | length > 0)'
)
# The rule whose facts were gathered dropped the packet.
BY_RULE=(
	'.drop.layer == "netfilter"'
	'.drop | reason(["NETFILTER_DROP"])'
	'.drop.netfilter.rule | like({handle: $handle, index: $index, text: $text})'
	'.drop.netfilter.policy == false'
)

# fault_check FILE: prints every condition that the document does not meet; fails if there is one.
fault_check()
{
	local condition failed=0 conditions=("${ALWAYS[@]}") named=() name words
	words=$(<"$LAB_TOP/tests/lab/expect.jq")
	if ! jq --exit-status --slurp 'length == 1' "$1" >/dev/null; then
		echo "that is not one JSON document"
		return 1
	fi
	[[ -n $cause ]] && conditions+=("${EXPLAINED[@]}")
	conditions+=("${expect[@]}")
	fact src "$src"
	[[ -v FACT[dst] ]] || fact dst "$dst"
	fact lab_kind "$LAB_KIND"
	fact engine_name "$([[ $LAB_KIND == podman ]] && echo "Podman Engine" || echo "Docker Engine")"
	fact engine "$(<"$LAB_DIR/version")"
	for name in "${!FACT[@]}"; do
		if [[ ${FACT[$name]} =~ ^(-?[0-9]+|null)$ ]]; then
			named+=(--argjson "$name" "${FACT[$name]}")
		else
			named+=(--arg "$name" "${FACT[$name]}")
		fi
	done
	# all at once, as it should be; one by one to tell what is wrong
	jq --exit-status "${named[@]}" "$words [$(printf '(%s), ' "${conditions[@]}") true] | all" "$1" \
		>/dev/null 2>&1 && return
	for condition in "${conditions[@]}"; do
		jq --exit-status "${named[@]}" "$words $condition" "$1" >/dev/null && continue
		echo "not so: $condition"
		failed=1
	done
	return $failed
}
