#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# all.sh [KERNEL...]: the functional tests in these machines, in all without arguments. When all
# tests ran in all machines, docs/support.md is written anew.
source "$(dirname "$0")/vm.sh"
cd "$VM_TOP" || exit 2

kernels=("$@")
(($#)) || mapfile -t kernels < <(vm_kernels)
for kernel in "${kernels[@]}"; do
	vm_machine "$kernel"
done
mkdir -p "$VM_DIR"
results=${RESULTS:-$VM_DIR/results}
[[ -n ${RESULTS-} ]] || : >"$results"
# one more than there are CPUs: they wait for their kernels' grace periods a good part of the time
RESULTS=$results JOBS=${JOBS:-$(($(nproc) + 1))} tests/run.sh "${kernels[@]/#/vm-}"
status=$?
tests/vm/support.sh "$results" >"$VM_DIR/support.md"
if (($# == 0)) && [[ -z ${ONLY-} ]]; then
	mkdir -p docs
	cp "$VM_DIR/support.md" docs/support.md
fi
exit $status
