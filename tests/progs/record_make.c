// SPDX-License-Identifier: GPL-2.0-only
/*
 * record_make FILE N - a record of N windows of 10 s of a machine that is made up
 *
 * An arm64 machine with 4K pages.  Its load wanders, has idle nights and fits of memory
 * pressure, and its processes come and go: what replays it sees all that it can see.  The same
 * N makes the same record.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/number.h"
#include "record/record.h"

#define VIA	   "made up"
#define WINDOW_NS  UINT64_C(10000000000)
#define REAL_NS	   UINT64_C(1700000000000000000)
#define DAY	   8640 /* windows */
#define PROCESSES  12
#define LIFETIME   5 /* windows, of a process */
#define TOTAL_MEM  (UINT64_C(16) << 30)
#define MAX_WINDOW 10000000

struct load {
	uint64_t random;
	uint64_t level; /* faults per second of CPU time */
	uint64_t faults, busy_ns, waited_ns;
};

/* Knuth's MMIX generator: its high bits, from 0 to 2^32 - 1. */
static uint64_t draw(struct load *l)
{
	l->random = l->random * 6364136223846793005 + 1442695040888963407;
	return l->random >> 32;
}

static void work(struct load *l, uint64_t window)
{
	bool night = window % DAY < DAY / 4;
	uint64_t busy_ns = night ? WINDOW_NS / 1000 : WINDOW_NS / 2 + draw(l);

	/* a new level each 500 windows or so, within a factor of four */
	if (!l->level || draw(l) % 500 == 0)
		l->level = 10000 + draw(l) % 30000;
	l->busy_ns += busy_ns;
	l->faults += busy_ns / 1000 * (l->level + draw(l) % 1000) / 1000000;
	l->waited_ns += draw(l) % 200 ? 0 : WINDOW_NS / 10;
}

static void set_facts(struct snapshot *s)
{
	snapshot_fact(s, FACT_ARCH, "aarch64");
	snapshot_fact(s, FACT_KERNEL, "6.12.0");
	snapshot_fact(s, FACT_GRANULE, "4096");
	snapshot_fact(s, FACT_THP_ENABLED, "madvise");
}

static void set_fields(struct snapshot *s, struct load *l)
{
	snapshot_set(s, F_VM_MINOR_FAULTS, l->faults, VIA);
	snapshot_set(s, F_CPU_USER, l->busy_ns / 4 * 3, VIA);
	snapshot_set(s, F_CPU_KERNEL, l->busy_ns / 4, VIA);
	snapshot_set(s, F_VM_SWAP_OUT, 0, VIA);
	snapshot_set(s, F_VM_COMPACT_STALLS, 0, VIA);
	snapshot_set(s, F_PSI_MEMORY_FULL, l->waited_ns, VIA);
	snapshot_set(s, F_PSI_MEMORY_SOME, 2 * l->waited_ns, VIA);
	snapshot_set(s, F_MEM_TOTAL, TOTAL_MEM, VIA);
	snapshot_set(s, F_MEM_AVAILABLE, TOTAL_MEM / 2, VIA);
	snapshot_set(s, F_MEM_ANON, TOTAL_MEM / 4 + draw(l) % (1 << 24), VIA);
	snapshot_lacks(s, F_CONTPTE_UNFOLDS, "this machine is made up");
}

static void set_size(struct snapshot *s, uint64_t size)
{
	struct table *t = snapshot_table(s, TABLE_MTHP);
	struct row *r = table_row(t, size, NULL);

	row_label(t, r, 0, "never");
	row_set(t, r, table_column(t, "anon_fault_alloc", VALUE_COUNTER, UNIT_COUNT), 0, VIA);
	row_set(t, r, table_column(t, "anon_fault_fallback", VALUE_COUNTER, UNIT_COUNT), 0,
		VIA);
}

static void set_processes(struct snapshot *s, uint64_t window)
{
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	size_t unfolds = table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT);

	for (uint64_t i = 0; i < PROCESSES; i++) {
		uint64_t age = (window + i) % LIFETIME, pid = window + i - age + 1000 * i;
		struct row *r = table_row(t, pid, NULL);

		row_label(t, r, 0, snapshot_intern(s, "process-%" PRIu64, pid));
		row_set(t, r, unfolds, (age + 1) * 17, VIA);
	}
}

static int add(struct record_writer *w, struct load *l, uint64_t window)
{
	struct snapshot *s = snapshot_new();
	int r = -ENOMEM;

	if (!s)
		return r;
	s->mono_ns = (window + 1) * WINDOW_NS;
	s->real_ns = REAL_NS + window * WINDOW_NS;
	work(l, window);
	set_facts(s);
	set_fields(s, l);
	set_size(s, 64 << 10);
	set_size(s, 2 << 20);
	set_processes(s, window);
	r = snapshot_error(s);
	if (!r)
		r = record_write(w, s);
	snapshot_free(s);
	return r;
}

int main(int argc, char **argv)
{
	struct load l = { .random = 1 };
	struct record_writer *w;
	uint64_t n;
	int r, end;

	if (argc != 3 || parse_u64(argv[2], 10, MAX_WINDOW, &n)) {
		fprintf(stderr, "usage: record_make FILE N\n");
		return 2;
	}
	r = record_create(argv[1], NULL, &w);
	if (!r) {
		/* N windows lie between N + 1 readings */
		for (uint64_t i = 0; !r && i <= n; i++)
			r = add(w, &l, i);
		end = record_finish(w);
		r = r ? r : end;
	}
	if (r)
		fprintf(stderr, "record_make: %s: %s\n", argv[1], strerror(-r));
	return r ? 1 : 0;
}
