# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="connection tracking is full, and every new connection is dropped"
cause=ct-table-full
variants="host container host6 container6"
[[ $variant == *6 ]] && args=(-6)
confidence="likely exact"
expect=('lost("icmp")'
	'.drop | like({layer: "netfilter", netns: $place, reason: "NETFILTER_DROP"})'
	'.drop.netfilter | like({family: $fam, hook: "PREROUTING", rule: null})'
	'.drop.netfilter.culprit | .kind == "conntrack" and .max == $max and .count >= $max * 0.99'
	'.cause.text | contains("is full")')

# The limit is the whole machine's, so that the table has to be filled indeed.
limit()
{
	cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null || echo 0
}

missing()
{
	local limit
	limit=$(limit)
	if ((!limit)); then
		echo "this kernel tracks no connections"
	elif ((limit > 600000)); then
		echo "nf_conntrack_max is $limit here, too many to fill in"
	elif ! at host "$LAB_BUILD/ctfill" 1 2>/dev/null; then
		echo "this kernel has no connection tracking by netlink"
	fi
}

apply()
{
	place=host
	warm6
	if [[ $variant == container* ]]; then
		place=$to
		# without a rule that asks for it nothing is tracked in a container
		at "$place" "$ipt" -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
	elif [[ $ipv == 6 ]]; then
		at "$place" "$ipt" -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
	fi
	at "$place" "$LAB_BUILD/ctfill" $(($(limit) + 1000))
	at "$place" awk -v limit="$(limit)" '{ exit $1 < limit }' /proc/sys/net/netfilter/nf_conntrack_count ||
		lab_die "the table cannot be filled"
}

facts()
{
	fact place "$place"
	fact max "$(limit)"
}
