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
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracing/bpf.h"
#include "util/file.h"
#include "tracing/hook.h"
#include "host/interrupts.h"
#include "host/ksyms.h"
#include "pgtop/abi.h"
#include "tracing/processrows.h"
#include "tracing/patch_series.h"
#include "snapshot/source.h"
#include "tlbflush.skel.h"
#include "tlbflush/untraced.h"
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
	[FLUSH_SCOPE_MM] = { "address space", true },
	[FLUSH_SCOPE_RANGE] = { "range", true },
	[FLUSH_SCOPE_PAGE] = { "page", true },
	[FLUSH_SCOPE_KERNEL] = { "kernel range", true },
	[FLUSH_SCOPE_ALL] = { "everything", true },
	[FLUSH_SCOPE_PGTABLE] = { "kernel page table", true },
	[FLUSH_SCOPE_OTHER] = { "other scope", true },
	[FLUSH_SYNC] = { "wait for a batch", false },
};

/* arm64 with the pgtop kernel series: every flush */
enum { TRACED_USER, TRACED_KERNEL, TRACED_SYNC, TRACED_HOOKS };

static const struct hook traced_templates[TRACED_HOOKS] = {
	[TRACED_USER] = { .ways = { { "arm64_flush", HOOK_TRACEPOINT, "arm64_tlb_flush" } } },
	[TRACED_KERNEL] = { .ways = { { "arm64_flush_kernel", HOOK_TRACEPOINT,
					"arm64_tlb_flush_kernel" } } },
	[TRACED_SYNC] = { .ways = { { "arm64_sync", HOOK_TRACEPOINT, "arm64_tlb_sync" } } },
};

/* Stock arm64: the flush is inlined everywhere; what is beside it in functions of its own */
enum { NEAR_GATHER, NEAR_PTE, NEAR_BATCH, NEAR_VMALLOC, NEAR_HOOKS };

static const struct hook near_templates[NEAR_HOOKS] = {
	[NEAR_GATHER] = { .ways = { { "gather_fentry", HOOK_FENTRY, "tlb_finish_mmu" },
				    { "gather_kprobe", HOOK_KPROBE, "tlb_finish_mmu" } } },
	[NEAR_PTE] = { .ways = { { "pte_fentry", HOOK_FENTRY, "ptep_clear_flush" },
				 { "pte_kprobe", HOOK_KPROBE, "ptep_clear_flush" } } },
	[NEAR_BATCH] = { .ways = { { "batch_fentry", HOOK_FENTRY, "try_to_unmap_flush" },
				   { "batch_kprobe", HOOK_KPROBE, "try_to_unmap_flush" } } },
	[NEAR_VMALLOC] = { .ways = { { "vmalloc_fexit", HOOK_FEXIT, "__purge_vmap_area_lazy" },
				     { "vmalloc_kretprobe", HOOK_KRETPROBE,
				       "__purge_vmap_area_lazy" } } },
};

#define MAX_HOOKS 4

struct tlbflush {
	struct host *host;
	struct tlbflush_bpf *skel;
	struct process_rows *rows;
	struct flush_cpu *cpus;		  /* room to read one of each possible CPU */
	struct flush_place_total *places; /* the same */
	int ncpus;
	const struct bpf_program *tracer; /* x86_64: the program in use */
	struct hook hooks[MAX_HOOKS];	  /* arm64 */
	size_t nhooks;
	bool traced;		   /* arm64: by the tracepoints of the pgtop series */
	const char *scopes_why;	   /* traced: scopes are not told apart: reason */
	const char *escalated_why; /* traced: nor what is escalated */
	const char *via, *pages_via;
	const char *others_why; /* x86_64: what is done for other CPUs is not seen: reason */
	bool interrupted;	/* x86_64: CPUs are interrupted for it, or that is not known */
	char why[256];		/* nothing is counted: reason */
};

static void tlbflush_close(void *source)
{
	struct tlbflush *f = source;

	if (!f)
		return;
	hooks_detach(f->hooks, f->nhooks);
	process_rows_free(f->rows);
	tlbflush_bpf__destroy(f->skel);
	free(f->cpus);
	free(f->places);
	free(f);
}

/* --- x86_64 --------------------------------------------------------------- */

#define LEAVES "; a page is a leaf of 4K to 1G"

static int attach_raw(struct tlbflush_bpf *skel, const char *name)
{
	struct bpf_link **link = &skel->links.tlb_flush_raw;

	*link = bpf_program__attach_raw_tracepoint(skel->progs.tlb_flush_raw, name);
	return *link ? 0 : -errno;
}

static int load_tracepoint(struct tlbflush *f, bool raw)
{
	struct tlbflush_bpf *skel = tlbflush_bpf__open();
	struct bpf_program *prog;
	int r;

	if (!skel)
		return -errno;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	prog = raw ? skel->progs.tlb_flush_raw : skel->progs.tlb_flush_btf;
	bpf_program__set_autoload(prog, true);
	r = bpf_load_result(tlbflush_bpf__load(skel));
	if (!r)
		r = bpf_load_result(raw ? attach_raw(skel, host_symbol(f->host, "tlb_flush"))
					: tlbflush_bpf__attach(skel));
	if (r) {
		tlbflush_bpf__destroy(skel);
		return r;
	}
	f->skel = skel;
	f->tracer = prog;
	f->via = raw ? "raw_tp tlb_flush" : "tp_btf tlb_flush";
	f->pages_via = raw ? "raw_tp tlb_flush" LEAVES : "tp_btf tlb_flush" LEAVES;
	return 0;
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
		  "x86 flushes of kernel addresses (vmalloc, changed attributes) pass no "
		  "tracepoint: tlb.flushes are those of user address spaces",
		  NULL);
}

static int open_x86(struct tlbflush *f, const struct source_options *o, struct probe *p)
{
	const char *name = host_symbol(f->host, "tlb_flush");
	/* The typed program is bound to its tracepoint when it is built. */
	bool raw_only = o->prefer_kprobe || strcmp(name, "tlb_flush");
	const char *why, *remedy = NULL;
	char what[96];
	int r;

	r = raw_only ? -ENOENT : load_tracepoint(f, false);
	if (r && r != -ENOMEM)
		r = load_tracepoint(f, true);
	if (r) {
		snprintf(what, sizeof(what), "tracepoint %s", name);
		bpf_load_why(f->host, r, what, f->why, sizeof(f->why), &remedy);
		probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_UNAVAILABLE, NULL, f->why,
			  remedy);
	} else {
		why = tlbflush_uncounted(f);
		probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", why ? PROBE_DEGRADED : PROBE_OK,
			  f->via, why, NULL);
	}
	add_kernel_row(p);
	return r == -ENOMEM ? r : 0;
}

/* --- arm64 ---------------------------------------------------------------- */

static int tlbflush_choose(struct tlbflush *f, const struct source_options *o,
			   const struct hook *templates, size_t n)
{
	memcpy(f->hooks, templates, n * sizeof(*templates));
	f->nhooks = n;
	return hooks_choose(f->host, o, f->skel->obj, f->hooks, n);
}

/* Without the enums of the events the programs cannot tell what they are told. */
static void find_enums(struct tlbflush *f)
{
	if (!bpf_kernel_has_enum(f->host, "arm64_tlb_scope"))
		f->scopes_why = "this kernel's BTF has no enum arm64_tlb_scope: flushes are "
				"counted, not told apart";
	if (!bpf_kernel_has_enum(f->host, "arm64_tlb_flags"))
		f->escalated_why = "this kernel's BTF has no enum arm64_tlb_flags";
}

static int tlbflush_load_by(struct tlbflush *f, const struct source_options *o, bool traced)
{
	int r;

	f->skel = tlbflush_bpf__open();
	if (!f->skel)
		return -errno;
	f->skel->rodata->page_shift = __builtin_ctzll(f->host->page_size);
	r = traced ? tlbflush_choose(f, o, traced_templates, TRACED_HOOKS)
		   : tlbflush_choose(f, o, near_templates, NEAR_HOOKS);
	if (!r && traced && !f->hooks[TRACED_USER].chosen)
		r = -ENOENT;
	if (!r)
		r = bpf_load_result(tlbflush_bpf__load(f->skel));
	if (!r && !hooks_attach(f->skel->obj, f->hooks, f->nhooks))
		r = -ENOENT;
	f->traced = traced && !r;
	return r;
}

static int load_again(struct tlbflush *f, const struct source_options *o)
{
	hooks_detach(f->hooks, f->nhooks);
	tlbflush_bpf__destroy(f->skel);
	return tlbflush_load_by(f, o, false);
}

/*
 * By the tracepoints if the kernel has them and takes the programs.  One program that it
 * rejects takes all with it: then by kprobes, whose arguments are just registers.
 */
static int load_arm64(struct tlbflush *f, const struct source_options *o)
{
	struct source_options kprobe = *o;
	int r = tlbflush_load_by(f, o, true);

	if (!r)
		find_enums(f);
	if (r && r != -ENOMEM)
		r = load_again(f, o);
	kprobe.prefer_kprobe = true;
	if (r && r != -ENOMEM && !o->prefer_kprobe)
		r = load_again(f, &kprobe);
	return r;
}

/* Nothing was loaded: that is why there is no hook that has no reason of its own. */
static void lack_hooks(struct tlbflush *f)
{
	hooks_detach(f->hooks, f->nhooks);
	for (size_t i = 0; i < f->nhooks; i++) {
		struct hook *k = &f->hooks[i];

		if (!*k->why)
			snprintf(k->why, sizeof(k->why), "%.*s", (int)sizeof(k->why) - 1,
				 f->why);
	}
}

static void add_arm64_rows(const struct tlbflush *f, struct probe *p)
{
	char name[96];

	for (size_t i = 0; i < f->nhooks; i++) {
		const struct hook *k = &f->hooks[i];

		snprintf(name, sizeof(name), "tlb.flushes.%s", k->ways[0].target);
		probe_add(p, PROBE_MEASUREMENT, name, k->link ? PROBE_OK : PROBE_UNAVAILABLE,
			  k->link ? k->via : NULL, k->link ? NULL : k->why, NULL);
	}
	probe_add(
		p, PROBE_MEASUREMENT, "tlb.flushes.tlb_flush", PROBE_UNAVAILABLE, NULL,
		"the tracepoint tlb:tlb_flush exists on arm64 and never fires: only x86 code "
		"passes it",
		NULL);
}

static void tlbflush_add_callers_row(const struct tlbflush *f, struct probe *p)
{
	int visible = host_ksyms_visible(f->host);

	probe_add(p, PROBE_MEASUREMENT, "tlb.flush_callers",
		  visible ? PROBE_UNAVAILABLE : PROBE_OK,
		  visible ? NULL : "tp_btf arm64_tlb_flush, /proc/kallsyms",
		  visible ? ksyms_why(visible) : NULL,
		  visible ? "set the sysctl kernel.kptr_restrict to 0 or 1, run as root"
			  : NULL);
}

static void tlbflush_add_partial_row(struct tlbflush *f, const struct source_options *o,
				     struct probe *p)
{
	bool by_choice = (o->prefer_fentry || o->prefer_kprobe) &&
			 patch_series_parts(f->host) & SERIES_TLB_EVENTS;

	f->via = "functions beside the flush";
	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_DEGRADED, f->via,
		  "arm64 inlines its TLB flushes: those for freed page tables, copy on "
		  "write, batches of reclaim and vmalloc pass functions that can be traced, "
		  "those of mprotect, madvise and most of munmap do not",
		  by_choice ? "leave out --fentry and --kprobe: this kernel traces every flush"
			    : "run a kernel with the pgtop series, which traces every flush");
}

/* What the tracepoints do not tell, the first of it. */
static const char *lost_in_tracing(const struct tlbflush *f)
{
	if (!f->hooks[TRACED_USER].link)
		return f->hooks[TRACED_USER].why;
	if (!f->hooks[TRACED_KERNEL].link)
		return f->hooks[TRACED_KERNEL].why;
	return f->scopes_why ?: f->escalated_why;
}

static void add_traced_row(struct tlbflush *f, struct probe *p)
{
	const char *why = lost_in_tracing(f);

	f->via = "tp_btf arm64_tlb_flush";
	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", why ? PROBE_DEGRADED : PROBE_OK, f->via,
		  why, NULL);
}

static int open_arm64(struct tlbflush *f, const struct source_options *o, struct probe *p)
{
	const char *remedy = NULL;
	int r = load_arm64(f, o);

	if (r) {
		tlbflush_bpf__destroy(f->skel);
		f->skel = NULL;
		bpf_load_why(f->host, r, "function beside a TLB flush", f->why, sizeof(f->why),
			     &remedy);
		lack_hooks(f);
		probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_UNAVAILABLE, NULL, f->why,
			  remedy);
	} else if (f->traced) {
		add_traced_row(f, p);
		tlbflush_add_callers_row(f, p);
	} else {
		tlbflush_add_partial_row(f, o, p);
	}
	add_arm64_rows(f, p);
	return r == -ENOMEM ? r : 0;
}

/* --- both ----------------------------------------------------------------- */

static int open_here(struct tlbflush *f, const struct source_options *o, struct probe *p)
{
	const char *why = NULL, *remedy = NULL;

	if (bpf_ready(f->host, &why, &remedy)) {
		snprintf(f->why, sizeof(f->why), "%s", why);
	} else if (f->host->arch == ARCH_X86_64) {
		return open_x86(f, o, p);
	} else if (f->host->arch == ARCH_ARM64) {
		return open_arm64(f, o, p);
	} else {
		snprintf(f->why, sizeof(f->why), "pgtop knows no way to count them on %s",
			 f->host->arch_name);
	}
	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_UNAVAILABLE, NULL, f->why,
		  remedy);
	return 0;
}

static int tlbflush_make_readers(struct tlbflush *f, const struct source_options *o)
{
	f->ncpus = libbpf_num_possible_cpus();
	if (f->ncpus < 0)
		return -ENOMEM;
	f->cpus = calloc(f->ncpus, sizeof(*f->cpus));
	f->places = calloc(f->ncpus, sizeof(*f->places));
	if (!f->cpus || !f->places)
		return -ENOMEM;
	return process_rows_new(f->host, o, f->skel->obj, &f->skel->data->process_next,
				&f->rows);
}

static int tlbflush_open(struct host *h, const struct source_options *o, struct probe *p,
			 void **ret)
{
	struct tlbflush *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->host = h;
	r = open_here(f, o, p);
	if (!r && f->skel)
		r = tlbflush_make_readers(f, o);
	if (r) {
		tlbflush_close(f);
		return r;
	}
	if (f->rows)
		process_rows_probe(f->rows, "tlb.flushes.by_process", p);
	*ret = f;
	return 0;
}

static void tlbflush_lack_all(struct snapshot *s, const char *why)
{
	static const enum snapshot_field_id fields[] = {
		F_TLB_FLUSHES,
		F_TLB_FLUSH_PAGES,
		F_TLB_FLUSHES_FULL,
		F_TLB_ESCALATED,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		snapshot_lacks(s, fields[i], why);
	table_lacks(snapshot_table(s, TABLE_TLB_FLUSH), why);
	table_lacks(snapshot_table(s, TABLE_TLB_CALLER), why);
}

/* All CPUs together. */
struct flush_sum {
	struct flush_total kind[FLUSH_KINDS];
	uint64_t unattributed, places_lost;
};

static int tlbflush_read_totals(const struct tlbflush *f, struct flush_sum *sum)
{
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.flush_cpus), &zero, f->cpus))
		return -errno;
	memset(sum, 0, sizeof(*sum));
	for (int c = 0; c < f->ncpus; c++) {
		sum->unattributed += f->cpus[c].unattributed;
		sum->places_lost += f->cpus[c].places_lost;
		for (int k = 0; k < FLUSH_KINDS; k++) {
			const struct flush_total *t = &f->cpus[c].kind[k];

			sum->kind[k].flushes += t->flushes;
			sum->kind[k].full += t->full;
			sum->kind[k].pages += t->pages;
			sum->kind[k].idle += t->idle;
			sum->kind[k].escalated += t->escalated;
		}
	}
	return 0;
}

static bool is_of_user(int kind)
{
	return kind == FLUSH_SCOPE_MM || kind == FLUSH_SCOPE_RANGE ||
	       kind == FLUSH_SCOPE_PAGE || kind == FLUSH_SCOPE_OTHER;
}

/* What a kind is counted by, on arm64: NULL if by nothing that is in use */
static const struct hook *hook_of(const struct tlbflush *f, int kind)
{
	if (f->traced && kind == FLUSH_SYNC)
		return &f->hooks[TRACED_SYNC];
	if (f->traced && kind >= FLUSH_SCOPE_MM)
		return &f->hooks[is_of_user(kind) ? TRACED_USER : TRACED_KERNEL];
	if (!f->tracer && !f->traced && kind >= FLUSH_GATHER && kind <= FLUSH_VMALLOC)
		return &f->hooks[kind - FLUSH_GATHER];
	return NULL;
}

/*
 * Events the kernel left out because the program was at work on that CPU: on x86_64 another
 * CPU's request that arrived just then, which may have found nothing to flush; on arm64 one of
 * another task while the first is preempted within the program.
 */
static uint64_t tlbflush_dropped(const struct tlbflush *f)
{
	struct bpf_program *prog;
	struct bpf_runs runs;
	uint64_t n = 0;

	bpf_object__for_each_program(prog, f->skel->obj) {
		if (!bpf_program_runs(prog, &runs))
			n += runs.missed;
	}
	return n;
}

static const char *escalated_why(const struct tlbflush *f)
{
	return f->traced ? f->escalated_why
			 : "the hooks do not tell a range that was too long";
}

static void set_sum(const struct tlbflush *f, struct snapshot *s, enum snapshot_field_id id,
		    uint64_t n, const char *via)
{
	if (f->others_why)
		snapshot_lacks(s, id, f->others_why);
	else
		snapshot_set(s, id, n, via);
}

static void tlbflush_set_fields(const struct tlbflush *f, const struct flush_sum *sum,
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
	set_sum(f, s, F_TLB_FLUSH_PAGES, pages, f->pages_via ?: f->via);
	set_sum(f, s, F_TLB_FLUSHES_FULL, full, f->via);
	if (escalated_why(f))
		snapshot_lacks(s, F_TLB_ESCALATED, escalated_why(f));
	else
		snapshot_set(s, F_TLB_ESCALATED, escalated, f->via);
	snapshot_add(s, F_EVENTS_UNATTRIBUTED, sum->unattributed, f->via);
	snapshot_add(s, F_EVENTS_DROPPED, sum->places_lost + tlbflush_dropped(f), f->via);
}

struct flush_columns {
	size_t flushes, pages, full, idle, escalated;
};

/* x86_64: a request to other CPUs is in pages of 4K, what comes of it is not. */
static const char *pages_via(const struct tlbflush *f, int kind, const char *via)
{
	return f->pages_via && kind != FLUSH_REMOTE_SEND_IPI ? f->pages_via : via;
}

static void tlbflush_set_row(const struct tlbflush *f, struct table *t,
			     const struct flush_columns *c, int kind,
			     const struct flush_total *sum)
{
	struct row *r = table_row(t, kind, kinds[kind].scope);
	const struct hook *hook = hook_of(f, kind);
	const char *via = hook ? hook->via : f->via;

	if (hook && !hook->link) {
		row_lacks(t, r, c->flushes, hook->why);
		return;
	}
	if (kind == FLUSH_REMOTE_SHOOTDOWN && f->others_why) {
		row_lacks(t, r, c->flushes, f->others_why);
		return;
	}
	row_set(t, r, c->flushes, sum->flushes, via);
	if (kind == FLUSH_SYNC)
		return;
	row_set(t, r, c->full, sum->full, via);
	row_set(t, r, c->idle, sum->idle, via);
	if (escalated_why(f))
		row_lacks(t, r, c->escalated, escalated_why(f));
	else
		row_set(t, r, c->escalated, sum->escalated, via);
	if (kind == FLUSH_BATCH || kind == FLUSH_VMALLOC)
		row_lacks(t, r, c->pages, "the hook does not see the pages");
	else
		row_set(t, r, c->pages, sum->pages, pages_via(f, kind, via));
}

/* Whether there is anything on this machine that counts @kind. */
static bool is_counted(const struct tlbflush *f, int kind, const struct flush_total *sum)
{
	if (kind == FLUSH_OTHER || kind == FLUSH_SCOPE_OTHER)
		return sum->flushes || sum->idle;
	if (!f->tracer)
		return hook_of(f, kind);
	return kind < FLUSH_OTHER;
}

static void set_table(const struct tlbflush *f, const struct flush_sum *sum,
		      struct snapshot *s)
{
	struct table *t = snapshot_table(s, TABLE_TLB_FLUSH);
	const struct flush_columns c = {
		.flushes = table_column(t, "flushes", VALUE_COUNTER, UNIT_COUNT),
		.pages = table_column(t, "pages", VALUE_COUNTER, UNIT_PAGES),
		.full = table_column(t, "full", VALUE_COUNTER, UNIT_COUNT),
		.idle = table_column(t, "up_to_date", VALUE_COUNTER, UNIT_COUNT),
		.escalated = table_column(t, "escalated", VALUE_COUNTER, UNIT_COUNT),
	};

	for (int k = 0; k < FLUSH_KINDS; k++) {
		if (is_counted(f, k, &sum->kind[k]))
			tlbflush_set_row(f, t, &c, k, &sum->kind[k]);
	}
}

/* --- by caller ------------------------------------------------------------ */

struct caller_table {
	struct table *t;
	size_t flushes, escalated;
	const struct ksyms *k;
};

static void tlbflush_add_place(const struct tlbflush *f, const struct caller_table *c,
			       const struct flush_place *place)
{
	const char *caller = ksyms_caller(c->k, place->ip);
	struct row *r = table_row(c->t, place->kind, caller ? caller : "?");
	const char *via = hook_of(f, place->kind)->via;
	struct flush_place_total sum = { 0 };

	for (int i = 0; i < f->ncpus; i++) {
		sum.flushes += f->places[i].flushes;
		sum.escalated += f->places[i].escalated;
	}
	row_label(c->t, r, 1, kinds[place->kind].scope);
	row_add(c->t, r, c->flushes, sum.flushes, via);
	if (escalated_why(f))
		row_lacks(c->t, r, c->escalated, escalated_why(f));
	else
		row_add(c->t, r, c->escalated, sum.escalated, via);
}

static void tlbflush_set_callers(const struct tlbflush *f, struct snapshot *s)
{
	int fd = bpf_map__fd(f->skel->maps.flush_places);
	struct caller_table c = { .t = snapshot_table(s, TABLE_TLB_CALLER) };
	struct flush_place key, next;
	void *at = NULL;
	int r = f->traced ? host_ksyms_visible(f->host) : 0;

	if (!r && f->traced)
		r = host_ksyms(f->host, &c.k);
	if (!f->traced || r) {
		table_lacks(c.t, f->traced ? ksyms_why(r)
					   : "only the pgtop kernel series names the caller");
		return;
	}
	c.flushes = table_column(c.t, "flushes", VALUE_COUNTER, UNIT_COUNT);
	c.escalated = table_column(c.t, "escalated", VALUE_COUNTER, UNIT_COUNT);
	/* Nothing is ever deleted from the map: one pass sees each place once. */
	while (!bpf_map_get_next_key(fd, at, &next)) {
		key = next;
		at = &key;
		if (key.kind < FLUSH_KINDS && !bpf_map_lookup_elem(fd, &key, f->places))
			tlbflush_add_place(f, &c, &key);
	}
}

/* --- by process ----------------------------------------------------------- */

static void set_scope_columns(const struct tlbflush *f, struct process_column *columns)
{
	static const char *const names[FLUSH_SCOPES] = {
		"tlb_mm",  "tlb_range",	  "tlb_page",  "tlb_kernel",
		"tlb_all", "tlb_pgtable", "tlb_other",
	};

	for (int i = 0; i < FLUSH_SCOPES; i++)
		columns[FLUSH_OWN_SCOPE + i] =
			(struct process_column){ names[i], UNIT_COUNT, f->scopes_why };
	columns[FLUSH_OWN_ESCALATED] =
		(struct process_column){ "tlb_escalated", UNIT_COUNT, f->escalated_why };
}

static int tlbflush_set_processes(const struct tlbflush *f, struct snapshot *s)
{
	const char *broadcast = f->tracer ? NULL
					  : "arm64 broadcasts flushes: no CPU sends or "
					    "receives requests";
	struct process_column columns[PROCESS_COUNTS] = {
		[FLUSH_OWN] = { "tlb_flushes", UNIT_COUNT, NULL },
		[FLUSH_SENT] = { "tlb_sent", UNIT_COUNT, broadcast },
		[FLUSH_RECEIVED] = { "tlb_received", UNIT_COUNT,
				     f->others_why ? f->others_why : broadcast },
		[FLUSH_PAGES] = { "tlb_flush_pages", UNIT_PAGES, NULL },
	};

	if (f->traced)
		set_scope_columns(f, columns);
	return process_rows_read(f->rows, columns, f->via, s);
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
static void watch_others(struct tlbflush *f, const struct flush_sum *sum)
{
	static const char hypervisor[] =
		"requests to other CPUs are sent and no CPU is ever interrupted by one: the "
		"hypervisor does that";
	const struct flush_total *received = &sum->kind[FLUSH_REMOTE_SHOOTDOWN];
	bool seen = received->flushes + received->idle;

	if (f->others_why == hypervisor && seen)
		f->others_why = NULL;
	if (f->tracer && !f->others_why && !seen &&
	    sum->kind[FLUSH_REMOTE_SEND_IPI].flushes >= SENT_ENOUGH && never_interrupted(f))
		f->others_why = hypervisor;
}

static int tlbflush_read(void *source, struct snapshot *s)
{
	struct tlbflush *f = source;
	struct flush_sum sum;
	int r;

	if (!f->skel) {
		tlbflush_lack_all(s, f->why);
		return snapshot_error(s);
	}
	if (tlbflush_read_totals(f, &sum)) {
		tlbflush_lack_all(s, "the kernel did not hand out the counts");
		return snapshot_error(s);
	}
	watch_others(f, &sum);
	tlbflush_set_fields(f, &sum, s);
	set_table(f, &sum, s);
	tlbflush_set_callers(f, s);
	r = tlbflush_set_processes(f, s);
	return r == -ENOMEM ? r : snapshot_error(s);
}

static void tlbflush_cost(const void *source, struct snapshot *s)
{
	const struct tlbflush *f = source;

	bpf_tell_runs(f->host, f->skel ? f->skel->obj : NULL, s);
}

const struct source_class source_tlbflush = {
	.name = "tlbflush",
	.open = tlbflush_open,
	.read = tlbflush_read,
	.cost = tlbflush_cost,
	.close = tlbflush_close,
};
