/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_names.h - what a kernel calls what pgtop looks for
 *
 * The only place in user space for names of functions, tracepoints, variables and types; that
 * of the programs is bpf/compat.bpf.h.  One thing may have had several names: they are looked
 * for in turn.  --symbol NAME=SYMBOL takes the place of all names of NAME.
 */
#ifndef PGTOP_KERNEL_NAMES_H
#define PGTOP_KERNEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"

/* The first name is also the one for --symbol. */
#define KERNEL_NAME_LIST(X)                                                                   \
	/* Functions.  Where an unfold begins on the stack (arm64, 6.9): */                   \
	X(FUNC_CONTPTE_TRY_UNFOLD, "__contpte_try_unfold")                                    \
	X(FUNC_CONTPTE_CONVERT, "contpte_convert") /* from here on traced (opener/, too) */   \
	X(FUNC_CONTPTE_SET_PTES, "contpte_set_ptes")                                          \
	X(FUNC_CONTPTE_TRY_FOLD, "__contpte_try_fold")                                        \
	X(FUNC_TLB_FINISH_MMU, "tlb_finish_mmu")                                              \
	X(FUNC_TRY_TO_UNMAP_FLUSH, "try_to_unmap_flush") /* arm64: 6.7 */                     \
	X(FUNC_PURGE_VMAP_AREA_LAZY, "__purge_vmap_area_lazy")                                \
	X(FUNC_SPLIT_LEAF_LOCKED, "split_kernel_leaf_mapping_locked") /* arm64, 6.18 */       \
	X(FUNC_PTEP_CLEAR_FLUSH, "ptep_clear_flush")                                          \
	/* arm64, since 6.9; 7.x; before: */                                                  \
	X(FUNC_SET_ACCESS_FLAGS, "__ptep_set_access_flags", "__ptep_set_access_flags_anysz",  \
	  "ptep_set_access_flags") /* the last */                                             \
	/* With it, what lies between an unfold and who asked (6.17: several entries at       \
	 * once): */                                                                          \
	X(FUNC_CONTPTE_CLEAR_FULL_PTES, "contpte_clear_full_ptes")                            \
	X(FUNC_CONTPTE_GET_AND_CLEAR_FULL_PTES, "contpte_get_and_clear_full_ptes")            \
	X(FUNC_CONTPTE_WRPROTECT_PTES, "contpte_wrprotect_ptes")                              \
	X(FUNC_CONTPTE_SET_ACCESS_FLAGS, "contpte_ptep_set_access_flags")                     \
	X(FUNC_PTEP_SET_ACCESS_FLAGS, "ptep_set_access_flags")                                \
	X(FUNC_MODIFY_PROT_START, "ptep_modify_prot_start", "modify_prot_start_ptes")         \
	X(FUNC_MODIFY_PROT_COMMIT, "ptep_modify_prot_commit", "modify_prot_commit_ptes")      \
	/* Where a split of the linear map begins on the stack, and, the first three, traced  \
	 */                                                                                   \
	X(FUNC_SPLIT_TO_PTES_PUD, "split_to_ptes_pud_entry")                                  \
	X(FUNC_SPLIT_TO_PTES_PMD, "split_to_ptes_pmd_entry")                                  \
	X(FUNC_SPLIT_TO_PTES_PTE, "split_to_ptes_pte_entry")                                  \
	X(FUNC_SPLIT_KERNEL_LEAF_MAPPING, "split_kernel_leaf_mapping") /* that it is there */ \
	/* says something, too.  What lies between a split and who asked: */                  \
	X(FUNC_RANGE_SPLIT_TO_PTES, "range_split_to_ptes")                                    \
	X(FUNC_UPDATE_RANGE_PROT, "update_range_prot")                                        \
	X(FUNC_CHANGE_MEMORY_COMMON, "change_memory_common")                                  \
	X(FUNC_CHANGE_RANGE, "__change_memory_common")                                        \
	X(FUNC_ARCH_KFENCE_INIT_POOL, "arch_kfence_init_pool")                                \
	/* That they are there says something: 6.17 and 7.x; 7.x; until 6.14, then the other  \
	 */                                                                                   \
	X(FUNC_HAS_BBML, "has_bbml2_noabort", "has_bbml3")                                    \
	X(FUNC_CPU_SUPPORTS_BBML3, "cpu_supports_bbml3")                                      \
	X(FUNC_MAKE_DEVICE_EXCLUSIVE_RANGE, "make_device_exclusive_range")                    \
	X(FUNC_MAKE_DEVICE_EXCLUSIVE, "make_device_exclusive")                                \
	/* Tracepoints: x86's, every kernel's, those of the pgtop kernel series */            \
	X(EVENT_TLB_FLUSH, "tlb_flush")                                                       \
	X(EVENT_TASK_RENAME, "task_rename")                                                   \
	X(EVENT_CONTPTE_UNFOLD, "contpte_unfold")                                             \
	X(EVENT_CONTPTE_FOLD, "contpte_fold")                                                 \
	X(EVENT_CONTPTE_MAP, "contpte_map")                                                   \
	X(EVENT_ARM64_TLB_FLUSH, "arm64_tlb_flush")                                           \
	X(EVENT_ARM64_TLB_FLUSH_KERNEL, "arm64_tlb_flush_kernel")                             \
	X(EVENT_ARM64_TLB_SYNC, "arm64_tlb_sync")                                             \
	X(EVENT_LINMAP_SPLIT, "linmap_split")                                                 \
	/* Types of the series */                                                             \
	X(ENUM_CONTPTE_REASON, "contpte_reason")                                              \
	X(ENUM_ARM64_TLB_SCOPE, "arm64_tlb_scope")                                            \
	X(ENUM_ARM64_TLB_FLAGS, "arm64_tlb_flags")                                            \
	X(ENUM_LINMAP_REASON, "linmap_reason")                                                \
	/* A type and its member (x86_64, 6.15, CONFIG_BROADCAST_TLB_FLUSH) */                \
	X(TYPE_MM_CONTEXT, "mm_context_t")                                                    \
	X(MEMBER_GLOBAL_ASID, "global_asid")                                                  \
	/* A type: flags of flushes, among them that of one CPU (arm64, 7.x) */               \
	X(TYPE_TLBF, "tlbf_t")                                                                \
	/* Variables, and where sections begin and end */                                     \
	X(DATA_SWAPPER_PG_DIR, "swapper_pg_dir")                                              \
	X(DATA_MEMSTART_ADDR, "memstart_addr")                                                \
	X(DATA_HUGE_ZERO_PFN, "huge_zero_pfn")                                                \
	X(DATA_TEXT_END, "_etext")                                                            \
	X(DATA_INIT_TEXT_START, "_sinittext")                                                 \
	/* Lines of /proc/vmstat; level 2 is the PMD, 3 the PUD (x86_64: since 5.13, 6.17) */ \
	X(VMSTAT_CONTPTE_UNFOLD, "contpte_unfold")                                            \
	X(VMSTAT_CONTPTE_FOLD, "contpte_fold")                                                \
	X(VMSTAT_SPLITS_PUD, "direct_map_level3_splits")                                      \
	X(VMSTAT_SPLITS_PMD, "direct_map_level2_splits")                                      \
	X(VMSTAT_SPLITS_CONT, "direct_map_cont_splits")                                       \
	X(VMSTAT_COLLAPSES_PUD, "direct_map_level3_collapses")                                \
	X(VMSTAT_COLLAPSES_PMD, "direct_map_level2_collapses")

enum kernel_name {
	KERNEL_NONE, /* has no name */
#define KERNEL_NAME_ID(id, ...) id,
	KERNEL_NAME_LIST(KERNEL_NAME_ID) KERNEL_NAMES
};

/** kernel_name - the NAME of --symbol; mostly what all kernels call it */
const char *kernel_name(enum kernel_name n);

/** kernel_name_given - which of them @name is; KERNEL_NONE: none */
enum kernel_name kernel_name_given(const char *name);

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

/** kernel_has_function - whether the kernel's BTF has it, so that it can be traced */
bool kernel_has_function(struct host *h, enum kernel_name n);
/** kernel_has_event - whether the kernel's BTF has the tracepoint; false without BTF */
bool kernel_has_event(struct host *h, enum kernel_name n);
/** kernel_has_enum - the same of an enum */
bool kernel_has_enum(struct host *h, enum kernel_name n);
/** kernel_has_typedef - the same of a typedef */
bool kernel_has_typedef(struct host *h, enum kernel_name n);
/**
 * kernel_has_member - whether the type of which @type is another name (a typedef) has @member
 *
 * False also without BTF, and where the type is no struct.
 */
bool kernel_has_member(struct host *h, enum kernel_name type, enum kernel_name member);

#endif
