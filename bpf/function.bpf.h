/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One program for both ways to probe a kernel function. User space decides for each function how it
 * is attached, by trying: with BTF (fentry, fexit) or without (kprobe). The branch that does not
 * apply is dead code to the verifier.
 */
#ifndef DD_FUNCTION_BPF_H
#define DD_FUNCTION_BPF_H

#include "maps.bpf.h"
#include <bpf/bpf_tracing.h>

static __always_inline __u64 function_register(struct pt_regs *regs, int n)
{
	switch (n) {
	case 0:
		return PT_REGS_PARM1(regs);
	case 1:
		return PT_REGS_PARM2(regs);
	case 2:
		return PT_REGS_PARM3(regs);
	case 3:
		return PT_REGS_PARM4(regs);
	default:
		return PT_REGS_PARM5(regs);
	}
}

/* Argument n, from 0, of the function that was entered, or, for fexit alone, is left. */
static __always_inline __u64 function_arg(void *ctx, enum dd_function function, int n)
{
	__u64 value;

	/* the barriers keep the two loads apart: the verifier takes no context at a chosen offset */
	if (dd_by_kprobe[function]) {
		value = function_register(ctx, n);
		barrier_var(value);
	} else {
		value = ((__u64 *)ctx)[n];
		barrier_var(value);
	}
	return value;
}

#endif
