// SPDX-License-Identifier: GPL-2.0-only
/*
 * every RECORD DIR - by the library of 0.1.0: a record in which every field, fact, table and
 * column of 0.1.0 is known, and a journal in DIR with a decision of every kind
 *
 * Each number is another one, so that a reader that takes one for another shows it.  Built in
 * the tree of 0.1.0 by tests/compat/make, never with what is newer.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "record.h"

#define WINDOW_NS UINT64_C(10000000000)
#define REAL_NS	  UINT64_C(1700000000000000000)
#define COLUMNS	  24

struct column_list {
	enum snapshot_table_id table;
	enum value_kind kind;
	enum value_unit unit;
	const char *name[COLUMNS];
};

/* Those that the sources add. */
static const struct column_list lists[] = {
	{ TABLE_LINEAR_MAP,
	  VALUE_GAUGE,
	  UNIT_BYTES,
	  { "bytes", "writable_bytes", "executable_bytes" } },
	{ TABLE_DIRECT_MAP, VALUE_GAUGE, UNIT_BYTES, { "bytes" } },
	{ TABLE_SPLIT, VALUE_COUNTER, UNIT_COUNT, { "splits", "own", "failed" } },
	{ TABLE_SPLIT_CALLER, VALUE_COUNTER, UNIT_COUNT, { "splits", "own", "failed" } },
	{ TABLE_USER_MAP, VALUE_GAUGE, UNIT_BYTES, { "bytes" } },
	{ TABLE_MTHP,
	  VALUE_COUNTER,
	  UNIT_COUNT,
	  { "anon_fault_alloc", "anon_fault_fallback", "anon_fault_fallback_charge", "split",
	    "split_failed", "split_deferred", "swpout", "swpout_fallback", "swpin", "zswpout",
	    "shmem_alloc", "shmem_fallback", "shmem_fallback_charge" } },
	{ TABLE_MTHP, VALUE_GAUGE, UNIT_COUNT, { "nr_anon", "nr_anon_partially_mapped" } },
	{ TABLE_TLB_FLUSH,
	  VALUE_COUNTER,
	  UNIT_COUNT,
	  { "flushes", "full", "up_to_date", "escalated" } },
	{ TABLE_TLB_FLUSH, VALUE_COUNTER, UNIT_PAGES, { "pages" } },
	{ TABLE_TLB_CALLER, VALUE_COUNTER, UNIT_COUNT, { "flushes", "escalated" } },
	{ TABLE_UNFOLD_REASON, VALUE_COUNTER, UNIT_COUNT, { "unfolds" } },
	{ TABLE_UNFOLD_CALLER, VALUE_COUNTER, UNIT_COUNT, { "unfolds" } },
	{ TABLE_UNFOLD_LATENCY, VALUE_COUNTER, UNIT_COUNT, { "unfolds" } },
	{ TABLE_PROCESS,
	  VALUE_COUNTER,
	  UNIT_COUNT,
	  { "unfolds", "folds", "maps", "tlb_flushes", "tlb_sent", "tlb_received", "tlb_mm",
	    "tlb_range", "tlb_page", "tlb_kernel", "tlb_all", "tlb_pgtable", "tlb_other",
	    "tlb_escalated" } },
	{ TABLE_PROCESS, VALUE_COUNTER, UNIT_PAGES, { "tlb_flush_pages" } },
	{ TABLE_PROCESS,
	  VALUE_GAUGE,
	  UNIT_BYTES,
	  { "present_bytes", "block_bytes", "contpte_bytes", "aligned_bytes", "swap_bytes" } },
	{ TABLE_CGROUP,
	  VALUE_COUNTER,
	  UNIT_COUNT,
	  { "unfolds", "folds", "maps", "tlb_flushes", "tlb_sent", "tlb_received", "tlb_mm",
	    "tlb_range", "tlb_page", "tlb_kernel", "tlb_all", "tlb_pgtable", "tlb_other",
	    "tlb_escalated" } },
	{ TABLE_CGROUP, VALUE_COUNTER, UNIT_PAGES, { "tlb_flush_pages" } },
	{ TABLE_PMU_EVENT, VALUE_COUNTER, UNIT_NS, { "enabled", "running" } },
	{ TABLE_PMU_EVENT, VALUE_GAUGE, UNIT_COUNT, { "supported" } },
	{ TABLE_BPF_PROGRAM, VALUE_COUNTER, UNIT_NS, { "run_time" } },
	{ TABLE_BPF_PROGRAM, VALUE_COUNTER, UNIT_COUNT, { "runs" } },
	{ TABLE_FREE_BLOCKS, VALUE_GAUGE, UNIT_COUNT, { "free" } },
};

static void set_facts(struct snapshot *s)
{
	for (int i = 0; i < FACT_MAX; i++)
		snapshot_fact(s, i, snapshot_intern(s, "the %s", snapshot_fact_desc[i].name));
	snapshot_fact(s, FACT_ARCH, "aarch64");
	snapshot_fact(s, FACT_KERNEL, "6.12.0");
	snapshot_fact(s, FACT_GRANULE, "4096");
	snapshot_fact(s, FACT_MEMORY, "16777216");
	snapshot_fact(s, FACT_CPUS, "4");
}

/* Of table @t; what row @i holds in column @c of window @n. */
static void set_cell(struct table *t, const struct column_list *list, size_t c, int i,
		     uint64_t n)
{
	size_t column = table_column(t, list->name[c], list->kind, list->unit);
	uint64_t base = 1000000 * (list - lists) + 10000 * c + 1000 * i;
	const char *label = t->desc->label[0];
	struct row *r;

	/* the policies of a size are no part of what it is */
	if (list->table == TABLE_MTHP)
		label = NULL;
	r = table_row(t, (i + 1) * 65536,
		      label ? snapshot_intern(t->owner, "%s-%d", label, i) : NULL);
	for (int k = 0; k < 2; k++) {
		if (t->desc->label[k] && (k || !label))
			row_label(t, r, k,
				  snapshot_intern(t->owner, "%s-%d", t->desc->label[k], i));
	}
	row_set(t, r, column, base + (1 + list - lists + c) * n, "made up");
}

static void set_tables(struct snapshot *s, uint64_t n)
{
	for (size_t l = 0; l < sizeof(lists) / sizeof(*lists); l++) {
		struct table *t = snapshot_table(s, lists[l].table);

		for (size_t c = 0; c < COLUMNS && lists[l].name[c]; c++) {
			for (int i = 0; i < 2; i++)
				set_cell(t, &lists[l], c, i, n);
		}
	}
}

/* In the last window every other number is unknown, and a table. */
static void set_numbers(struct snapshot *s, uint64_t n, bool last)
{
	for (int i = 0; i < FIELD_MAX; i++) {
		if (last && i % 2)
			snapshot_lacks(s, i, snapshot_intern(s, "reason %d", i));
		else
			snapshot_set(s, i, (i + 1) * (1000 + n), "made up");
	}
	set_tables(s, n);
	if (last)
		table_lacks(snapshot_table(s, TABLE_UNFOLD_LATENCY), "a reason");
}

static int add(struct record_writer *w, uint64_t n, bool last)
{
	struct snapshot *s = snapshot_new();
	int r = -ENOMEM;

	if (!s)
		return r;
	s->mono_ns = n * WINDOW_NS;
	s->real_ns = REAL_NS + n * WINDOW_NS;
	set_facts(s);
	set_numbers(s, n, last);
	r = snapshot_error(s);
	if (!r)
		r = record_write(w, s);
	snapshot_free(s);
	return r;
}

static int write_record(const char *path)
{
	struct probe *p = probe_new();
	struct record_writer *w;
	int r, end;

	probe_add(p, PROBE_MEASUREMENT, "contpte.unfolds", PROBE_OK, "fentry x", NULL, NULL);
	probe_add(p, PROBE_LEVER, "lever.mthp.65536", PROBE_DEGRADED, "/sys", "a reason",
		  "do");
	probe_add(p, PROBE_FACT, "fact", PROBE_UNAVAILABLE, NULL, "a reason", NULL);
	r = record_create(path, p, &w);
	for (uint64_t n = 1; !r && n <= 3; n++)
		r = add(w, n, n == 3);
	if (r != -EEXIST) {
		end = record_finish(w);
		r = r ? r : end;
	}
	probe_free(p);
	return r;
}

static struct decision decision(enum decision_action action)
{
	struct decision d = {
		.id = action + 1,
		.trial = action ? 1 : 0,
		.real_ns = REAL_NS + action,
		.lever = "mthp.64K",
		.action = action,
		.from = "never",
		.to = "always",
		.objective = "user_mpki",
		.proxy = action % 2,
		.before = { 3, 100 + action, 0.5 },
		.after = { 4, 50 + action, 0.25 },
		.tested = true,
		.effect = 0.5,
		.p = 0.125,
		.guard = "bloat",
		.guard_value = 0.75 + action,
		.guard_limit = 0.1,
	};

	snprintf(d.reason, sizeof(d.reason), "\"%s\", because \xc2\xb1",
		 decision_action_name(action));
	return d;
}

static int write_journal(const char *dir)
{
	struct journal *j;
	int r = journal_open(dir, "00000000-1111-2222-3333-444444444444", &j);

	if (r)
		return r;
	for (int action = 0; !r && action < DECISION_ACTIONS; action++) {
		struct decision d = decision(action);

		r = journal_decide(j, &d);
	}
	journal_close(j);
	return r;
}

int main(int argc, char **argv)
{
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: every RECORD DIR\n");
		return 2;
	}
	r = write_record(argv[1]);
	if (!r)
		r = write_journal(argv[2]);
	if (r)
		fprintf(stderr, "every: %s\n", strerror(-r));
	return r ? 1 : 0;
}
