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

/*
 * The process of @task, any pointer to a task; 0: that cannot be told.  Of the task that runs
 * the kernel tells it without a look into the struct.
 */
static __always_inline u32 task_tgid(struct task_struct *task)
{
	if (bpf_core_field_exists(task->tgid))
		return BPF_CORE_READ(task, tgid);
	return task == (void *)bpf_get_current_task() ? bpf_get_current_pid_tgid() >> 32 : 0;
}

/* The name of the first thread of the process of @task, or the nearest to it that there is. */
static __always_inline void task_name(char name[16], struct task_struct *task)
{
	struct task_struct *first = task;

	if (bpf_core_field_exists(task->group_leader))
		first = BPF_CORE_READ(task, group_leader);
	if (bpf_core_field_exists(first->comm))
		bpf_core_read_str(name, 16, &first->comm);
	else if (task == (void *)bpf_get_current_task())
		bpf_get_current_comm(name, 16);
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

/*
 * The order of the largest folio that the file behind @vma may have: 0: single pages only; up
 * to 6.11 a file has large folios of any size, or none ("fs: Allow fine-grained control of
 * folio sizes", 6.12).
 */
static __always_inline u32 vma_file_order(const struct vm_area_struct *vma)
{
	struct file *file;
	u64 flags;

	if (!bpf_core_field_exists(vma->vm_file))
		return WALK_NO_ORDER;
	file = vma->vm_file;
	if (!file || !bpf_core_field_exists(file->f_mapping) ||
	    !bpf_core_field_exists(struct address_space, flags))
		return WALK_NO_ORDER;
	flags = BPF_CORE_READ(file, f_mapping, flags);
	if (bpf_core_enum_value_exists(enum mapping_flags, AS_FOLIO_ORDER_MAX) &&
	    bpf_core_enum_value_exists(enum mapping_flags, AS_FOLIO_ORDER_BITS))
		return flags >> (bpf_core_enum_value(enum mapping_flags, AS_FOLIO_ORDER_MAX) &
				 63) &
		       ((1u << (bpf_core_enum_value(enum mapping_flags, AS_FOLIO_ORDER_BITS) &
				31)) -
			1);
	if (bpf_core_enum_value_exists(enum mapping_flags, AS_LARGE_FOLIO_SUPPORT))
		return flags >> (bpf_core_enum_value(enum mapping_flags,
						     AS_LARGE_FOLIO_SUPPORT) &
				 63) & 1
			       ? FOLIO_MAX
			       : 0;
	return WALK_NO_ORDER;
}

/* Word of a struct page that says of which folio it is; ~0: this kernel has none we know. */
static __always_inline u32 page_compound_word(void)
{
	const struct page___info *newer = 0;
	const struct page *older = 0;

	if (bpf_core_field_exists(newer->compound_info))
		return bpf_core_field_offset(struct page___info, compound_info) / 8;
	if (bpf_core_field_exists(older->compound_head))
		return bpf_core_field_offset(struct page, compound_head) / 8;
	return ~0u;
}

/*
 * The struct page of the head of the folio that @page, a tail, is in.  @info holds its address
 * and bit 0; in 7.x ("mm: rework compound_head() for power-of-2 sizeof(struct page)") it
 * may hold a mask that leads from any page of the folio to it: no address of a struct page is
 * the last 1 GiB, where masks of at most FOLIO_MAX orders are.
 */
static __always_inline u64 page_head(u64 page, u64 info)
{
	u64 size = -(info & ~1ull);

	info &= ~1ull;
	return size < (1u << 30) && !(size & (size - 1)) ? page & info : info;
}

/* Whether these flags of a struct page are those of the head of a large folio. */
static __always_inline bool page_is_head(u64 flags)
{
	return flags >> (bpf_core_enum_value(enum pageflags, PG_head) & 63) & 1;
}

/* The order of the folio with the head @head, which is large: in its second page.  0: unread.
 */
static __always_inline u32 folio_order(u64 head)
{
	const struct folio *f = 0;
	u64 flags = 0;
	u8 order = 0;

	if (bpf_core_field_exists(f->_folio_order)) {
		bpf_probe_read_kernel(
			&order, 1,
			(void *)(head + bpf_core_field_offset(struct folio, _folio_order)));
		return order;
	}
	if (bpf_core_field_exists(f->_flags_1))
		bpf_probe_read_kernel(
			&flags, 8,
			(void *)(head + bpf_core_field_offset(struct folio, _flags_1)));
	return flags & 0xff;
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
