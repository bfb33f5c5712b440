# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the filter of the service's own socket drops what is sent to it"
cause=socket-filter-drop
variants="udp-bpf tcp-bpf udp-classic tcp-classic udp-bpf6 tcp-classic6"
kind=${variant#*-}
kind=${kind%6}
args=("--${variant%%-*}" 9)
[[ $variant == *6 ]] && args=(-6 "${args[@]}")
expect=('.drop | like({netns: $to, reason: "SOCKET_FILTER"})')
if [[ $kind == bpf ]]; then
	expect+=('.drop.program.id == $id' '.cause.text | contains("BPF program \($id)")')
else
	expect+=('.cause.text | contains("SO_ATTACH_FILTER")')
fi

apply()
{
	at "$to" "$LAB_BUILD/gate" socket "${variant%%-*}" 9 "$kind" >"$LAB_DIR/attached" &
	wait_for 5 grep -qs attached "$LAB_DIR/attached" || lab_die "the service does not start"
	read -r _ id <"$LAB_DIR/attached"
}

facts()
{
	fact id "$id"
}
