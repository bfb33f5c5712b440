# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a BPF program on a netfilter hook drops the ping, and no rule list shows it"
cause=nf-rule-drop
variants="prerouting forward postrouting container beside-rules beside-legacy"
confidence="likely exact" check=none
# Not those of a lab that runs beside this one: of two links with one priority the kernel does not say
# which is of which namespace.
hook=FORWARD number=2 priority=$((-30 - $$ % 90)) place=host
case $variant in
prerouting) hook=PREROUTING number=0 priority=$((-201 - $$ % 90)) ;;
postrouting) hook=POSTROUTING number=4 priority=$((51 + $$ % 45)) ;;
container) hook=INPUT number=1 priority=$((-201 - $$ % 90)) cause=container-firewall ;;
esac
expect=('lost("icmp")'
	'.drop | like({layer: "netfilter", netns: $place, reason: "NETFILTER_DROP"})'
	'.drop.netfilter | like({family: "ip", hook: $hook, rule: null})'
	'.drop.netfilter.culprit | like({kind: "bpf", name: "lab_nf_drop", id: $id, priority: $priority})'
	'.cause.text | contains("lab_nf_drop")')

missing()
{
	if attach host "$number" "$priority"; then
		detach
	else
		echo "this kernel has no BPF programs for netfilter"
	fi
	[[ $variant != beside-legacy ]] || at host iptables-legacy -S >/dev/null 2>&1 ||
		echo "this kernel has no iptables-legacy tables"
}

# attach host|CONTAINER HOOK PRIORITY: leaves the program's number in $id, its process in $holder.
attach()
{
	rm -f "$LAB_DIR/attached"
	at "$1" "$LAB_BUILD/bpfdrop" "$2" "$3" >"$LAB_DIR/attached" 2>/dev/null &
	wait_for 5 grep -qs attached "$LAB_DIR/attached" && read -r _ id holder <"$LAB_DIR/attached"
}

detach()
{
	lab_host kill "$holder" && wait_for 5 detached
}

detached()
{
	! bpftool prog show id "$id" >/dev/null 2>&1
}

apply()
{
	[[ $variant == container ]] && place=$to
	# markers between the tables narrow it down, too
	[[ $variant == beside-legacy ]] && at host iptables-legacy -A FORWARD -p tcp -j DROP
	if [[ $variant == beside-rules ]]; then
		# rules of both backends that let it pass, and one that counts the same packets
		at host iptables -I DOCKER-USER -p icmp -j RETURN
		at host nft add table inet shop
		at host nft add chain inet shop guard '{ type filter hook forward priority -20; }'
		at host nft add rule inet shop guard ip protocol icmp counter accept
	fi
	attach "$place" "$number" "$priority" || lab_die "the program cannot be attached"
}

facts()
{
	fact place "$place"
	fact hook "$hook"
	fact id "$id"
	fact priority "$priority"
}
