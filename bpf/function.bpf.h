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

/* Barriers keep loads apart: the verifier takes no context at an offset that is chosen at run time. */
#define FUNCTION_LOAD(load)             \
	({                              \
		__u64 value = (load);   \
		barrier_var(value);     \
		value;                  \
	})

/* Argument n, from 0, where it is in a register. */
static __always_inline __u64 function_register(struct pt_regs *regs, int n)
{
	switch (n) {
	case 0:
		return FUNCTION_LOAD(PT_REGS_PARM1(regs));
	case 1:
		return FUNCTION_LOAD(PT_REGS_PARM2(regs));
	case 2:
		return FUNCTION_LOAD(PT_REGS_PARM3(regs));
	case 3:
		return FUNCTION_LOAD(PT_REGS_PARM4(regs));
	default:
		return FUNCTION_LOAD(PT_REGS_PARM5(regs));
	}
}

/* Argument n, from 0, of the function that was entered, or, for fexit alone, is left. */
static __always_inline __u64 function_arg(void *ctx, enum dd_function function, int n)
{
	if (dd_by_kprobe[function])
		return function_register(ctx, n);
	return FUNCTION_LOAD(((__u64 *)ctx)[n]);
}

#endif
