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
 * By process: tlb_flushes, tlb_flush_pages: carried out on its CPU because it
 * changed a mapping; tlb_sent: requests to other CPUs; tlb_received: carried
 * out for another CPU while it ran.  tlb_flushes and tlb_received of all rows
 * and what is unattributed add up to F_TLB_FLUSHES.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf.h"
#include "cpuinfo.h"
#include "file.h"
#include "pgtop/abi.h"
#include "processrows.h"
#include "sources.h"
#include "tlbflush.skel.h"
#include "util.h"

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
};

static const struct process_column process_columns[PROCESS_COUNTS] = {
	[FLUSH_OWN] = { "tlb_flushes", UNIT_COUNT },
	[FLUSH_SENT] = { "tlb_sent", UNIT_COUNT },
	[FLUSH_RECEIVED] = { "tlb_received", UNIT_COUNT },
	[FLUSH_PAGES] = { "tlb_flush_pages", UNIT_PAGES },
};

struct tlbflush {
	const struct host *host;
	struct tlbflush_bpf *skel;
	struct process_rows *rows;
	struct flush_cpu *cpus; /* room to read one of each possible CPU */
	int ncpus;
	const struct bpf_program *tracer; /* x86_64: the program in use */
	const char *via;
	char why[256]; /* nothing is counted: reason */
};

static void tlbflush_close(void *source)
{
	struct tlbflush *f = source;

	if (!f)
		return;
	process_rows_free(f->rows);
	tlbflush_bpf__destroy(f->skel);
	free(f->cpus);
	free(f);
}

/* --- x86_64 --------------------------------------------------------------- */

static int attach_raw(struct tlbflush_bpf *skel, const char *name)
{
	struct bpf_link **link = &skel->links.tlb_flush_raw;

	*link = bpf_program__attach_raw_tracepoint(skel->progs.tlb_flush_raw, name);
	return *link ? 0 : -errno;
}

static int load_tracepoint(struct tlbflush *f, bool raw)
{
	const char *name = host_symbol(f->host, "tlb_flush");
	struct tlbflush_bpf *skel = tlbflush_bpf__open();
	struct bpf_program *prog;
	int r = 0;

	if (!skel)
		return -errno;
	bpf_object__for_each_program(prog, skel->obj) bpf_program__set_autoload(prog, false);
	prog = raw ? skel->progs.tlb_flush_raw : skel->progs.tlb_flush_btf;
	bpf_program__set_autoload(prog, true);
	if (!raw)
		r = bpf_program__set_attach_target(prog, 0, name);
	if (!r)
		r = tlbflush_bpf__load(skel);
	if (!r)
		r = raw ? attach_raw(skel, name) : tlbflush_bpf__attach(skel);
	if (r) {
		tlbflush_bpf__destroy(skel);
		return r;
	}
	f->skel = skel;
	f->tracer = prog;
	f->via = raw ? "raw_tp tlb_flush" : "tp_btf tlb_flush";
	return 0;
}

/* AMD's broadcast (6.15) bypasses the tracepoint: arch/x86/mm/tlb.c, broadcast_tlb_flush() */
static bool has_broadcast(const struct host *h)
{
	_cleanup_free_ char *cpuinfo = NULL;

	return !file_read(h->root, "/proc/cpuinfo", &cpuinfo, NULL) &&
	       cpuinfo_has_flag(cpuinfo, "invlpgb");
}

static int open_x86(struct tlbflush *f, struct probe *p)
{
	int r = load_tracepoint(f, false);
	char what[96];

	if (r && r != -ENOMEM)
		r = load_tracepoint(f, true);
	if (r) {
		snprintf(what, sizeof(what), "tracepoint %s",
			 host_symbol(f->host, "tlb_flush"));
		bpf_why(r, what, f->why, sizeof(f->why));
		probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_UNAVAILABLE, NULL, f->why,
			  NULL);
	} else if (has_broadcast(f->host)) {
		probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_DEGRADED, f->via,
			  "processes on many CPUs are flushed by INVLPGB, which passes no "
			  "tracepoint and is not counted",
			  NULL);
	} else {
		probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_OK, f->via, NULL, NULL);
	}
	return r == -ENOMEM ? r : 0;
}

/* --- both ----------------------------------------------------------------- */

static int open_here(struct tlbflush *f, struct probe *p)
{
	const char *why = NULL, *remedy = NULL;

	if (bpf_ready(f->host, &why, &remedy)) {
		snprintf(f->why, sizeof(f->why), "%s", why);
	} else if (f->host->arch == ARCH_X86_64) {
		return open_x86(f, p);
	} else {
		snprintf(f->why, sizeof(f->why), "pgtop knows no way to count them on %s",
			 f->host->arch_name);
	}
	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_UNAVAILABLE, NULL, f->why,
		  remedy);
	return 0;
}

static int make_readers(struct tlbflush *f, const struct sources_options *o)
{
	f->ncpus = libbpf_num_possible_cpus();
	if (f->ncpus < 0)
		return -ENOMEM;
	f->cpus = calloc(f->ncpus, sizeof(*f->cpus));
	if (!f->cpus)
		return -ENOMEM;
	return process_rows_new(f->host, o, f->skel->obj, &f->skel->data->process_next,
				&f->rows);
}

static int tlbflush_open(struct host *h, const struct sources_options *o, struct probe *p,
			 void **ret)
{
	struct tlbflush *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->host = h;
	r = open_here(f, p);
	if (!r && f->skel)
		r = make_readers(f, o);
	if (r) {
		tlbflush_close(f);
		return r;
	}
	*ret = f;
	return 0;
}

static void lack_all(struct snapshot *s, const char *why)
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
}

static int read_totals(const struct tlbflush *f, struct flush_total sum[FLUSH_KINDS])
{
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.flush_cpus), &zero, f->cpus))
		return -errno;
	memset(sum, 0, FLUSH_KINDS * sizeof(*sum));
	for (int c = 0; c < f->ncpus; c++) {
		for (int k = 0; k < FLUSH_KINDS; k++) {
			const struct flush_total *t = &f->cpus[c].kind[k];

			sum[k].flushes += t->flushes;
			sum[k].full += t->full;
			sum[k].pages += t->pages;
			sum[k].idle += t->idle;
			sum[k].escalated += t->escalated;
			sum[k].unattributed += t->unattributed;
		}
	}
	return 0;
}

/*
 * Requests to other CPUs are traced with interrupts on, everything else with interrupts off:
 * an event the kernel left out because the program was at work on that CPU is another CPU's
 * request that arrived just then.
 */
static int add_missed(const struct tlbflush *f, struct flush_total sum[FLUSH_KINDS])
{
	struct bpf_runs runs;
	int r = bpf_program_runs(f->tracer, &runs);

	if (r)
		return r;
	sum[FLUSH_REMOTE_SHOOTDOWN].flushes += runs.missed;
	sum[FLUSH_REMOTE_SHOOTDOWN].unattributed += runs.missed;
	return 0;
}

static void set_fields(const struct tlbflush *f, const struct flush_total *sum,
		       struct snapshot *s)
{
	uint64_t flushes = 0, pages = 0, full = 0, unattributed = 0;

	for (int k = 0; k < FLUSH_KINDS; k++) {
		unattributed += sum[k].unattributed;
		if (!kinds[k].is_flush)
			continue;
		flushes += sum[k].flushes;
		pages += sum[k].pages;
		full += sum[k].full;
	}
	snapshot_set(s, F_TLB_FLUSHES, flushes, f->via);
	snapshot_set(s, F_TLB_FLUSH_PAGES, pages, f->via);
	snapshot_set(s, F_TLB_FLUSHES_FULL, full, f->via);
	snapshot_add(s, F_EVENTS_UNATTRIBUTED, unattributed, f->via);
	snapshot_lacks(s, F_TLB_ESCALATED,
		       "tlb:tlb_flush does not tell a range that was too long");
}

static void set_table(const struct tlbflush *f, const struct flush_total *sum,
		      struct snapshot *s)
{
	struct table *t = snapshot_table(s, TABLE_TLB_FLUSH);
	size_t flushes = table_column(t, "flushes", VALUE_COUNTER, UNIT_COUNT);
	size_t pages = table_column(t, "pages", VALUE_COUNTER, UNIT_PAGES);
	size_t full = table_column(t, "full", VALUE_COUNTER, UNIT_COUNT);
	size_t idle = table_column(t, "up_to_date", VALUE_COUNTER, UNIT_COUNT);

	for (int k = 0; k < FLUSH_KINDS; k++) {
		struct row *r;

		if (!kinds[k].scope || (k == FLUSH_OTHER && !sum[k].flushes && !sum[k].idle))
			continue;
		r = table_row(t, k, kinds[k].scope);
		row_set(t, r, flushes, sum[k].flushes, f->via);
		row_set(t, r, pages, sum[k].pages, f->via);
		row_set(t, r, full, sum[k].full, f->via);
		row_set(t, r, idle, sum[k].idle, f->via);
	}
}

static int tlbflush_read(void *source, struct snapshot *s)
{
	struct tlbflush *f = source;
	struct flush_total sum[FLUSH_KINDS];
	int r;

	bpf_tell_runs(f->host, f->skel ? f->skel->obj : NULL, s);
	if (!f->skel) {
		lack_all(s, f->why);
		return snapshot_error(s);
	}
	r = read_totals(f, sum);
	if (!r)
		r = add_missed(f, sum);
	if (r) {
		lack_all(s, "the kernel did not hand out the counts");
		return snapshot_error(s);
	}
	set_fields(f, sum, s);
	set_table(f, sum, s);
	r = process_rows_read(f->rows, process_columns, f->via, s);
	return r == -ENOMEM ? r : snapshot_error(s);
}

const struct source_class source_tlbflush = {
	.name = "tlbflush",
	.open = tlbflush_open,
	.read = tlbflush_read,
	.close = tlbflush_close,
};
