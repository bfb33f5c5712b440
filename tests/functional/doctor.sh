#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dockdrop doctor: nothing is found where nothing is wrong; every check that no fault of tests/lab/faults
# makes is made to find something here, and what it says to do is done, and helps.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/doctor.sh"

lab_open
doctor_open

# ---- all is well

lab_scene
quiet "one network"
if within 60 "$DOCKDROP" doctor --host "$LAB_URL" | grep -E "advisories|version"; then
	not_ok "and has nothing to say of the engine's problems" </dev/null
else
	ok "and has nothing to say of the engine's problems"
fi
quiet "two containers" web db
quiet "two containers, TCP" web db --tcp 80
quiet "a container and the host" web host
quiet "the host and a container" host web
lab_network stock
lab_network vault --internal
lab_network apart --opt com.docker.network.bridge.enable_icc=false
LAB_IPV=6 lab_network six
for i in 1 2; do
	for net in stock vault apart six; do
		lab_container "$net$i" "$net" sleep 100000
	done
done
lab_docker network connect stock web
lab_docker run -d --name published --network stock -p 127.0.0.1:8080:80 -p 5353:53/udp lab serve >/dev/null
lab_docker run -d --name beside --network container:web lab sleep 100000 >/dev/null
lab_docker run -d --name inhost --network host lab sleep 100000 >/dev/null
lab_docker run -d --name alone --network none lab sleep 100000 >/dev/null
lab_docker create --name idle --network stock lab sleep 100000 >/dev/null
lab_docker pause stock2 >/dev/null
quiet "networks of all kinds"
quiet "two of several networks" web published
quiet "an internal network" vault1 vault2
quiet "IPv6" six1 six2 -6
quiet "one that shares another's network" beside db
quiet "a published port" web host --udp 5353 # docker-proxy's
finds loopback-only broken web host --tcp 8080
# an operator's own rules, as Docker's documentation wants them
at host iptables -I DOCKER-USER -i eth0 ! -s 192.0.2.0/24 -j DROP
at host iptables -I DOCKER-USER -i eth0 -p tcp --dport 5432 -j DROP
at host iptables -A INPUT -p tcp --dport 22 -j ACCEPT
at host iptables -A FORWARD -j REJECT --reject-with icmp-host-prohibited
at host nft add table inet shop
at host nft add chain inet shop guard '{ type filter hook forward priority 10; policy accept; }'
at host nft add rule inet shop guard ct state invalid drop
at host nft add rule inet shop guard ip saddr '{ 192.0.2.1, 192.0.2.7-192.0.2.9 }' drop
# what asks for marks that nobody gives
at host iptables -N ts-forward
at host iptables -I FORWARD -j ts-forward
at host iptables -A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000
at host iptables -A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT
at host nft add rule inet shop guard meta mark '&' 0x8000 == 0x8000 drop
quiet "an operator's own rules"
# no client's port is that
jq -e '[.not_checked[].why | select(contains("5432"))] == []' "$LAB_DIR/doctor" >/dev/null &&
	ok "and none that an answer might meet" || jq -c .not_checked "$LAB_DIR/doctor" | not_ok "and none that an answer might meet"
at host iptables -A ts-forward -s "$(lab_ip web)" -d "$(lab_ip db)" -p icmp -j DROP
finds nf-rule-drop broken web db
at host iptables -D ts-forward 3
quiet "an operator's own rules, between two" web db
at host nft delete table inet shop
at host iptables -D FORWARD -j REJECT --reject-with icmp-host-prohibited
at host iptables -F DOCKER-USER
lab_docker rm -f published beside inhost alone idle stock1 stock2 vault1 vault2 apart1 apart2 six2 >/dev/null
lab_docker network rm vault apart >/dev/null
lab_docker network disconnect stock web

# ---- devices, addresses

bridge=$(lab_bridge "$LAB_NETWORK") web=$(lab_ip web) db=$(lab_ip db)
# the engine has no word for "it was deleted by somebody else"
at db ip link set eth0 down # before 6.2 none that is up can be renamed
at db ip link set eth0 name lost0
at db ip link set lost0 up
at db ip addr flush dev lost0
at db ip link set lost0 address 02:00:00:00:00:77
finds endpoint-missing broken
finds endpoint-missing broken web db
at db ip link set lost0 down
at db ip link set lost0 name eth0
cured endpoint-missing
lab_docker restart -t 0 db >/dev/null
wait_for 10 lab_serves db
db=$(lab_ip db)
quiet "after a restart"

at db ip addr del "$db/16" dev eth0
finds address-missing broken
finds address-missing broken web db
cured address-missing
at db ip route add default via "$(lab_host ip -json addr show "$bridge" | jq -r '.[0].addr_info[0].local')" 2>/dev/null

at db ip link set eth0 address 02:00:00:00:00:78
at web ip neigh flush all
at host ip neigh flush all
finds mac-changed risk
finds mac-changed risk web db
version=$(lab_docker version --format '{{.Server.Version}}')
if within 60 "$DOCKDROP" doctor --host "$LAB_URL" | grep -qF -- "--engine $version"; then
	ok "at a risk it says where to read of the engine's problems"
else
	not_ok "at a risk it says where to read of the engine's problems" </dev/null
fi
cured mac-changed

at six1 sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=1
doctor
[[ $(found) == *'"ipv6-disabled"'* ]] && ok "finds ipv6-disabled" || found | not_ok "finds ipv6-disabled"
lab_docker rm -f six1 >/dev/null

at db ip link set eth0 mtu 1280
finds mtu-mismatch risk web db
at db ip link set eth0 mtu 1500

# ---- sockets

finds no-listener broken web db --tcp 4321
finds no-listener broken web host --udp 4321
quiet "a port that is listened on" web db --udp 7
at db iptables -t nat -A PREROUTING -p tcp --dport 4321 -j REDIRECT --to-ports 80
quiet "a port that is sent on to another" web db --tcp 4321
jq -e '.not_checked | any(.check == "no-listener")' "$LAB_DIR/doctor" >/dev/null &&
	ok "which is told not to be known" || jq -c .not_checked "$LAB_DIR/doctor" | not_ok "which is told not to be known"
finds no-listener broken web db --tcp 4322
at db iptables -t nat -F PREROUTING
lab_docker kill --signal STOP db >/dev/null
finds app-silent broken web db --udp 7
lab_docker kill --signal CONT db >/dev/null

# ---- the bridge

at host ip addr flush dev "$bridge"
doctor
[[ $(found) == *'"bridge-no-address"'* && $status == 1 ]] && ok "finds bridge-no-address (broken)" ||
	found | not_ok "finds bridge-no-address (broken)"
doctor web db
[[ $(found) == *'"bridge-no-address"'* && $status == 0 ]] && ok "which does not break two neighbours" ||
	{ echo $status; found; } | not_ok "which does not break two neighbours"
cured bridge-no-address

at host ip link set "$bridge" type bridge stp_state 1
doctor
[[ $(found) == *'"bridge-stp"'* ]] && ok "finds bridge-stp" || found | not_ok "finds bridge-stp"
cured bridge-stp

# ---- routes

at host ip route add "$db/32" dev lo
at host ip rule add from all lookup main pref 100
doctor
[[ $(found) == '["route-elsewhere","subnet-overlap"]' && $status == 1 ]] && ok "finds route-elsewhere" ||
	found | not_ok "finds route-elsewhere"
at host ip route del "$db/32" dev lo
at host ip route add "$db/32" dev lo table 100
at host ip rule add from all lookup 100 pref 99
doctor
[[ $(found) == *'"route-elsewhere"'* && $status == 1 ]] && ok "finds route-elsewhere by a policy rule" ||
	found | not_ok "finds route-elsewhere by a policy rule"
doctor web db
[[ $status == 0 ]] && ok "which does not break two neighbours, either" || found | not_ok "which does not break two neighbours, either"
at host ip rule del pref 99
at host ip rule del pref 100
at host ip route flush table 100

at host ip link add vpn0 type veth peer name vpn1
at host ip link set vpn1 up
at host ip link set vpn0 up
at host ip route add "${web%.*}.128/25" dev vpn0
finds subnet-overlap risk
at host ip link del vpn0

at host sysctl -q -w net.ipv4.ip_forward=0
finds forwarding-off broken
doctor web db
[[ $(found) == '["forwarding-off"]' && $status == 0 ]] && ok "which two neighbours can do without" ||
	found | not_ok "which two neighbours can do without"
cured forwarding-off
at host sysctl -q -w "net.ipv4.conf.$bridge.forwarding=0"
finds forwarding-off broken
cured forwarding-off

# ---- networks that hang on a device

if at host ip link add wire0 type veth peer name wire1 && at host ip link add link wire0 type macvlan 2>/dev/null; then
	at host ip link set wire0 up
	at host ip link set wire1 up
	at host ip addr add 10.99.0.253/24 dev wire0
	lab_docker network create --driver macvlan --subnet 10.99.0.0/24 --gateway 10.99.0.254 --opt parent=wire0 lan >/dev/null
	lab_container lan1 lan
	lab_container lan2 lan
	# whose rules are no macvlan's
	at host iptables -P FORWARD DROP
	quiet "a macvlan network"
	quiet "two of a macvlan network" lan1 lan2 --tcp 80
	finds macvlan-host broken host lan1
	finds macvlan-host broken lan1 10.99.0.253
	finds macvlan-host broken web lan1
	at host ip link set wire0 down
	finds link-down broken lan1 lan2
	at host ip link set wire0 name wire7
	doctor
	[[ $(found) == *'"parent-missing"'* && $status == 1 ]] && ok "finds parent-missing" || found | not_ok "finds parent-missing"
	lab_docker rm -f lan1 lan2 >/dev/null
	lab_docker network rm lan >/dev/null
	at host ip link del wire7
else
	skip "finds macvlan-host, parent-missing" "this kernel has no macvlan"
	at host ip link del wire0
fi

# the way out takes less than the networks do
at host ip link add vpn0 type veth peer name vpn1
at host ip link set vpn1 up
at host ip link set vpn0 mtu 1400 up
at host ip addr add 192.0.2.2/24 dev vpn0
at host ip route add default via 192.0.2.1
finds mtu-uplink note
at host ip link set vpn0 mtu 1500
quiet "a way out that takes as much"
at host ip link del vpn0

# ---- programs and filters

port=$(lab_veth db)
at host tc qdisc add dev "$port" clsact
at host tc filter add dev "$port" ingress pref 7 bpf direct-action object-file "$LAB_BUILD/tc_drop.bpf.o" section pass
quiet "a BPF program on a port"
for ends in "" "web db"; do
	# shellcheck disable=SC2086 # two words, or none
	doctor $ends
	id=$(lab_host tc -json filter show dev "$port" ingress | jq '[.[].options.prog.id // empty] | first')
	jq -e --arg id "$id" --arg port "$port" '.not_checked | any(.check == "tc-drop" and (.why | contains("lab_tc_pass") and
		contains("id \($id)") and contains($port)))' "$LAB_DIR/doctor" >/dev/null &&
		ok "which is told with name and number${ends:+ between $ends}" ||
		jq -c .not_checked "$LAB_DIR/doctor" | not_ok "which is told with name and number${ends:+ between $ends}"
done
if at host tc filter add dev "$port" ingress pref 8 protocol ip flower ip_proto icmp action drop 2>/dev/null ||
	at host tc filter add dev "$port" ingress pref 8 protocol ip u32 match ip protocol 1 0xff action drop 2>/dev/null; then
	finds tc-filter risk
	finds tc-filter risk web db
else
	skip "finds tc-filter" "this kernel has no tc filter with an action that drops"
fi
at host tc qdisc del dev "$port" clsact

# ---- rules

if at host "$LAB_BUILD/root/usr/sbin/arptables-legacy" -A INPUT -s 192.0.2.1 -j DROP 2>/dev/null; then
	doctor web db
	jq -e '.not_checked | any(.why | contains("arptables-legacy -L"))' "$LAB_DIR/doctor" >/dev/null &&
		ok "tells of rules of arptables-legacy" || jq -c .not_checked "$LAB_DIR/doctor" | not_ok "tells of rules of arptables-legacy"
	at host "$LAB_BUILD/root/usr/sbin/arptables-legacy" -F INPUT
else
	skip "tells of rules of arptables-legacy" "this kernel has no tables for it"
fi

at host iptables -I FORWARD -j REJECT --reject-with icmp-host-prohibited
doctor
[[ $(found) == *'"forward-order"'* && $status == 1 ]] && ok "finds forward-order" || found | not_ok "finds forward-order"
if (($(lab_host cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null))); then
	[[ $(found) == *'"nf-rule-reject"'* ]] && ok "finds nf-rule-reject" || found | not_ok "finds nf-rule-reject"
else
	skip "finds nf-rule-reject" "bridged frames meet no rules of iptables here"
fi
cured forward-order

if at host iptables-legacy -S >/dev/null 2>&1; then
	at host iptables-legacy -A FORWARD -s 192.0.2.1 -j DROP
	finds backends-mixed risk
	at host iptables-legacy -F FORWARD
else
	skip "finds backends-mixed (risk)" "this kernel has no iptables-legacy tables"
fi
if at host ip6tables-legacy -S >/dev/null 2>&1; then
	# engines before 27 have none for IPv6
	at host ip6tables -N DOCKER 2>/dev/null && made=1
	at host ip6tables-legacy -A FORWARD -s 2001:db8::1 -j DROP
	finds backends-mixed risk
	at host ip6tables-legacy -F FORWARD
	[[ -z ${made-} ]] || at host ip6tables -X DOCKER
else
	skip "finds backends-mixed (risk), IPv6" "this kernel has no ip6tables-legacy tables"
fi

at host iptables -t nat -A DOCKER -p tcp --dport 8081 -j DNAT --to-destination "${db%.*}.77:80"
finds nat-stale risk
cured nat-stale
at host iptables -t nat -A DOCKER ! -i docker0 -p tcp --dport 8081 -j DNAT --to-destination "${db%.*}.77:80"
quiet "a port of another's network with the same subnet"
at host iptables -t nat -D DOCKER ! -i docker0 -p tcp --dport 8081 -j DNAT --to-destination "${db%.*}.77:80"

at host nft add table inet firewalld
at host nft add chain inet firewalld filter_FORWARD '{ type filter hook forward priority 10; }'
at host nft add rule inet firewalld filter_FORWARD iifname docker0 accept
finds firewalld-zone risk
at host nft add rule inet firewalld filter_FORWARD iifname "$bridge" accept
quiet "a bridge in one of firewalld's zones"
at host nft delete table inet firewalld
# its backend iptables
at host iptables -N FORWARD_IN_ZONES
at host iptables -A FORWARD_IN_ZONES -i docker0 -j RETURN
finds firewalld-zone risk
at host iptables -A FORWARD_IN_ZONES -i "$bridge" -j RETURN
quiet "a bridge in one of its zones, backend iptables"
at host iptables -F FORWARD_IN_ZONES
at host iptables -X FORWARD_IN_ZONES

# ---- tables, files, logs

# the limit is the whole machine's, so that only one that is thrown away may be filled up
if [[ $LAB_TOP == /dockdrop && -e /proc/net/stat/arp_cache ]]; then
	limit=$(</proc/sys/net/ipv4/neigh/default/gc_thresh3)
	echo 20 >/proc/sys/net/ipv4/neigh/default/gc_thresh3
	for i in {10..40}; do
		lab_host ip neigh replace "${db%.*}.$((100 + i))" lladdr "02:00:00:00:01:$i" dev "$bridge" nud stale 2>/dev/null
	done
	finds neigh-table-full broken
	echo "$limit" >/proc/sys/net/ipv4/neigh/default/gc_thresh3
	at host ip neigh flush all
else
	skip "finds neigh-table-full (broken)" "the limit is that of the whole machine"
fi

# an /etc of the lab's own
mkdir "$LAB_DIR/etc" "$LAB_DIR/work"
if lab_host mount -t overlay -o "lowerdir=/etc,upperdir=$LAB_DIR/etc,workdir=$LAB_DIR/work" overlay /etc 2>/dev/null; then
	lab_host mkdir -p /etc/iptables
	lab_host iptables-nft-save 2>/dev/null | lab_host tee /etc/iptables/rules.v4 >/dev/null
	finds boot-rules risk
	lab_host umount /etc
	quiet "without the file"
else
	skip "finds boot-rules (risk)" "no overlay can be mounted over /etc"
fi

if [[ -r /dev/kmsg ]]; then
	# a frame that has the bridge's own address as its sender's
	mac=$(lab_host ip -json link show "$bridge" | jq -r '.[0].address')
	old=$(lab_in db ip -json link show eth0 | jq -r '.[0].address')
	at db ip link set eth0 address "$mac"
	lab_ping db "$web" >/dev/null
	at db ip link set eth0 address "$old"
	doctor
	if jq -e '.findings[] | select(.check == "log" and .severity == "note") | .text |
		contains("own address")' "$LAB_DIR/doctor" >/dev/null; then
		ok "finds log (note)"
	else
		jq -c '.findings[], .not_checked[]' "$LAB_DIR/doctor" | not_ok "finds log (note)"
	fi
	at host ip neigh flush all
	at web ip neigh flush all
else
	skip "finds log (note)" "the kernel's log cannot be read here"
fi

# ---- what ends with the lab

# as engines since 28.0.1 have it, and a firewall that flushes FORWARD
if at host iptables -N DOCKER-FORWARD 2>/dev/null; then
	at host iptables -N DOCKER-BRIDGE
	at host iptables -I FORWARD -j DOCKER-FORWARD
	at host iptables -A DOCKER-FORWARD -j DOCKER-BRIDGE
	for name in $(lab_host iptables -S FORWARD | sed -n 's/.* -o \([^ ]*\) -j DOCKER$/\1/p'); do
		at host iptables -A DOCKER-BRIDGE -o "$name" -j DOCKER
		at host iptables -D FORWARD -o "$name" -j DOCKER
	done
fi
quiet "Docker's chain behind two others"
at host iptables -P FORWARD ACCEPT
at host iptables -D FORWARD -j DOCKER-FORWARD
finds docker-chains-missing broken
at host iptables -t nat -F PREROUTING
at host iptables -t nat -F OUTPUT
doctor
[[ $(found) == *'"docker-chains-missing"'* && $status == 1 ]] && ok "finds docker-chains-missing" ||
	found | not_ok "finds docker-chains-missing"

if [[ -e /proc/modules ]]; then
	lab_host mount -t tmpfs none /lib/modules
	doctor
	same "modules are nothing where there are nobody's" '["docker-chains-missing"]' "$(found)"
	lab_host mkdir "/lib/modules/$(uname -r).new"
	doctor
	same "finds modules-missing" '["docker-chains-missing","modules-missing"] 1' "$(found) $status"
	lab_host umount /lib/modules
else
	skip "finds modules-missing" "this kernel loads no modules"
fi

at host ip link set "$(lab_veth db)" netns "$(lab_docker inspect --format '{{.State.Pid}}' web)"
doctor
[[ $(found) == *'"veth-missing"'* && $status == 1 ]] && ok "finds veth-missing" || found | not_ok "finds veth-missing"
at db ip link del eth0
doctor
[[ $(found) == *'"endpoint-missing"'* ]] && ok "finds a deleted pair" || found | not_ok "finds a deleted pair"
at web ip link add other0 type veth peer name other1
at host ip link del "$bridge"
doctor
[[ $(found) == *'"bridge-missing"'* && $status == 1 ]] && ok "finds bridge-missing" ||
	found | not_ok "finds bridge-missing"

"$DOCKDROP" doctor --host "$LAB_URL" --json --compare bridge six >"$LAB_DIR/compare"
holds "a network with IPv6 differs from one without" "$LAB_DIR/compare" \
	'.differences == [{kind: "network", name: "IPv6", values: ["no", "yes"]}]'

# ---- what cannot be run, and what cannot be told

doctor nobody db
((status == 3)) && ok "an unknown container ends it with 3" || not_ok "an unknown container ends it with 3" </dev/null
"$DOCKDROP" doctor --host unix:///nowhere >/dev/null 2>&1
(($? == 3)) && ok "without an engine it ends with 3" || not_ok "without an engine it ends with 3" </dev/null
setpriv --reuid 65534 --regid 65534 --clear-groups "$DOCKDROP" doctor --host "$LAB_URL" >/dev/null 2>&1
(($? == 3)) && ok "without privileges it ends with 3" || not_ok "without privileges it ends with 3" </dev/null
tap_end
