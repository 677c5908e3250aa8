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
#include "pgtop/abi.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/*
 * Two programs at the entry of a function that return @result, made of its arguments: fentry,
 * which arm64 has since 6.4, and a kprobe.  A struct of one word by value is a u64 to both.
 */
#define AT_ENTRY(name, result, args...)                                                       \
	SEC("fentry") int BPF_PROG(name##_fentry, ##args)                                     \
	{                                                                                     \
		return result;                                                                \
	}                                                                                     \
                                                                                              \
	SEC("kprobe") int BPF_KPROBE(name##_kprobe, ##args)                                   \
	{                                                                                     \
		return result;                                                                \
	}

/* mm_struct.owner exists with CONFIG_MEMCG only: 0 where it does not. */
static __always_inline struct task_struct *mm_owner(struct mm_struct *mm)
{
	if (!bpf_core_field_exists(mm->owner))
		return 0;
	return BPF_CORE_READ(mm, owner);
}

/* Whether a task's cgroup can be told: not without CONFIG_CGROUPS. */
static __always_inline bool cgroups_exist(void)
{
	return bpf_core_field_exists(struct task_struct, cgroups) &&
	       bpf_core_field_exists(struct css_set, dfl_cgrp) &&
	       bpf_core_field_exists(struct cgroup, kn) &&
	       bpf_core_field_exists(struct kernfs_node, id);
}

/* Id in the cgroup v2 hierarchy; 0: it cannot be told.  @task: a pointer with BTF. */
static __always_inline u64 task_cgroup_id(struct task_struct *task)
{
	return cgroups_exist() ? task->cgroups->dfl_cgrp->kn->id : 0;
}

/* The same of any pointer to a task. */
static __always_inline u64 task_cgroup_id_probed(struct task_struct *task)
{
	return cgroups_exist() ? BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id) : 0;
}

/* How many changes of mappings are under way in @mm: mm_tlb_flush_nested() */
static __always_inline int mm_flush_pending(struct mm_struct *mm)
{
	return BPF_CORE_READ(mm, tlb_flush_pending.counter);
}

/*
 * Flags of a VMA become a bitmap (7.0, "mm: introduce VMA flags bitmap type"), which lies
 * where vm_flags does, until that goes.  @vma: a pointer with BTF.
 */
static __always_inline u64 vma_flags(const struct vm_area_struct *vma)
{
	const struct vm_area_struct___bitmap *newer = (const void *)vma;

	if (bpf_core_field_exists(vma->vm_flags))
		return vma->vm_flags;
	if (bpf_core_field_exists(newer->flags.__vma_flags))
		return newer->flags.__vma_flags[0];
	return WALK_NO_FLAGS;
}

/* mmu_gather.unshared_tables came with 6.12.y and 6.18 ("mm/hugetlb: fix excessive IPI"). */
static __always_inline bool unshared_tables(const struct mmu_gather *tlb)
{
	return bpf_core_field_exists(tlb->unshared_tables) &&
	       BPF_CORE_READ_BITFIELD_PROBED(tlb, unshared_tables);
}

/* Whether @n is that value of that enum in this kernel; false where it has no such value. */
#define is_enum_value(n, type, name)                                                          \
	(bpf_core_enum_value_exists(type, name) && (n) == bpf_core_enum_value(type, name))

/* In a function that translates an enum of the kernel to one of ours: @theirs is @ours. */
#define TRANSLATE(n, type, theirs, ours)                                                      \
	do {                                                                                  \
		if (is_enum_value(n, type, theirs))                                           \
			return ours;                                                          \
	} while (0)

#endif
