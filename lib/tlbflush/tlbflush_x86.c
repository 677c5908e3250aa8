// SPDX-License-Identifier: GPL-2.0-only
/* tlbflush_x86.c - TLB flushes of x86_64, by the tracepoint tlb:tlb_flush */
#include "host/interrupts.h"
#include "tlbflush/tlbflush.h"
#include "tlbflush/untraced.h"
#include "util/file.h"
#include "util/util.h"

static int x86_hook(enum flush_kind kind)
{
	return kind <= FLUSH_OTHER ? 0 : -1;
}

/* What passes no tracepoint on this machine. */
static const char *tlbflush_uncounted(struct tlbflush *f)
{
	struct untraced untraced;

	if (!untraced_flushes(f->host, &untraced))
		return NULL;
	if (untraced.others)
		f->others_why = untraced.why;
	return untraced.why;
}

/* arch/x86/mm/tlb.c: flush_tlb_all() and flush_tlb_kernel_range() trace nothing. */
static void add_kernel_row(struct probe *p)
{
	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes.kernel", PROBE_UNAVAILABLE, NULL,
		  "x86 flushes of kernel addresses (vmalloc, changed attributes) fire no "
		  "tracepoint: tlb.flushes are those of user address spaces",
		  NULL);
}

static void x86_opened(struct tlbflush *f, const struct source_options *o, struct probe *p)
{
	tlbflush_add_row(f, p, tlbflush_uncounted(f), NULL);
	add_kernel_row(p);
}

/* So many requests to other CPUs, and none carried out: look who does. */
#define SENT_ENOUGH 10

/* No CPU has been interrupted for a TLB since boot.  Once one has, nothing is read again. */
static bool never_interrupted(struct tlbflush *f)
{
	_cleanup_free_ char *text = NULL;
	uint64_t n;

	if (!f->interrupted)
		f->interrupted = file_read(f->host->root, "/proc/interrupts", &text, NULL) ||
				 interrupts_count(text, "TLB", &n) || n;
	return !f->interrupted;
}

/*
 * A paravirtual kernel has its hypervisor flush other CPUs: the tracepoint tells of the
 * request only (arch/x86/include/asm/paravirt.h, __flush_tlb_multi()).  That requests were
 * made and no CPU was ever interrupted shows it, at no cost; pv_ops would say so from the
 * start, but is found only by reading all symbols.  Requests alone show nothing: a CPU that is
 * lazy is not interrupted, and one that has caught up passes no tracepoint (flush_tlb_func()).
 */
static void watch_others(struct tlbflush *f, const struct flush_cpu *sum)
{
	static const char hypervisor[] =
		"requests to other CPUs are sent and no CPU is ever interrupted by one: the "
		"hypervisor does that";
	const struct flush_total *received = &sum->kind[FLUSH_REMOTE_SHOOTDOWN];
	bool seen = received->flushes + received->idle;

	if (f->others_why == hypervisor && seen)
		f->others_why = NULL;
	if (!f->others_why && !seen &&
	    sum->kind[FLUSH_REMOTE_SEND_IPI].flushes >= SENT_ENOUGH && never_interrupted(f))
		f->others_why = hypervisor;
}

const struct tlbflush_means tlbflush_x86 = {
	.arch = ARCH_X86_64,
	.class = {
		.what = "TLB flushes",
		TLBFLUSH_CLASS,
		.nhooks = 1,
		.hooks = { { { "tlb_flush_btf", HOOK_TRACEPOINT, EVENT_TLB_FLUSH },
			     { "tlb_flush_raw", HOOK_RAW_TRACEPOINT, EVENT_TLB_FLUSH } } },
	},
	.hook = x86_hook,
	.opened = x86_opened,
	.watch = watch_others,
	.local_why = "x86_64 broadcasts none: each CPU flushes for itself, or asks others to",
	.pages_note = "; a page is a leaf of 4K to 1G",
};
