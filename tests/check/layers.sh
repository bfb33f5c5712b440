#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The walls of the house: a file of user/ includes lower layers, its own header and include/. Who
# may know a sibling, and who owns a foreign header, is listed here and nowhere else.
cd "$(dirname "$0")/../.." || exit 2
source tests/lab/tap.sh
shopt -s nullglob # a tree with one file in it has few of the folders

LAYERS="base source core view cmd main"

# FILE: SIBLINGS it may include, all without folder and ending
SIBLINGS="
base/iptables: array
base/kernel_words: array
base/log: strbuf
source/bpflinks: bpfcall netns
source/conntrack: netns
source/context: docker_json
source/daemon: docker_json rootfile
source/docker: context docker_call docker_json
source/docker_call: http
source/docker_networks: docker docker_call
source/drops: reason
source/overlay: netns rootfile
source/pcapng: pcapng_format
source/pcapng_reader: pcapng pcapng_format
source/docker_view: docker json_read
source/docker_json: docker json_read
source/ebtables: netlink run
source/hostfiles: netns run
source/legacy: legacy_table netns run
source/legacy_moved: legacy legacy_table
source/modules: hostfiles
source/ethtool: netns
source/netlink: netns
source/nfqueue: netns
source/nftrace: netlink netns nftrace_msg ruleset
source/nftrace_msg: netlink nftrace
source/cgroup: bpfcall
source/ping: ping_packet ping_socket
source/ping_socket: cgroup netns ping_packet
source/function: ksym reason
source/marker: bpfcall function netns
source/ports: netlink netns topo_nl
source/probe: bpfcall function marker reason
source/ruleset: legacy netns run
source/ruleset_dump: ebtables legacy ruleset run
source/ruleset_list: netlink ruleset
source/ruleset_place: ruleset
source/scratch: netns ruleset run
source/topo: topo_nl
source/topo_addr: topo topo_nl
source/topo_bridge: topo topo_nl
source/topo_nl: netlink
source/topo_queue: topo topo_nl
source/snmp: netns
source/sockdiag: netlink
source/tracked: hostfiles netlink
source/topo_overlap: topo topo_nl
source/topo_dump: topo_nl
source/topo_tc: bpfcall netns topo topo_nl
core/advisory: advisories rules version
core/check_denied: doctor judge
core/check_engine: advisory judge
core/check_overlay: judge undo
core/check_peers: advisory judge
core/check_published: advisory judge
core/check_host: doctor judge logs
core/check_socket: judge rules
core/check_tracked: advisory judge
core/check_link: advisory judge
core/check_neigh: advisory judge
core/check_parent: judge
core/check_unseen: judge
core/check_route: advisory judge
core/check_rules: advisory judge rules undo
core/check_way: advisory judge rules undo
core/compare: judge rules
core/correlate: ending hooks layer
core/attached: ending evidence journey
core/bridge: evidence
core/gate: evidence journey
core/evidence: attached bridge facts gate journey rules stack_facts way_facts
core/way_facts: evidence
core/stack_facts: bridge ending evidence way_facts
core/word: evidence
core/stack_words: word
core/socket_words: word
core/packet_words: word
core/netfilter_words: culprit rules undo word
core/doctor: advisory checks judge
core/judge: walk
core/walk_ebtables: walk
core/walk_iptables: walk
core/walk_nft: walk walk_set
core/walk_set: walk
core/explain: causes evidence fill
core/fill: attached bridge culprit evidence gate netfilter_words packet_words socket_words stack_words
core/ledger: cast harmless layer loss
core/redact: cast loss
core/redact_frame: redact
core/undo: evidence fill
core/rules: docker_rules owners
core/also: evidence explain journey
core/hits: correlate ending evidence journey
core/session: advisory also attached bridge correlate decode evidence explain gate hits stack_facts symbolise
core/flow: journey noise
core/noise: journey
core/harmless: noise
core/layer: layers
core/kept: flow
core/passive: correlate decode flow mirror noise reset session story symbolise
core/reset: flow noise
core/story: kept mirror session
view/advisories: json_doc words
view/features: text
view/features_json: features json_doc
view/json: advisories doctor_json drop_json json_doc names
view/loss_fields: names
view/loss_json: json_doc loss_fields names
view/loss_parse: loss_fields loss_json
view/losses: loss_json names text words
view/recording: loss_json loss_parse
view/top: losses words
view/compare: json_doc text words
view/doctor: text words
view/doctor_json: advisories json_doc
view/drop_json: json_doc names
view/path: names text words
view/heading: names text words
view/text: doctor heading names path traffic words
view/traffic: names words
view/words: names
cmd/account: capture options stage terminal
cmd/advisories: options terminal
cmd/capture: options stage wanted
cmd/checkup: aftermath checkup_files checkup_overlay checkup_ports scene
cmd/checkup_files: checkup
cmd/checkup_overlay: checkup
cmd/checkup_ports: checkup
cmd/compare: checkup options scene terminal
cmd/doctor: compare checkup options scene terminal
cmd/features: attribution options terminal
cmd/aftermath: scene
cmd/operand: bare scene
cmd/help: commands option_rows options
cmd/option_rows: options
cmd/options: commands option_rows
cmd/terminal: options
cmd/record: account capture options
cmd/report: options terminal
cmd/scene: bare operand options
cmd/loss_explain: aftermath moved presumed scene suspects
cmd/stage: loss_explain pending scene
cmd/rulebook: scene suspects
cmd/answer: doctor options scene terminal
cmd/trace: aftermath answer attribution evidence_file options rulebook scene
cmd/wanted: options
cmd/watch: account capture options terminal
"

# HEADER, as a pattern of the shell: FILES that may include it
OWNERS="
dockdrop.skel.h: source/probe
watch.skel.h: source/drops
bpf/libbpf.h: source/drops source/function source/marker source/probe
bpf/bpf.h: source/drops source/function source/probe source/reason source/topo_tc
bpf/*: source/reason
curl/*: source/http
cjson/*: source/json_read view/json_doc view/loss_parse
pcap/*: source/expression
ncurses.h: view/top
libmnl/*: source/netlink source/topo_nl source/nftrace_msg
libnftnl/*: source/nftrace source/ruleset
nftables/*: source/nftrace source/ruleset source/scratch
sys/capability.h: source/caps
seccomp.h: source/jail
"

# listed TABLE KEY WORD: the table has the word in the key's row
listed()
{
	[[ " $(sed -n "s|^$2: ||p" <<<"$1") " == *" $3 "* ]]
}

level()
{
	local layer n=0
	for layer in $LAYERS; do
		[[ $layer == "$1" ]] && echo $n && return
		n=$((n + 1))
	done
	echo 99
}

# Prints what is wrong with one include. $1: the file as LAYER/NAME, $2: what it includes
judge()
{
	local layer=${1%%/*} header=$2 name
	name=${header##*/}
	name=${name%.*}
	[[ -e include/$header ]] && return
	if [[ " $LAYERS " == *" ${header%%/*} "* ]]; then
		if (($(level "${header%%/*}") > $(level "$layer"))); then
			echo "$1 includes $header, which is a layer above"
		elif [[ ${header%%/*} == "$layer" && $name != "${1##*/}" ]] &&
			! listed "$SIBLINGS" "$1" "$name"; then
			echo "$1 includes its sibling $header"
		fi
		return
	fi
	owned "$1" "$header"
}

owned()
{
	local pattern owners
	while IFS=: read -r pattern owners; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ -n $pattern && $2 == $pattern ]] || continue
		[[ "$owners " == *" $1 "* ]] || echo "$1 includes $2, which belongs to$owners"
		return
	done <<<"$OWNERS"
}

includes()
{
	sed -n 's/^#include ["<]\([^">]*\)[">].*/\1/p' "$1"
}

# violations DIR: of a tree with user/ in it
violations()
{
	local file short header
	for file in "$1"/user/*.c "$1"/user/*/*.[ch]; do
		short=${file#"$1"/user/}
		short=${short%.*}
		[[ $short == */* ]] || short=main/$short
		while read -r header; do
			judge "$short" "$header"
		done < <(includes "$file")
		if [[ $file == *.c && -e ${file%.c}.h && $(includes "$file" | head -n 1) != "$short.h" ]]; then
			echo "$short does not include its own header first"
		fi
	done
	for file in "$1"/include/*.h; do
		while read -r header; do
			[[ -e include/$header || $header == vmlinux.h ]] ||
				echo "${file#"$1"/} includes $header: the contract stands alone"
		done < <(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file")
	done
}

# told NAME VIOLATIONS
told()
{
	if [[ -z $2 ]]; then
		ok "$1"
	else
		not_ok "$1" <<<"$2"
	fi
}

# plant FILE INCLUDE: the check has to find this one include, and nothing else.
plant()
{
	local tree found
	tree=$(mktemp -d)
	mkdir -p "$tree"/user/{base,source,core,view,cmd} "$tree/include"
	echo "#include <stdio.h>" >"$tree/user/main.c"
	echo "#include $2" >"$tree/$1"
	found=$(violations "$tree")
	rm -rf "$tree"
	if [[ $(wc -l <<<"$found") == 1 && $found == *"${2:1:-1}"* ]]; then
		ok "it finds $2 in $1"
	else
		echo "found: ${found:-nothing}" | not_ok "it finds $2 in $1"
	fi
}

compiles()
{
	local header
	for header in include/*.h user/*/*.h; do
		gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror -Iuser -Iinclude -fsyntax-only \
			-x c "$header" 2>&1
	done
	for header in vmlinux/*.h bpf/*.h; do
		clang -target bpf -D__TARGET_ARCH_x86 -Wall -Wextra -Wno-unused-function -Werror -Ivmlinux \
			-Iinclude -fsyntax-only -x c "$header" 2>&1
	done
}

told "every include goes down" "$(violations .)"
plant user/base/strbuf.c '"source/http.h"'
plant user/core/fill.c '"view/text.h"'
plant user/view/text.h '"cmd/options.h"'
plant user/cmd/trace.c '"main/main.h"'
plant user/source/topo.c '"source/docker.h"'
plant user/cmd/trace.c '<curl/curl.h>'
plant user/source/http.c '<cjson/cJSON.h>'
plant user/source/reason.c '<bpf/libbpf.h>'
plant user/source/ping.c '"dockdrop.skel.h"'
plant include/model.h '"base/strbuf.h"'
told "every header compiles alone" "$(compiles)"
tap_end
