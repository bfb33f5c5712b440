# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0
# What the scripts of the virtual machines share. Source it.

VM_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VM_DIR=$(realpath -m "${VM_DIR:-$VM_TOP/build/vm}")
# Where a guest finds the project: build/vm/dockdrop has its loader and its libraries there.
VM_GUEST_TOP=/dockdrop

vm_die()
{
	echo "vm: $*" >&2
	exit 2
}

# Prints the kernels that there are machines for.
vm_kernels()
{
	grep -v '^#' "$VM_TOP/tests/vm/machines" | cut -f 1
}

# vm_machine KERNEL: fills $suite, $engine and $packages.
vm_machine()
{
	IFS=$'\t' read -r suite engine packages < <(
		sed -n "s/^${1//./\\.}\t//p" "$VM_TOP/tests/vm/machines")
	[[ -n $suite ]] || vm_die "no machine $1; there are: $(vm_kernels | paste -sd ' ')"
}
