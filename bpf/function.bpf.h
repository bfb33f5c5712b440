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

/* Argument n, from 0, of the function that was entered, or, for fexit alone, is left. */
static __always_inline __u64 function_arg(void *ctx, enum dd_function function, int n)
{
	if (!dd_by_kprobe[function])
		return ((__u64 *)ctx)[n];
	switch (n) {
	case 0:
		return PT_REGS_PARM1((struct pt_regs *)ctx);
	case 1:
		return PT_REGS_PARM2((struct pt_regs *)ctx);
	case 2:
		return PT_REGS_PARM3((struct pt_regs *)ctx);
	case 3:
		return PT_REGS_PARM4((struct pt_regs *)ctx);
	default:
		return PT_REGS_PARM5((struct pt_regs *)ctx);
	}
}

#endif
