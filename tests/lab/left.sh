# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What a trace could leave behind: programs and maps that nobody holds, links, namespaces, tables.
# Source it after lab.sh.

left_accounted_for()
{
	grep -qsx "${1}_id:[[:space:]]*$2" /proc/[0-9]*/fdinfo/* || ! bpftool "$1" show id "$2" >/dev/null 2>&1
}

# Programs and maps of dockdrop's that no process holds and that stay. Other tests trace meanwhile:
# what one of them has just let go is still there for a moment.
left_orphans()
{
	local kind id
	for kind in prog map; do
		bpftool --json "$kind" show |
			jq -r '.[] | select((.name // "") | test("^(dd_|dockdrop)")).id' |
			while read -r id; do
				wait_for 5 left_accounted_for "$kind" "$id" || echo "$kind $id"
			done
	done
}

# What the namespaces of the lab, and the machine's own, hold.
left_state()
{
	local where
	for where in host web db; do
		echo "== $where"
		at "$where" nft --stateless list ruleset 2>&1
		at "$where" iptables-legacy-save 2>/dev/null | sed '/^#/d; s/ \[.*//'
		at "$where" ip -brief link
		at "$where" ip -4 -brief address
		at "$where" ip -4 route show table all
		at "$where" tc qdisc show
		at "$where" sysctl --all --pattern '^net\.' 2>/dev/null | grep -v conntrack_count
	done
	echo "== machine"
	ip netns list
	ip -brief link
	nft --stateless list ruleset
	sysctl --all --pattern '^net\.|^kernel\.(bpf|kptr|ftrace|perf|unprivileged)' 2>/dev/null |
		grep -v conntrack_count
}

# Whether all is as it was when $LAB_DIR/before was written.
left_nothing()
{
	left_state >"$LAB_DIR/after"
	left_orphans >>"$LAB_DIR/after"
	cmp -s "$LAB_DIR/before" "$LAB_DIR/after"
}
