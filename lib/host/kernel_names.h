/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_names.h - what a kernel calls what pgtop looks for
 *
 * The only place in user space that names functions, tracepoints, variables and types of the
 * kernel; bpf/compat.bpf.h is that of the programs.  One thing may have had several names:
 * they are looked for in turn.  --symbol NAME=SYMBOL takes the place of all names of NAME.
 */
#ifndef PGTOP_KERNEL_NAMES_H
#define PGTOP_KERNEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"

enum kernel_name {
	KERNEL_NONE, /* has no name */
	/* functions: traced */
	FUNC_CONTPTE_CONVERT,
	FUNC_CONTPTE_SET_PTES,
	FUNC_CONTPTE_TRY_FOLD,
	FUNC_TLB_FINISH_MMU,
	FUNC_PTEP_CLEAR_FLUSH,
	FUNC_TRY_TO_UNMAP_FLUSH,
	FUNC_PURGE_VMAP_AREA_LAZY,
	/* functions: on the stack of an unfold */
	FUNC_CONTPTE_TRY_UNFOLD,
	FUNC_CONTPTE_CLEAR_FULL_PTES,
	FUNC_CONTPTE_GET_AND_CLEAR_FULL_PTES,
	FUNC_CONTPTE_WRPROTECT_PTES,
	FUNC_CONTPTE_SET_ACCESS_FLAGS,
	FUNC_MODIFY_PROT_START,
	FUNC_MODIFY_PROT_COMMIT,
	FUNC_PTEP_SET_ACCESS_FLAGS,
	/* functions: that they are there says something */
	FUNC_SPLIT_KERNEL_LEAF_MAPPING,
	FUNC_MAKE_DEVICE_EXCLUSIVE_RANGE,
	FUNC_MAKE_DEVICE_EXCLUSIVE,
	/* tracepoints */
	EVENT_TLB_FLUSH,
	EVENT_CONTPTE_UNFOLD, /* from here on of the pgtop kernel series */
	EVENT_CONTPTE_FOLD,
	EVENT_CONTPTE_MAP,
	EVENT_ARM64_TLB_FLUSH,
	EVENT_ARM64_TLB_FLUSH_KERNEL,
	EVENT_ARM64_TLB_SYNC,
	EVENT_LINMAP_SPLIT,
	/* variables, and where sections begin and end */
	DATA_SWAPPER_PG_DIR,
	DATA_MEMSTART_ADDR,
	DATA_HUGE_ZERO_PFN,
	DATA_TEXT_END,
	DATA_INIT_TEXT_START,
	/* types */
	ENUM_CONTPTE_REASON,
	ENUM_ARM64_TLB_SCOPE,
	ENUM_ARM64_TLB_FLAGS,
	ENUM_LINMAP_REASON,
	/* lines of /proc/vmstat */
	VMSTAT_CONTPTE_UNFOLD, /* these two of the pgtop kernel series */
	VMSTAT_CONTPTE_FOLD,
	VMSTAT_SPLITS_PUD,
	VMSTAT_SPLITS_PMD,
	VMSTAT_SPLITS_CONT,
	VMSTAT_COLLAPSES_PUD,
	VMSTAT_COLLAPSES_PMD,
	KERNEL_NAMES,
};

/** kernel_name - the NAME of --symbol; mostly what all kernels call it */
const char *kernel_name(enum kernel_name n);

/** kernel_candidate - the @i-th name by which to look for @n on @h; NULL: there is no more */
const char *kernel_candidate(const struct host *h, enum kernel_name n, size_t i);

/** kernel_is - whether @symbol is one of the names of @n on @h */
bool kernel_is(const struct host *h, enum kernel_name n, const char *symbol);

/** kernel_address - where the symbol is; 0: it is not in kallsyms, or that cannot be read */
uint64_t kernel_address(struct host *h, enum kernel_name n);

/**
 * kernel_function - the name that kallsyms has for a function, also one the compiler gave it
 *
 * As ksyms_function(); NULL: there is none, or kallsyms cannot be read.  Owned by @h.
 */
const char *kernel_function(struct host *h, enum kernel_name n);

/** kernel_vmstat - as vmstat_count(): the number of line @n in @text, that of /proc/vmstat */
int kernel_vmstat(const struct host *h, enum kernel_name n, const char *text, uint64_t *ret);

/** kernel_has_event - whether the kernel's BTF has the tracepoint; false without BTF */
bool kernel_has_event(struct host *h, enum kernel_name n);
/** kernel_has_enum - the same of an enum */
bool kernel_has_enum(struct host *h, enum kernel_name n);

#endif
