// SPDX-License-Identifier: GPL-2.0-only
/*
 * export_write SIZES N [FILE] - the metrics file of pgtopd, N times, from a made-up machine
 *
 * The machine has SIZES sizes of huge pages, which is what the number of series grows with,
 * and more cgroups than have series. With FILE the code of pgtopd replaces that N times; all
 * that counts in the i-th file is i. Without, the text is rendered N times and the time it
 * takes on this CPU is printed to standard error (min_ms, median_ms, max_ms), the last text to
 * standard output.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/clock.h"
#include "export.h"
#include "util/number.h"
#include "util/util.h"

#define CGROUPS (2 * EXPORT_CGROUPS)

static void die(const char *what, int err)
{
	fprintf(stderr, "export_write: %s: %s\n", what, strerror(-err));
	exit(1);
}

/* A row of @id in which each of @columns is @n. */
static struct row *add_row(struct snapshot *s, enum snapshot_table_id id, uint64_t key,
			   const char *label, const char *const *columns, uint64_t n)
{
	struct table *t = snapshot_table(s, id);
	struct row *r = table_row(t, key, label);

	for (; *columns; columns++)
		row_set(t, r, table_column(t, *columns, VALUE_COUNTER, UNIT_COUNT), n, "made");
	return r;
}

#define COLUMNS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void add_sizes(struct snapshot *s, uint64_t sizes, uint64_t n)
{
	for (uint64_t i = 0; i < sizes; i++) {
		struct row *r = add_row(s, TABLE_MTHP, (i + 1) << 14, NULL,
					COLUMNS("anon_fault_alloc", "anon_fault_fallback",
						"split", "swpout_fallback"),
					n);

		row_label(snapshot_table(s, TABLE_MTHP), r, 0, "madvise");
		row_label(snapshot_table(s, TABLE_MTHP), r, 1, "never");
	}
}

static void add_cgroups(struct snapshot *s, uint64_t n)
{
	for (uint64_t i = 1; i <= CGROUPS; i++) {
		const char *path =
			snapshot_intern(s, "/system.slice/a \"service\" %" PRIu64, i);
		struct row *r = add_row(s, TABLE_CGROUP, i, NULL,
					COLUMNS("unfolds", "tlb_flushes"), n);

		row_label(snapshot_table(s, TABLE_CGROUP), r, 0, path);
	}
}

static struct snapshot *make(uint64_t sizes, uint64_t n)
{
	static const char *const scopes[] = { "task switch", "local shootdown" };
	struct snapshot *s = snapshot_new();

	if (!s)
		die("a snapshot", -ENOMEM);
	s->real_ns = n * 1000000000;
	for (int id = 0; id < FIELD_MAX; id++)
		snapshot_set(s, id, n, "made");
	add_sizes(s, sizes, n);
	add_cgroups(s, n);
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++)
		add_row(s, TABLE_TLB_FLUSH, i, scopes[i], COLUMNS("flushes", "pages", "full"),
			n);
	add_row(s, TABLE_BPF_PROGRAM, 0, "tlb_flush_btf", COLUMNS("run_time", "runs"), n);
	add_row(s, TABLE_UNFOLD_REASON, 0, "api", COLUMNS("unfolds"), n);
	/* one of 2^20 ns and more each, in a sum that says so */
	add_row(s, TABLE_UNFOLD_LATENCY, 1 << 21, NULL, COLUMNS("unfolds"), n);
	snapshot_set(s, F_CONTPTE_UNFOLD_TIME, n << 21, "made");
	if (snapshot_error(s))
		die("a snapshot", snapshot_error(s));
	return s;
}

/* What pgtopd knows after its @n-th window. */
static struct export_input input(const struct snapshot *s, const struct snapshot *change,
				 uint64_t n)
{
	return (struct export_input){
		.last = s,
		.change = change,
		.self = { .cpu_ns = n * 1000000000, .resident = n },
		.windows = n,
		.overruns = n,
		.failed = n,
	};
}

static void replace(struct export *e, uint64_t sizes, uint64_t times, const char *path)
{
	struct snapshot *change = make(sizes, 1);

	for (uint64_t i = 1; i <= times; i++) {
		struct snapshot *s = make(sizes, i);
		struct export_input in = input(s, change, i);
		int r = export_take(e, &in);

		if (r)
			die("export_take", r);
		export_write(e, &in, path);
		snapshot_free(s);
	}
	snapshot_free(change);
}

static int by_time(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Nanoseconds of CPU time for the text of @in; prints it if @show. */
static uint64_t render(const struct export *e, const struct export_input *in, bool show)
{
	_cleanup_free_ char *text = NULL;
	uint64_t began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int r = out ? export_print(e, in, out) : -ENOMEM;

	if (r || fclose(out))
		die("export_print", r ? r : -ENOMEM);
	began = clock_ns(CLOCK_THREAD_CPUTIME_ID) - began;
	if (show)
		fwrite(text, 1, len, stdout);
	return began;
}

static void measure(struct export *e, uint64_t sizes, uint64_t times)
{
	struct snapshot *s = make(sizes, 123456789), *change = make(sizes, 1);
	struct export_input in = input(s, change, 123456789);
	_cleanup_free_ uint64_t *ns = calloc(times, sizeof(*ns));
	int r = ns ? export_take(e, &in) : -ENOMEM;

	if (r)
		die("export_take", r);
	for (uint64_t i = 0; i < times; i++)
		ns[i] = render(e, &in, false);
	qsort(ns, times, sizeof(*ns), by_time);
	fprintf(stderr, "min_ms=%.3f median_ms=%.3f max_ms=%.3f\n", ns[0] / 1e6,
		ns[times / 2] / 1e6, ns[times - 1] / 1e6);
	render(e, &in, true);
	snapshot_free(change);
	snapshot_free(s);
}

int main(int argc, char **argv)
{
	struct export *e;
	uint64_t sizes, times;

	if (argc < 3 || argc > 4 || parse_u64(argv[1], 10, 100000, &sizes) ||
	    parse_u64(argv[2], 10, 1000000, &times) || !times) {
		fprintf(stderr, "usage: export_write SIZES N [FILE]\n");
		return 2;
	}
	if (export_new(0, &e))
		die("export_new", -ENOMEM);
	if (argc == 4)
		replace(e, sizes, times, argv[3]);
	else
		measure(e, sizes, times);
	export_free(e);
	return 0;
}
