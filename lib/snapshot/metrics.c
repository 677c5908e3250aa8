// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "snapshot/metrics.h"
#include "snapshot/thp_policy.h"
#include "snapshot/probe.h"
#include "util/utf8.h"
#include "util/util.h"
#include "version.h"

#define NS_PER_S UINT64_C(1000000000)

#define FIELD(id, text)                                                                       \
	{                                                                                     \
		.field = id, .labels = text                                                   \
	}
#define COUNTERS(text, ...) .kind = METRIC_COUNTER, .labels = text, .field = { __VA_ARGS__ }
#define GAUGES(text, ...)   .kind = METRIC_GAUGE, .labels = text, .field = { __VA_ARGS__ }
#define ROWS(id, col, lab, n)                                                                 \
	.source = METRIC_ROWS, .table = id, .column = col, .labels = lab, .label = lab,       \
	.from = n
#define GIVEN(k, text) .source = METRIC_GIVEN, .kind = k, .labels = text

const struct metric metrics[] = {
	{ "build_info", GIVEN(METRIC_GAUGE, "version, libbpf, kernel_abi"),
	  .help = "1; versions of pgtop, of libbpf and of the kernel series" },
	{ "last_update_timestamp_seconds", GIVEN(METRIC_GAUGE, NULL),
	  .help = "Time of this measurement, in seconds since 1970" },
	{ "update_interval_seconds", GIVEN(METRIC_GAUGE, NULL),
	  .help = "Configured time between two measurements" },
	{ "tlb_walks_total",
	  COUNTERS("side, mode", FIELD(F_DTLB_WALK_USER, "side=\"data\",mode=\"user\""),
		   FIELD(F_DTLB_WALK_KERNEL, "side=\"data\",mode=\"kernel\""),
		   FIELD(F_ITLB_WALK_USER, "side=\"instruction\",mode=\"user\""),
		   FIELD(F_ITLB_WALK_KERNEL, "side=\"instruction\",mode=\"kernel\"")),
	  .help = "Page-table walks after a TLB miss" },
	{ "tlb_refills_total",
	  COUNTERS("level, mode", FIELD(F_L1D_REFILL_USER, "level=\"l1d\",mode=\"user\""),
		   FIELD(F_L1D_REFILL_KERNEL, "level=\"l1d\",mode=\"kernel\"")),
	  .help = "Refills of a TLB" },
	{ "tlb_walk_cycles_total",
	  COUNTERS("mode", FIELD(F_WALK_CYCLES_USER, "mode=\"user\""),
		   FIELD(F_WALK_CYCLES_KERNEL, "mode=\"kernel\"")),
	  .help = "CPU cycles with a page-table walk under way (Intel: for a data load)" },
	{ "tlb_stalls_total",
	  COUNTERS("mode", FIELD(F_STALL_TLB_USER, "mode=\"user\""),
		   FIELD(F_STALL_TLB_KERNEL, "mode=\"kernel\"")),
	  .help = "CPU cycles or slots stalled on the TLB, where the core counts them" },
	{ "instructions_total",
	  COUNTERS("mode", FIELD(F_INSTRUCTIONS_USER, "mode=\"user\""),
		   FIELD(F_INSTRUCTIONS_KERNEL, "mode=\"kernel\"")),
	  .help = "Instructions retired" },
	{ "cpu_cycles_total",
	  COUNTERS("mode", FIELD(F_CYCLES_USER, "mode=\"user\""),
		   FIELD(F_CYCLES_KERNEL, "mode=\"kernel\"")),
	  .help = "CPU cycles" },
	{ "pmu_event_enabled_seconds_total", .kind = METRIC_COUNTER, .ns = true,
	  ROWS(TABLE_PMU_EVENT, "enabled", "event", 0),
	  .help = "Time in which an event was enabled, sum over CPUs" },
	{ "pmu_event_running_seconds_total", .kind = METRIC_COUNTER, .ns = true,
	  ROWS(TABLE_PMU_EVENT, "running", "event", 0),
	  .help = "Time in which the event had a counter, sum over CPUs" },
	{ "pmu_event_supported", .kind = METRIC_GAUGE,
	  ROWS(TABLE_PMU_EVENT, "supported", "event", 0),
	  .help = "1 if this machine can count the event" },
	{ "contpte_folds_total", COUNTERS(NULL, FIELD(F_CONTPTE_FOLDS, "")),
	  .help = "Contiguous blocks folded from single PTEs" },
	{ "contpte_unfolds_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_UNFOLD_REASON, "unfolds", "reason", 0),
	  .field = { FIELD(F_CONTPTE_UNFOLDS, "reason=\"unknown\"") },
	  .help = "Contiguous blocks unfolded into single PTEs" },
	{ "contpte_maps_total", COUNTERS(NULL, FIELD(F_CONTPTE_MAPS, "")),
	  .help = "Blocks mapped contiguous directly, without a fold" },
	{ "contpte_unfold_seconds", .kind = METRIC_HISTOGRAM, .source = METRIC_LATENCY,
	  .labels = "le", .ns = true, .help = "Duration of an unfold" },
	{ "contpte_mapped_bytes", GAUGES(NULL, FIELD(F_CONTPTE_MAPPED, "")), .walked = true,
	  .help = "User memory mapped by contiguous PTEs, sum over the processes walked" },
	{ "contpte_eligible_bytes", GAUGES(NULL, FIELD(F_CONTPTE_ELIGIBLE, "")),
	  .walked = true,
	  .help = "User memory mapped by PTEs in whole, aligned, physically contiguous blocks, "
		  "sum over the processes walked" },
	{ "user_mapped_bytes", .kind = METRIC_GAUGE,
	  ROWS(TABLE_USER_MAP, "bytes", "size", METRIC_KEY), .walked = true,
	  .help = "User memory by leaf size, sum over the processes walked" },
	{ "user_zero_bytes", GAUGES(NULL, FIELD(F_USER_ZERO, "")), .walked = true,
	  .help = "User address space mapped to the zero page, which is not memory, sum over the "
		  "processes walked" },
	{ "linear_map_bytes", .kind = METRIC_GAUGE,
	  ROWS(TABLE_LINEAR_MAP, "bytes", "size", METRIC_KEY), .walked = true,
	  .help = "Size of the linear map by leaf size" },
	{ "linear_map_page_bytes", GAUGES(NULL, FIELD(F_LINEAR_PAGES, "")), .walked = true,
	  .help = "The part of the linear map that base pages map" },
	{ "linear_map_table_bytes", GAUGES(NULL, FIELD(F_LINEAR_TABLES, "")), .walked = true,
	  .help = "Memory of the linear map's page tables below the top level" },
	{ "linear_map_first_page_bytes", GAUGES(NULL, FIELD(F_LINEAR_FIRST_PAGES, "")),
	  .help = "The same as linear_map_page_bytes when pgtopd first looked after the boot" },
	{ "linear_map_first_table_bytes", GAUGES(NULL, FIELD(F_LINEAR_FIRST_TABLES, "")),
	  .help = "The same as linear_map_table_bytes when pgtopd first looked after the boot" },
	{ "linear_map_splits_total",
	  COUNTERS("from", FIELD(F_LINEAR_SPLITS_PUD, "from=\"pud\""),
		   FIELD(F_LINEAR_SPLITS_PMD, "from=\"pmd\""),
		   FIELD(F_LINEAR_SPLITS_CONT, "from=\"cont\"")),
	  .help = "Leaves of the linear map split" },
	{ "linear_map_failed_splits_total", COUNTERS(NULL, FIELD(F_LINEAR_FAILED_SPLITS, "")),
	  .help = "Splits that failed for lack of memory for a page table" },
	{ "linear_map_collapses_total",
	  COUNTERS("to", FIELD(F_LINEAR_COLLAPSES_PUD, "to=\"pud\""),
		   FIELD(F_LINEAR_COLLAPSES_PMD, "to=\"pmd\"")),
	  .help = "Collapses into a larger leaf of the linear map" },
	{ "linear_map_self_splits_total", COUNTERS(NULL, FIELD(F_LINEAR_SELF_SPLITS, "")),
	  .help = "Leaves that pgtop split; without events, all splits while it loaded its programs" },
	{ "tlb_flushes_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_TLB_FLUSH, "flushes", "scope", 0),
	  .help = "TLB flushes by scope; these do not flush for a changed mapping: task switch, "
		  "remote send IPI, remote wrong CPU, other reason, wait for a batch" },
	{ "tlb_flush_pages_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_TLB_FLUSH, "pages", "scope", 0),
	  .help = "Base pages named by ranged flushes; x86_64: leaves of 4K to 1G" },
	{ "tlb_flushes_full_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_TLB_FLUSH, "full", "scope", 0),
	  .help = "TLB flushes of a whole address space or of everything" },
	{ "tlb_flushes_local_total", COUNTERS(NULL, FIELD(F_TLB_FLUSHES_LOCAL, "")),
	  .help = "TLB flushes of one CPU by itself, without a broadcast (arm64 7.x)" },
	{ "tlb_flushes_escalated_total", COUNTERS(NULL, FIELD(F_TLB_ESCALATED, "")),
	  .help = "Ranged flushes that were too long and became full flushes" },
	{ "mthp_fault_allocs_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_MTHP, "anon_fault_alloc", "size", METRIC_KEY),
	  .help = "Faults on anonymous memory served with a folio of that size" },
	{ "mthp_fault_fallbacks_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_MTHP, "anon_fault_fallback", "size", METRIC_KEY),
	  .help = "Such faults for which no folio of that size was available" },
	{ "mthp_splits_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_MTHP, "split", "size", METRIC_KEY),
	  .help = "Folios of that size that were split" },
	{ "mthp_swapout_fallbacks_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_MTHP, "swpout_fallback", "size", METRIC_KEY),
	  .help = "Folios of that size that were split for lack of contiguous swap space" },
	{ "mthp_policy", .kind = METRIC_GAUGE, .source = METRIC_POLICY, .from = 0,
	  .labels = "size, value", .help = "1 for the active policy of anonymous memory" },
	{ "mthp_effective_policy", .kind = METRIC_GAUGE, .source = METRIC_EFFECTIVE, .from = 0,
	  .labels = "size, value",
	  .help = "The same with what \"inherit\" stands for in its place" },
	{ "mthp_shmem_policy", .kind = METRIC_GAUGE, .source = METRIC_POLICY, .from = 1,
	  .labels = "size, value", .help = "1 for the active policy of shared memory" },
	{ "mthp_shmem_effective_policy", .kind = METRIC_GAUGE, .source = METRIC_EFFECTIVE,
	  .from = 1, .labels = "size, value",
	  .help = "The same with what \"inherit\" stands for in its place" },
	{ "memory_pressure_stalled_seconds_total",
	  COUNTERS("kind", FIELD(F_PSI_MEMORY_SOME, "kind=\"some\""),
		   FIELD(F_PSI_MEMORY_FULL, "kind=\"full\"")),
	  .ns = true, .help = "Time in which some tasks, or all, waited for memory" },
	{ "compaction_stalls_total", COUNTERS(NULL, FIELD(F_VM_COMPACT_STALLS, "")),
	  .help = "Allocations that had to compact memory first" },
	{ "policy_decisions_total", GIVEN(METRIC_COUNTER, "lever, action"),
	  .help = "Decisions since pgtopd started" },
	{ "policy_adoptions_total", GIVEN(METRIC_COUNTER, "lever"),
	  .help = "Times a lever was written again without a trial, because it was proven before" },
	{ "policy_effect_ratio", GIVEN(METRIC_GAUGE, "lever"),
	  .help = "Share by which the objective fell in the last trial with a verdict; below 0: it rose" },
	{ "policy_yielded", GIVEN(METRIC_GAUGE, "lever"),
	  .help = "1 while pgtopd yields the knob to another writer" },
	{ "policy_state", GIVEN(METRIC_GAUGE, "lever, state"),
	  .help = "1 for what pgtopd does with the lever now" },
	{ "policy_mode", GIVEN(METRIC_GAUGE, "mode"), .help = "1 for the mode in effect" },
	{ "policy_paused", GIVEN(METRIC_GAUGE, NULL),
	  .help = "1 while mode is tune and pgtopd does not tune; pgtop policy says why" },
	{ "policy_guard_reverts_total", GIVEN(METRIC_COUNTER, "guard"),
	  .help = "Changes that a guard took back since pgtopd started" },
	{ "policy_dropped_total", GIVEN(METRIC_COUNTER, NULL),
	  .help = "Steps and decisions of the policy that were not carried out: a fault of pgtopd" },
	{ "policy_last_change_timestamp_seconds", GIVEN(METRIC_GAUGE, "lever"),
	  .help = "Time of pgtopd's last write to the knob, in seconds since 1970" },
	{ "probe_attached", .kind = METRIC_GAUGE, .source = METRIC_PROBE,
	  .labels = "probe, via", .help = "1 if the measurement works; via names the means" },
	{ "bpf_run_time_seconds_total", .kind = METRIC_COUNTER, .ns = true,
	  ROWS(TABLE_BPF_PROGRAM, "run_time", "program", 0),
	  .help = "Time in pgtop's BPF programs (only while kernel.bpf_stats_enabled=1)" },
	{ "bpf_runs_total", .kind = METRIC_COUNTER,
	  ROWS(TABLE_BPF_PROGRAM, "runs", "program", 0),
	  .help = "Runs of pgtop's BPF programs (only while kernel.bpf_stats_enabled=1)" },
	{ "events_dropped_total",
	  COUNTERS("kind", FIELD(F_EVENTS_DROPPED, "kind=\"lost\""),
		   FIELD(F_EVENTS_UNATTRIBUTED, "kind=\"unattributed\"")),
	  .help = "Events for which there was no room; the totals include the unattributed ones" },
	{ "update_errors_total", GIVEN(METRIC_COUNTER, "stage"),
	  .help = "Windows in which a stage failed" },
	{ "history_bytes", GIVEN(METRIC_GAUGE, NULL),
	  .help = "Disk space that the windows kept by pgtopd take" },
	{ "history_windows", GIVEN(METRIC_GAUGE, NULL), .help = "Windows kept on disk" },
	{ "windows_total", GIVEN(METRIC_COUNTER, NULL),
	  .help = "Windows that were compared with the one before" },
	{ "window_overruns_total", GIVEN(METRIC_COUNTER, NULL),
	  .help = "Windows that were missed or late" },
	{ "cgroup_contpte_unfolds_total", GIVEN(METRIC_COUNTER, "cgroup"),
	  .help = "Unfolds of the busiest cgroups; \"other\" is the sum of the rest" },
	{ "cgroup_tlb_flushes_total", GIVEN(METRIC_COUNTER, "cgroup"),
	  .help = "TLB flushes of the busiest cgroups; \"other\" is the sum of the rest" },
	{ "process_cpu_seconds_total", GIVEN(METRIC_COUNTER, NULL),
	  .help = "CPU time of pgtopd" },
	{ "process_resident_memory_bytes", GIVEN(METRIC_GAUGE, NULL),
	  .help = "Resident memory of pgtopd" },
};

const size_t metrics_count = ARRAY_SIZE(metrics);

const struct metric *metric_named(const char *name)
{
	for (size_t i = 0; i < metrics_count; i++) {
		if (!strcmp(metrics[i].name, name))
			return &metrics[i];
	}
	return NULL;
}

const char *metric_kind_name(enum metric_kind kind)
{
	static const char *const name[] = { "counter", "gauge", "histogram" };

	return name[kind];
}

/* --- the parts of a line --------------------------------------------------- */

void metrics_label(FILE *out, const char *text)
{
	putc('"', out);
	while (*text) {
		size_t n;
		const char *c = utf8_next(&text, &n);

		if (*c == '\\' || *c == '"')
			fprintf(out, "\\%c", *c);
		else if (*c == '\n')
			fputs("\\n", out);
		else
			fwrite(c, 1, n, out);
	}
	putc('"', out);
}

/* HELP and TYPE stand once, before the first series. */
struct family {
	FILE *out;
	const struct metric *m;
	bool begun;
};

static void family_begin(struct family *f)
{
	if (f->begun)
		return;
	f->begun = true;
	fprintf(f->out, "# HELP pgtop_%s %s\n# TYPE pgtop_%s %s\n", f->m->name, f->m->help,
		f->m->name, metric_kind_name(f->m->kind));
}

static void write_u64(const struct family *f, uint64_t n)
{
	if (f->m->ns)
		fprintf(f->out, " %" PRIu64 ".%09" PRIu64 "\n", n / NS_PER_S, n % NS_PER_S);
	else
		fprintf(f->out, " %" PRIu64 "\n", n);
}

/* --- sources --------------------------------------------------------------- */

/* What could not be had now is unknown, whatever was known before. */
static const struct value *field_of(const struct metrics_input *in, enum snapshot_field_id id)
{
	const struct value *v = &in->snapshot->field[id];

	return v->known || v->why || !in->held ? v : &in->held->field[id];
}

static const struct table *table_of(const struct metrics_input *in, enum snapshot_table_id id)
{
	const struct table *t = &in->snapshot->table[id];

	return t->nrows || t->why || !in->held ? t : &in->held->table[id];
}

static void hold_fields(struct snapshot *held, const struct snapshot *s,
			const struct metric *m)
{
	for (size_t i = 0; i < METRIC_FIELDS_MAX && m->field[i].labels; i++) {
		const struct value *v = &s->field[m->field[i].field];

		if (v->known)
			snapshot_set(held, m->field[i].field, v->n, v->via);
	}
}

static void hold_rows(struct snapshot *held, const struct snapshot *s, const struct metric *m)
{
	struct table *to = snapshot_table(held, m->table);
	const struct table *t = &s->table[m->table];
	size_t column = table_column(to, m->column, VALUE_GAUGE, UNIT_BYTES);

	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], m->column);
		struct row *r = table_row(to, t->rows[i]->key, t->rows[i]->identity);

		if (v.known)
			row_set(to, r, column, v.n, v.via);
	}
}

int metrics_hold(const struct snapshot *s, struct snapshot *held)
{
	for (size_t i = 0; i < metrics_count; i++) {
		const struct metric *m = &metrics[i];

		if (m->walked && m->source == METRIC_ROWS)
			hold_rows(held, s, m);
		else if (m->walked)
			hold_fields(held, s, m);
	}
	return snapshot_error(held);
}

static void write_fields(struct family *f, const struct metrics_input *in)
{
	for (size_t i = 0; i < METRIC_FIELDS_MAX && f->m->field[i].labels; i++) {
		const struct value *v = field_of(in, f->m->field[i].field);
		const char *labels = f->m->field[i].labels;

		if (!v->known)
			continue;
		family_begin(f);
		fprintf(f->out, *labels ? "pgtop_%s{%s}" : "pgtop_%s", f->m->name, labels);
		write_u64(f, v->n);
	}
}

/* What a series is called after: the key, or one of the row's labels. */
static const char *row_name(const struct metric *m, const struct row *r, char *buf, size_t len)
{
	if (m->from != METRIC_KEY)
		return r->label[m->from];
	snprintf(buf, len, "%" PRIu64, r->key);
	return buf;
}

static bool same_name(const struct metric *m, const struct row *a, const struct row *b)
{
	const char *x = a->label[m->from], *y = b->label[m->from];

	return x && y && !strcmp(x, y);
}

static bool is_first_of_name(const struct metric *m, const struct table *t, size_t i)
{
	for (size_t k = 0; m->from != METRIC_KEY && k < i; k++) {
		if (same_name(m, t->rows[k], t->rows[i]))
			return false;
	}
	return true;
}

/* Rows of one name (an event on two kinds of cores) are one series: the sum, the least level.
 */
static struct value value_of_name(const struct metric *m, const struct table *t, size_t i)
{
	struct value all = row_get(t, t->rows[i], m->column);

	for (size_t k = i + 1; m->from != METRIC_KEY && k < t->nrows; k++) {
		struct value v = { 0 };

		if (same_name(m, t->rows[i], t->rows[k]))
			v = row_get(t, t->rows[k], m->column);
		if (v.known && !all.known)
			all = v;
		else if (v.known)
			all.n = m->kind == METRIC_COUNTER ? all.n + v.n : MIN(all.n, v.n);
	}
	return all;
}

static void write_rows(struct family *f, const struct metrics_input *in)
{
	const struct table *t = table_of(in, f->m->table);

	for (size_t i = 0; i < t->nrows; i++) {
		char buf[24];
		const char *name = row_name(f->m, t->rows[i], buf, sizeof(buf));
		struct value v = { 0 };

		if (name && is_first_of_name(f->m, t, i))
			v = value_of_name(f->m, t, i);
		if (!v.known)
			continue;
		family_begin(f);
		fprintf(f->out, "pgtop_%s{%s=", f->m->name, f->m->label);
		metrics_label(f->out, name);
		putc('}', f->out);
		write_u64(f, v.n);
	}
}

/* Documentation/admin-guide/mm/transhuge.rst: all words either knob can hold. */
static const char *const policies[] = { "always",      "inherit", "madvise", "never",
					"within_size", "advise",  "deny",    "force" };
#define KNOB_POLICIES 6 /* those of a size; the rest is only for all of them together */

static bool policy_applies(size_t policy, int label)
{
	return policy < 4 ? label == 0 || policy != 2 : label == 1;
}

/* Nothing is in effect that inherits; what all shared memory inherits has two words more. */
static bool policy_decides(const char *word, int label)
{
	return strcmp(word, "inherit") &&
	       (label == 1 || (strcmp(word, "deny") && strcmp(word, "force")));
}

static void write_policy(struct family *f, const struct snapshot *s)
{
	bool effective = f->m->source == METRIC_EFFECTIVE;
	const struct table *t = &s->table[TABLE_MTHP];

	for (size_t i = 0; i < t->nrows; i++) {
		const char *now = effective ? thp_effective(s, t->rows[i], f->m->from)
					    : t->rows[i]->label[f->m->from];

		for (size_t p = 0; now && p < ARRAY_SIZE(policies); p++) {
			if (!policy_applies(p, f->m->from) ||
			    !(effective ? policy_decides(policies[p], f->m->from)
					: p < KNOB_POLICIES))
				continue;
			family_begin(f);
			fprintf(f->out, "pgtop_%s{size=\"%" PRIu64 "\",value=\"%s\"} %d\n",
				f->m->name, t->rows[i]->key, policies[p],
				!strcmp(now, policies[p]));
		}
	}
}

/* 128 ns to 16.8 ms in powers of two: always the same series, whatever has happened yet. */
#define LATENCY_FIRST 7
#define LATENCY_LAST  24

static uint64_t latency_upto(const struct table *t, uint64_t ns)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], "unfolds");

		if (v.known && t->rows[i]->key <= ns)
			sum += v.n;
	}
	return sum;
}

static void write_latency(struct family *f, const struct snapshot *s)
{
	const struct table *t = &s->table[TABLE_UNFOLD_LATENCY];
	const struct value *sum = &s->field[F_CONTPTE_UNFOLD_TIME];
	uint64_t all = latency_upto(t, UINT64_MAX);

	if (!t->ncolumns || !sum->known)
		return;
	family_begin(f);
	for (int i = LATENCY_FIRST; i <= LATENCY_LAST; i++)
		fprintf(f->out, "pgtop_%s_bucket{le=\"%.9g\"} %" PRIu64 "\n", f->m->name,
			(1ull << i) / 1e9, latency_upto(t, 1ull << i));
	fprintf(f->out, "pgtop_%s_bucket{le=\"+Inf\"} %" PRIu64 "\npgtop_%s_sum", f->m->name,
		all, f->m->name);
	write_u64(f, sum->n);
	fprintf(f->out, "pgtop_%s_count %" PRIu64 "\n", f->m->name, all);
}

static void write_probe(struct family *f, const struct probe *p)
{
	for (size_t i = 0; p && i < p->n; i++) {
		const struct probe_row *r = &p->rows[i];

		if (r->kind != PROBE_MEASUREMENT)
			continue;
		family_begin(f);
		fprintf(f->out, "pgtop_%s{probe=", f->m->name);
		metrics_label(f->out, r->name);
		fputs(",via=", f->out);
		metrics_label(f->out, r->via ? r->via : "");
		fprintf(f->out, "} %d\n", r->state != PROBE_UNAVAILABLE);
	}
}

static void write_sample(struct family *f, const struct metric_sample *s)
{
	family_begin(f);
	fprintf(f->out, "pgtop_%s", f->m->name);
	for (size_t i = 0; i < METRIC_LABELS_MAX && s->label[i][0]; i++) {
		fprintf(f->out, "%c%s=", i ? ',' : '{', s->label[i][0]);
		metrics_label(f->out, s->label[i][1]);
	}
	if (s->label[0][0])
		putc('}', f->out);
	/* 17 digits give every double back; whole numbers come out without a fraction */
	fprintf(f->out, " %.17g\n", s->n);
}

static void write_given(struct family *f, const struct metrics_input *in)
{
	for (size_t i = 0; i < in->nsamples; i++) {
		if (!strcmp(in->sample[i].metric, f->m->name))
			write_sample(f, &in->sample[i]);
	}
}

static void write_family(FILE *out, const struct metric *m, const struct metrics_input *in)
{
	struct family f = { .out = out, .m = m };

	switch (m->source) {
	case METRIC_FIELDS:
		write_fields(&f, in);
		break;
	case METRIC_ROWS:
		write_rows(&f, in);
		if (!f.begun)
			write_fields(&f, in);
		break;
	case METRIC_POLICY:
	case METRIC_EFFECTIVE:
		write_policy(&f, in->snapshot);
		break;
	case METRIC_LATENCY:
		write_latency(&f, in->snapshot);
		break;
	case METRIC_PROBE:
		write_probe(&f, in->probe);
		break;
	case METRIC_GIVEN:
		write_given(&f, in);
		break;
	}
}

void metrics_about(const struct snapshot *s, struct metric_sample ret[METRICS_ABOUT])
{
	const char *abi = s->fact[FACT_PATCH_ABI].text;

	ret[0] = (struct metric_sample){ "build_info",
					 { { "version", PGTOP_VERSION },
					   { "libbpf", libbpf_version_string() },
					   { "kernel_abi", abi ? abi : "" } },
					 1 };
	ret[1] = (struct metric_sample){ "last_update_timestamp_seconds",
					 { { NULL } },
					 s->real_ns / NS_PER_S + s->real_ns % NS_PER_S / 1e9 };
}

static bool samples_named(const struct metrics_input *in)
{
	for (size_t i = 0; i < in->nsamples; i++) {
		const struct metric *m = metric_named(in->sample[i].metric);

		if (!m || m->source != METRIC_GIVEN || !isfinite(in->sample[i].n))
			return false;
	}
	return true;
}

int metrics_write(FILE *out, const struct metrics_input *in)
{
	if (!samples_named(in))
		return -EINVAL;
	for (size_t i = 0; i < metrics_count; i++)
		write_family(out, &metrics[i], in);
	return 0;
}
