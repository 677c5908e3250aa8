// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlbflush_arm64.c - TLB flushes of a stock arm64 kernel
 *
 * The flush is inlined everywhere; what is beside it in functions of its own is traced.
 */
#include "tlbflush/tlbflush.h"
#include "tracing/patch_series.h"
#include "util/util.h"

enum { NEAR_GATHER, NEAR_PTE, NEAR_BATCH, NEAR_VMALLOC, NEAR_ACCESS, NEAR_HOOKS };

static int arm64_hook(enum flush_kind kind)
{
	return kind >= FLUSH_GATHER && kind <= FLUSH_ACCESS ? (int)(kind - FLUSH_GATHER) : -1;
}

void tlbflush_add_silent_row(const struct tlbflush *f, struct probe *p)
{
	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes.tlb_flush", PROBE_UNAVAILABLE, NULL,
		  kernel_has_event(f->host, EVENT_TLB_FLUSH)
			  ? "the tracepoint tlb:tlb_flush exists on arm64 and never fires: "
			    "only x86 code uses it"
			  : "the tracepoint tlb:tlb_flush exists only on x86",
		  NULL);
}

/*
 * Kernels with flags for flushes have one for a flush of the CPU alone (TLBF_NOBROADCAST), and
 * set it in the function that is traced; of all other functions that are, none does.
 */
static const char *local_unknown(const struct tlbflush *f)
{
	if (!kernel_has_typedef(f->host, TYPE_TLBF))
		return "this kernel does not tell flushes of one CPU from those of all (Linux 7.x "
		       "does, by TLBF_NOBROADCAST)";
	return tracer_hook_why(f->tracer, NEAR_ACCESS);
}

static void arm64_opened(struct tlbflush *f, const struct source_options *o, struct probe *p)
{
	bool by_choice = (o->prefer_fentry || o->prefer_kprobe) &&
			 patch_series_parts(f->host) & SERIES_TLB_EVENTS;

	f->via = "functions beside the flush";
	f->local_why = local_unknown(f);
	tlbflush_add_row(
		f, p,
		"arm64 inlines its TLB flushes: those for freed page tables, copy on "
		"write, access flags, batches of reclaim and vmalloc go through functions that can "
		"be traced, those of mprotect, madvise, fork and most of munmap do not",
		by_choice ? "leave out --fentry and --kprobe: this kernel traces every flush"
			  : "run a kernel with the pgtop series, which traces every flush");
	tlbflush_add_hook_rows(f, p);
	tlbflush_add_silent_row(f, p);
}

const struct tlbflush_means tlbflush_arm64 = {
	.arch = ARCH_ARM64,
	.class = {
		.what = "function beside a TLB flush",
		TLBFLUSH_CLASS,
		.nhooks = NEAR_HOOKS,
		.hooks = {
			[NEAR_GATHER] = { { "gather_fentry", HOOK_FENTRY, FUNC_TLB_FINISH_MMU },
					  { "gather_kprobe", HOOK_KPROBE, FUNC_TLB_FINISH_MMU } },
			[NEAR_PTE] = { { "pte_fentry", HOOK_FENTRY, FUNC_PTEP_CLEAR_FLUSH },
				       { "pte_kprobe", HOOK_KPROBE, FUNC_PTEP_CLEAR_FLUSH } },
			[NEAR_BATCH] = { { "batch_fentry", HOOK_FENTRY, FUNC_TRY_TO_UNMAP_FLUSH },
					 { "batch_kprobe", HOOK_KPROBE, FUNC_TRY_TO_UNMAP_FLUSH } },
			[NEAR_VMALLOC] = { { "vmalloc_fexit", HOOK_FEXIT, FUNC_PURGE_VMAP_AREA_LAZY },
					   { "vmalloc_kretprobe", HOOK_KRETPROBE,
					     FUNC_PURGE_VMAP_AREA_LAZY } },
			[NEAR_ACCESS] = { { "access_fentry", HOOK_FENTRY, FUNC_SET_ACCESS_FLAGS },
					  { "access_kprobe", HOOK_KPROBE, FUNC_SET_ACCESS_FLAGS } },
		},
	},
	.hook = arm64_hook,
	.opened = arm64_opened,
	.sent_why = "arm64 broadcasts flushes: no CPU sends or receives requests",
};
