// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/kernel_names.h"
#include "host/ksyms.h"
#include "host/vmstat.h"

#define CANDIDATES 2

/* The first name is also the one for --symbol.  What came with which kernel is in the
 * comments. */
static const char *const known_names[KERNEL_NAMES][CANDIDATES] = {
	/* arm64, 6.9: user memory by contiguous PTEs */
	[FUNC_CONTPTE_CONVERT] = { "contpte_convert" },
	[FUNC_CONTPTE_SET_PTES] = { "contpte_set_ptes" },
	[FUNC_CONTPTE_TRY_FOLD] = { "__contpte_try_fold" },
	[FUNC_CONTPTE_TRY_UNFOLD] = { "__contpte_try_unfold" },
	[FUNC_CONTPTE_CLEAR_FULL_PTES] = { "contpte_clear_full_ptes" },
	[FUNC_CONTPTE_GET_AND_CLEAR_FULL_PTES] = { "contpte_get_and_clear_full_ptes" },
	[FUNC_CONTPTE_WRPROTECT_PTES] = { "contpte_wrprotect_ptes" },
	[FUNC_CONTPTE_SET_ACCESS_FLAGS] = { "contpte_ptep_set_access_flags" },
	/* 6.17: of several entries at once */
	[FUNC_MODIFY_PROT_START] = { "ptep_modify_prot_start", "modify_prot_start_ptes" },
	[FUNC_MODIFY_PROT_COMMIT] = { "ptep_modify_prot_commit", "modify_prot_commit_ptes" },
	[FUNC_PTEP_SET_ACCESS_FLAGS] = { "ptep_set_access_flags" },

	[FUNC_TLB_FINISH_MMU] = { "tlb_finish_mmu" },
	[FUNC_PTEP_CLEAR_FLUSH] = { "ptep_clear_flush" },
	[FUNC_TRY_TO_UNMAP_FLUSH] = { "try_to_unmap_flush" }, /* arm64: 6.7 */
	[FUNC_PURGE_VMAP_AREA_LAZY] = { "__purge_vmap_area_lazy" },

	[FUNC_SPLIT_KERNEL_LEAF_MAPPING] = { "split_kernel_leaf_mapping" }, /* arm64, 6.18 */
	/* Until 6.14, with two swap types; from 6.15 on the other, with one. */
	[FUNC_MAKE_DEVICE_EXCLUSIVE_RANGE] = { "make_device_exclusive_range" },
	[FUNC_MAKE_DEVICE_EXCLUSIVE] = { "make_device_exclusive" },

	[EVENT_TLB_FLUSH] = { "tlb_flush" },
	[EVENT_CONTPTE_UNFOLD] = { "contpte_unfold" },
	[EVENT_CONTPTE_FOLD] = { "contpte_fold" },
	[EVENT_CONTPTE_MAP] = { "contpte_map" },
	[EVENT_ARM64_TLB_FLUSH] = { "arm64_tlb_flush" },
	[EVENT_ARM64_TLB_FLUSH_KERNEL] = { "arm64_tlb_flush_kernel" },
	[EVENT_ARM64_TLB_SYNC] = { "arm64_tlb_sync" },
	[EVENT_LINMAP_SPLIT] = { "linmap_split" },

	[DATA_SWAPPER_PG_DIR] = { "swapper_pg_dir" },
	[DATA_MEMSTART_ADDR] = { "memstart_addr" },
	[DATA_HUGE_ZERO_PFN] = { "huge_zero_pfn" },
	[DATA_TEXT_END] = { "_etext" },
	[DATA_INIT_TEXT_START] = { "_sinittext" },

	[ENUM_CONTPTE_REASON] = { "contpte_reason" },
	[ENUM_ARM64_TLB_SCOPE] = { "arm64_tlb_scope" },
	[ENUM_ARM64_TLB_FLAGS] = { "arm64_tlb_flags" },
	[ENUM_LINMAP_REASON] = { "linmap_reason" },

	[VMSTAT_CONTPTE_UNFOLD] = { "contpte_unfold" },
	[VMSTAT_CONTPTE_FOLD] = { "contpte_fold" },
	/*
	 * Level 2 is the PMD, level 3 the PUD: arch/x86/mm/pat/set_memory.c (splits
	 * since 5.13, collapses since 6.17), and the series' arch/arm64/mm/linear_map_stats.c.
	 */
	[VMSTAT_SPLITS_PUD] = { "direct_map_level3_splits" },
	[VMSTAT_SPLITS_PMD] = { "direct_map_level2_splits" },
	[VMSTAT_SPLITS_CONT] = { "direct_map_cont_splits" },
	[VMSTAT_COLLAPSES_PUD] = { "direct_map_level3_collapses" },
	[VMSTAT_COLLAPSES_PMD] = { "direct_map_level2_collapses" },
};

const char *kernel_name(enum kernel_name n)
{
	return known_names[n][0];
}

const char *kernel_candidate(const struct host *h, enum kernel_name n, size_t i)
{
	const char *known = i < CANDIDATES ? known_names[n][i] : NULL;
	const char *given = n ? host_symbol(h, known_names[n][0]) : NULL;

	if (given == known_names[n][0])
		return known;
	return i ? NULL : given;
}

bool kernel_is(const struct host *h, enum kernel_name n, const char *symbol)
{
	const char *name;

	for (size_t i = 0; (name = kernel_candidate(h, n, i)); i++) {
		if (!strcmp(name, symbol))
			return true;
	}
	return false;
}

uint64_t kernel_address(struct host *h, enum kernel_name n)
{
	const struct ksyms *k;
	const char *name;
	uint64_t address = 0;

	if (host_ksyms(h, &k))
		return 0;
	for (size_t i = 0; !address && (name = kernel_candidate(h, n, i)); i++)
		address = ksyms_address(k, name);
	return address;
}

const char *kernel_function(struct host *h, enum kernel_name n)
{
	const char *name, *found = NULL;
	const struct ksyms *k;

	if (host_ksyms(h, &k))
		return NULL;
	for (size_t i = 0; !found && (name = kernel_candidate(h, n, i)); i++)
		found = ksyms_function(k, name);
	return found;
}

int kernel_vmstat(const struct host *h, enum kernel_name n, const char *text, uint64_t *ret)
{
	const char *name;
	int r = -ENOENT;

	for (size_t i = 0; r == -ENOENT && (name = kernel_candidate(h, n, i)); i++)
		r = vmstat_count(text, name, ret);
	return r;
}

static bool has_type(struct host *h, enum kernel_name n, const char *prefix, uint32_t kind)
{
	const struct btf *btf;
	const char *name;
	char type[128];

	if (host_btf(h, &btf))
		return false;
	for (size_t i = 0; (name = kernel_candidate(h, n, i)); i++) {
		snprintf(type, sizeof(type), "%s%s", prefix, name);
		if (btf__find_by_name_kind(btf, type, kind) > 0)
			return true;
	}
	return false;
}

bool kernel_has_event(struct host *h, enum kernel_name n)
{
	return has_type(h, n, "btf_trace_", BTF_KIND_TYPEDEF);
}

bool kernel_has_enum(struct host *h, enum kernel_name n)
{
	return has_type(h, n, "", BTF_KIND_ENUM);
}
