#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh FAULT|list [OPTION...]: two containers that cannot talk, and what dockdrop says of it. The
# exit status is 0 if dockdrop explained the fault.
source "$(dirname "$0")/lab.sh"
source "$LAB_TOP/tests/lab/fault.sh"

if [[ ${1-} == list ]]; then
	echo "make demo FAULT=NAME or NAME:VARIANT"
	fault_list | awk -F '[:\t]' '
		$1 != name { printf "\n  %s: %s\n      %s", name = $1, $3, $2; next }
		{ printf ", %s", $2 }
		END { print "" }'
	exit
fi
fault_load "${1-}" || lab_die "no fault '${1-}'; make demo FAULT=list names them"
args+=("${@:2}")
fault_family

echo "Starting a private Docker Engine. One that runs already is left alone."
lab_open
reason=$(missing)
[[ -z $reason ]] || lab_die "$reason"
fault_place
echo "It is version $(lab_docker version --format '{{.Server.Version}}') and runs two containers;"
# shellcheck disable=SC2154 # set by fault_place
echo "$src ($src_ip) wants to talk to $dst ($dst_ip)."
echo
echo "The fault: $about."
exec 3>&1
LAB_SHOW=3 fault_apply
echo
echo "What somebody in $src sees:"
LAB_SHOW=3 fault_symptom
echo
echo "What dockdrop says:"
echo "  # export DOCKER_HOST=$LAB_URL"
echo "  # dockdrop trace $src $dst${args[*]:+ ${args[*]}}"
echo
DOCKER_HOST=$LAB_URL "$DOCKDROP" trace "$src" "$dst" "${args[@]}"
got=$?
echo
echo "Taking everything down."
((got == status))
