/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.bpf.h - kernel drift, and only here
 *
 * One small accessor for each thing that changed between kernels 6.1 and
 * today, headed by the change that caused it.
 */
#ifndef PGTOP_COMPAT_BPF_H
#define PGTOP_COMPAT_BPF_H

#include "kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* mm_struct.owner exists with CONFIG_MEMCG only: 0 where it does not. */
static __always_inline struct task_struct *mm_owner(struct mm_struct *mm)
{
	if (!bpf_core_field_exists(mm->owner))
		return 0;
	return BPF_CORE_READ(mm, owner);
}

#endif
