// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlbflush.c - the source of TLB flushes
 *
 * What counts as a flush (F_TLB_FLUSHES): a CPU's TLB was flushed, in part or
 * as a whole, because a mapping changed.  On x86_64 each CPU flushes for
 * itself, so a munmap in a process that runs on three CPUs is three flushes
 * (one local, two remote shootdowns) and one request to others (remote send
 * IPI, not a flush of its own); on arm64 an invalidation is broadcast and is
 * one flush.  A flush that only makes room for another address space (task
 * switch) is apart, and an event that found the TLB up to date is none.
 *
 * On x86_64 they are those of user address spaces: the tracepoint is not passed
 * by flushes of kernel addresses (flush_tlb_kernel_range(), flush_tlb_all()).
 * What a ranged flush names (F_TLB_FLUSH_PAGES) are invalidations there: the
 * kernel makes one for each leaf of the smallest size in the range, 4K to 1G
 * (flush_tlb_func(), stride_shift), and the tracepoint does not tell that size.
 * Only requests to others are in pages of 4K (native_flush_tlb_multi()).
 *
 * By process: tlb_flushes, tlb_flush_pages: carried out on its CPU because it
 * changed a mapping; tlb_sent: requests to other CPUs; tlb_received: carried
 * out for another CPU while it ran.  tlb_flushes and tlb_received of all rows
 * and what is unattributed add up to F_TLB_FLUSHES.
 *
 * On a stock arm64 kernel they are those that pass a function that can be traced, a minority
 * (docs/benchmarks.md).  Of these, F_TLB_FLUSHES_LOCAL are what a CPU flushed for itself
 * alone, without a broadcast, where the kernel's code says which those are (7.x).
 *
 * On arm64 with the pgtop kernel series (tracepoints arm64_mm:*) every request
 * of the kernel is counted, of user and of kernel addresses:
 *
 * F_TLB_FLUSHES: calls of a flush primitive, one each.  A range that takes
 * thirty TLBI instructions is one; a range too long to name, which the kernel
 * turns into a flush of the whole (escalates), is one, in the scope that was
 * asked for.  What a fold or unfold of a contiguous block invalidates is one.
 * So is each page of a batch of reclaim, whose completion is waited for later:
 * that wait (sync) is a row of the table and no flush.  What the kernel does on
 * one CPU for itself (local_flush_tlb_all(): context switch, idle) is not
 * traced and not counted.
 * F_TLB_FLUSH_PAGES: base pages in ranges and single pages, whole strides, not
 * of those escalated; a flush of walk caches (kernel page table) names none.
 * F_TLB_FLUSHES_FULL: scopes address space and everything, and all escalated.
 * F_TLB_ESCALATED: those alone.
 *
 * By process and cgroup also tlb_mm, tlb_range, tlb_page, tlb_kernel, tlb_all,
 * tlb_pgtable, tlb_other, which add up to tlb_flushes, and tlb_escalated.  A
 * flush belongs to the task that asks for it: kernel ranges are mostly freed
 * by kernel threads, and reclaim by kswapd counts as kswapd's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/source.h"
#include "tlbflush/tlbflush.h"
#include "tlbflush.skel.h"
#include "util/util.h"

static const struct {
	const char *scope;
	bool is_flush; /* for F_TLB_FLUSHES */
} kinds[FLUSH_KINDS] = {
	[FLUSH_TASK_SWITCH] = { "task switch", false },
	[FLUSH_REMOTE_SHOOTDOWN] = { "remote shootdown", true },
	[FLUSH_LOCAL_SHOOTDOWN] = { "local shootdown", true },
	[FLUSH_LOCAL_MM_SHOOTDOWN] = { "local mm shootdown", true },
	[FLUSH_REMOTE_SEND_IPI] = { "remote send IPI", false },
	[FLUSH_REMOTE_WRONG_CPU] = { "remote wrong CPU", false },
	[FLUSH_OTHER] = { "other reason", false },
	[FLUSH_GATHER] = { "page tables freed", true },
	[FLUSH_PTE] = { "copy on write, migration", true },
	[FLUSH_BATCH] = { "batch of reclaim", true },
	[FLUSH_VMALLOC] = { "vmalloc purge", true },
	[FLUSH_ACCESS] = { "access flags", true },
	[FLUSH_SCOPE_MM] = { "address space", true },
	[FLUSH_SCOPE_RANGE] = { "range", true },
	[FLUSH_SCOPE_PAGE] = { "page", true },
	[FLUSH_SCOPE_KERNEL] = { "kernel range", true },
	[FLUSH_SCOPE_ALL] = { "everything", true },
	[FLUSH_SCOPE_PGTABLE] = { "kernel page table", true },
	[FLUSH_SCOPE_OTHER] = { "other scope", true },
	[FLUSH_SYNC] = { "wait for a batch", false },
};

const enum snapshot_field_id tlbflush_fields[] = { F_TLB_FLUSHES,      F_TLB_FLUSH_PAGES,
						   F_TLB_FLUSHES_FULL, F_TLB_FLUSHES_LOCAL,
						   F_TLB_ESCALATED,    FIELD_MAX };
const enum snapshot_table_id tlbflush_tables[] = { TABLE_TLB_FLUSH, TABLE_TLB_CALLER,
						   TABLE_MAX };

static const struct tlbflush_means *const all_means[] = {
	&tlbflush_x86,
	&tlbflush_series,
	&tlbflush_arm64,
};

static void tlbflush_close(void *source)
{
	struct tlbflush *f = source;

	if (!f)
		return;
	tracer_free(f->tracer);
	free(f);
}

/* --- for all means -------------------------------------------------------- */

const void *tlbflush_object(size_t *size)
{
	return tlbflush_bpf__elf_bytes(size);
}

void tlbflush_prepare(const struct host *h, const void *arg, void *rodata)
{
	struct tlbflush_bpf__rodata *constants = rodata;

	constants->page_shift = __builtin_ctzll(h->page_size);
}

bool tlbflush_possible(const struct host *h, const void *arg, char *why, size_t len,
		       const char **remedy)
{
	if (h->arch != ARCH_OTHER)
		return true;
	snprintf(why, len, "pgtop knows no way to count them on %s", h->arch_name);
	return false;
}

const char *tlbflush_scope(enum flush_kind kind)
{
	return kinds[kind].scope;
}

void tlbflush_add_hook_rows(const struct tlbflush *f, struct probe *p)
{
	const struct tracer_class *c = &f->means->class;
	char name[96];

	for (size_t i = 0; i < c->nhooks; i++) {
		snprintf(name, sizeof(name), "tlb.flushes.%s",
			 kernel_name(c->hooks[i][0].target));
		tracer_add_row(f->tracer, p, name, i);
	}
}

void tlbflush_add_row(const struct tlbflush *f, struct probe *p, const char *partial,
		      const char *remedy)
{
	const char *why = tracer_why(f->tracer);

	if (why)
		probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_UNAVAILABLE, NULL, why,
			  tracer_remedy(f->tracer));
	else
		probe_add(p, PROBE_MEASUREMENT, "tlb.flushes",
			  partial ? PROBE_DEGRADED : PROBE_OK, f->via, partial, remedy);
}

/* --- opening -------------------------------------------------------------- */

/* The first means of this architecture whose first hook counts, else the last. */
static int tlbflush_start(struct tlbflush *f, const struct source_options *o)
{
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(all_means); i++) {
		if (all_means[i]->arch != f->host->arch && f->host->arch != ARCH_OTHER)
			continue;
		if (f->tracer && !tracer_hook_why(f->tracer, 0))
			break;
		tracer_free(f->tracer);
		f->tracer = NULL;
		f->means = all_means[i];
		r = tracer_new(f->host, o, &f->means->class, &f->tracer);
	}
	return r;
}

static int tlbflush_open(struct host *h, const struct source_options *o, struct probe *p,
			 void **ret)
{
	struct tlbflush *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->host = h;
	r = tlbflush_start(f, o);
	if (r) {
		tlbflush_close(f);
		return r;
	}
	f->via = tracer_hook_via(f->tracer, 0);
	f->escalated_why = "the hooks do not show which ranges were too long";
	f->local_why = f->means->local_why;
	if (tracer_was_tried(f->tracer))
		f->means->opened(f, o, p);
	else
		tlbflush_add_row(f, p, NULL, NULL);
	tracer_add_processes_row(f->tracer, p, "tlb.flushes.by_process");
	*ret = f;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

/* How the pages of @kind were counted, by @via; a request is always in pages of 4K on x86_64.
 */
static const char *pages_via(const struct tlbflush *f, struct snapshot *s,
			     enum flush_kind kind, const char *via)
{
	if (!f->means->pages_note || kind == FLUSH_REMOTE_SEND_IPI)
		return via;
	return snapshot_intern(s, "%s%s", via, f->means->pages_note);
}

static void set_sum(const struct tlbflush *f, struct snapshot *s, enum snapshot_field_id id,
		    uint64_t n, const char *via)
{
	if (f->others_why)
		snapshot_lacks(s, id, f->others_why);
	else
		snapshot_set(s, id, n, via);
}

static void tlbflush_set_fields(const struct tlbflush *f, const struct flush_cpu *sum,
				struct snapshot *s)
{
	uint64_t flushes = 0, pages = 0, full = 0, escalated = 0;

	for (int k = 0; k < FLUSH_KINDS; k++) {
		const struct flush_total *t = &sum->kind[k];

		if (!kinds[k].is_flush)
			continue;
		flushes += t->flushes;
		pages += t->pages;
		full += t->full;
		escalated += t->escalated;
	}
	set_sum(f, s, F_TLB_FLUSHES, flushes, f->via);
	set_sum(f, s, F_TLB_FLUSH_PAGES, pages, pages_via(f, s, FLUSH_OTHER, f->via));
	set_sum(f, s, F_TLB_FLUSHES_FULL, full, f->via);
	if (f->local_why)
		snapshot_lacks(s, F_TLB_FLUSHES_LOCAL, f->local_why);
	else
		snapshot_set(s, F_TLB_FLUSHES_LOCAL, sum->kind[FLUSH_ACCESS].flushes, f->via);
	if (f->escalated_why)
		snapshot_lacks(s, F_TLB_ESCALATED, f->escalated_why);
	else
		snapshot_set(s, F_TLB_ESCALATED, escalated, f->via);
}

struct flush_columns {
	size_t flushes, pages, full, idle, local, escalated;
};

static void tlbflush_set_row(const struct tlbflush *f, struct table *t,
			     const struct flush_columns *c, enum flush_kind kind,
			     const struct flush_total *sum)
{
	struct row *r = table_row(t, kind, kinds[kind].scope);
	int hook = f->means->hook(kind);
	const char *why = tracer_hook_why(f->tracer, hook);
	const char *via = tracer_hook_via(f->tracer, hook);

	if (kind == FLUSH_REMOTE_SHOOTDOWN && f->others_why)
		why = f->others_why;
	if (why) {
		row_lacks(t, r, c->flushes, why);
		return;
	}
	row_set(t, r, c->flushes, sum->flushes, via);
	if (kind == FLUSH_SYNC)
		return;
	row_set(t, r, c->full, sum->full, via);
	row_set(t, r, c->idle, sum->idle, via);
	if (f->local_why)
		row_lacks(t, r, c->local, f->local_why);
	else
		row_set(t, r, c->local, kind == FLUSH_ACCESS ? sum->flushes : 0, via);
	if (f->escalated_why)
		row_lacks(t, r, c->escalated, f->escalated_why);
	else
		row_set(t, r, c->escalated, sum->escalated, via);
	if (kind == FLUSH_BATCH || kind == FLUSH_VMALLOC || kind == FLUSH_ACCESS)
		row_lacks(t, r, c->pages, "the hook does not see the pages");
	else
		row_set(t, r, c->pages, sum->pages, pages_via(f, t->owner, kind, via));
}

/* Whether there is anything on this machine that counts @kind; what is new, once it is met. */
static bool is_counted(const struct tlbflush *f, enum flush_kind kind,
		       const struct flush_total *sum)
{
	if (kind == FLUSH_OTHER || kind == FLUSH_SCOPE_OTHER)
		return sum->flushes || sum->idle;
	return f->means->hook(kind) >= 0;
}

static void set_table(const struct tlbflush *f, const struct flush_cpu *sum,
		      struct snapshot *s)
{
	struct table *t = snapshot_table(s, TABLE_TLB_FLUSH);
	const struct flush_columns c = {
		.flushes = table_column(t, "flushes", VALUE_COUNTER, UNIT_COUNT),
		.pages = table_column(t, "pages", VALUE_COUNTER, UNIT_PAGES),
		.full = table_column(t, "full", VALUE_COUNTER, UNIT_COUNT),
		.idle = table_column(t, "up_to_date", VALUE_COUNTER, UNIT_COUNT),
		.local = table_column(t, "local", VALUE_COUNTER, UNIT_COUNT),
		.escalated = table_column(t, "escalated", VALUE_COUNTER, UNIT_COUNT),
	};

	for (int k = 0; k < FLUSH_KINDS; k++) {
		if (is_counted(f, k, &sum->kind[k]))
			tlbflush_set_row(f, t, &c, k, &sum->kind[k]);
	}
}

static int tlbflush_set_processes(const struct tlbflush *f, struct snapshot *s)
{
	struct process_column columns[PROCESS_COUNTS] = {
		[FLUSH_OWN] = { "tlb_flushes", UNIT_COUNT, NULL },
		[FLUSH_SENT] = { "tlb_sent", UNIT_COUNT, f->means->sent_why },
		[FLUSH_RECEIVED] = { "tlb_received", UNIT_COUNT,
				     f->others_why ?: f->means->sent_why },
		[FLUSH_PAGES] = { "tlb_flush_pages", UNIT_PAGES, NULL },
	};

	if (f->means->add_columns)
		f->means->add_columns(f, columns);
	return tracer_processes(f->tracer, columns, f->via, s);
}

static int tlbflush_read(void *source, struct snapshot *s)
{
	struct tlbflush *f = source;
	struct flush_cpu sum;
	int r;

	if (!tracer_read(f->tracer, s, &sum))
		return snapshot_error(s);
	if (f->means->watch)
		f->means->watch(f, &sum);
	tlbflush_set_fields(f, &sum, s);
	set_table(f, &sum, s);
	if (f->means->set_callers)
		f->means->set_callers(f, s);
	else
		table_lacks(snapshot_table(s, TABLE_TLB_CALLER),
			    "only the pgtop kernel series names the caller");
	r = tlbflush_set_processes(f, s);
	return r ? r : snapshot_error(s);
}

static void tlbflush_cost(const void *source, struct snapshot *s)
{
	const struct tlbflush *f = source;

	tracer_cost(f->tracer, s);
}

const struct source_class source_tlbflush = {
	.name = "tlbflush",
	.open = tlbflush_open,
	.read = tlbflush_read,
	.cost = tlbflush_cost,
	.close = tlbflush_close,
};
