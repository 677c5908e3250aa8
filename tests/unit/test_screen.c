// SPDX-License-Identifier: GPL-2.0-only
/* The screen of an arm64 machine with large numbers, from two snapshots made by hand. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "screen/screen.h"
#include "text.h"

#define SECOND 1000000000ull

static struct host host = { .arch = ARCH_ARM64, .page_size = 4096 };

/* A snapshot in which every counter is @n and every table has rows. */
static struct snapshot *make(uint64_t now, uint64_t n)
{
	static const char *const counters[] = { "unfolds", "folds", "maps", "tlb_flushes",
						"tlb_received" };
	static const char *const gauges[] = { "present_bytes", "block_bytes", "contpte_bytes",
					      "aligned_bytes" };
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	struct row *r;

	s->mono_ns = now;
	for (int i = 0; i < FIELD_MAX; i++)
		snapshot_set(s, i,
			     snapshot_field_desc[i].kind == VALUE_COUNTER ? n
									  : 123456789012ull,
			     "test");
	snapshot_lacks(s, F_ITLB_WALK_USER, "test");
	for (int pid = 4194301; pid <= 4194304; pid++) {
		r = table_row(t, pid, NULL);
		row_label(t, r, 0, "\033[31mred-command");
		for (size_t i = 0; i < 5; i++)
			row_set(t, r, table_column(t, counters[i], VALUE_COUNTER, UNIT_COUNT),
				n, "test");
		for (size_t i = 0; i < 4; i++)
			row_set(t, r, table_column(t, gauges[i], VALUE_GAUGE, UNIT_BYTES),
				111ull << 30, "test");
	}
	t = snapshot_table(s, TABLE_UNFOLD_CALLER);
	for (int i = 1; i <= 14; i++) {
		char name[32];

		snprintf(name, sizeof(name), "caller_%d", i);
		r = table_row(t, i, name);
		row_set(t, r, table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT), n * i,
			"test");
	}
	t = snapshot_table(s, TABLE_SPLIT);
	for (uint64_t size = 1ull << 30; size >= 1 << 16; size /= 32)
		row_set(t, table_row(t, size, "leaf"),
			table_column(t, "splits", VALUE_COUNTER, UNIT_COUNT), n, "test");
	t = snapshot_table(s, TABLE_SPLIT_CALLER);
	row_set(t, table_row(t, 0, "secretmem_fault"),
		table_column(t, "splits", VALUE_COUNTER, UNIT_COUNT), n, "test");
	assert_int_equal(snapshot_error(s), 0);
	return s;
}

/* A column of its own to sort by; NULL: choose. */
static const char *sort;

/* Lines of the terminal; 0: everything. */
static int lines;
static struct probe *lacks;

static char *screen_between(struct snapshot *a, struct snapshot *b, size_t rows)
{
	struct snapshot *d = NULL;
	struct probe *p = lacks ?: probe_new();
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct screen s = { .out = out,
			    .host = &host,
			    .total = b,
			    .probe = p,
			    .rows = rows,
			    .sort = sort,
			    .lines = lines,
			    .fill = true };

	assert_int_equal(snapshot_diff(a, b, &d), 0);
	s.delta = d;
	screen_print(&s);
	fclose(out);
	probe_free(p);
	snapshot_free(a);
	snapshot_free(b);
	snapshot_free(d);
	return text;
}

static char *screen_of(size_t rows)
{
	return screen_between(make(SECOND, 0), make(2 * SECOND, 123456), rows);
}

static void set_flushes(struct snapshot *s, uint64_t n)
{
	struct table *t = snapshot_table(s, TABLE_TLB_FLUSH);

	row_set(t, table_row(t, 3, "local mm shootdown"),
		table_column(t, "flushes", VALUE_COUNTER, UNIT_COUNT), n, "test");
	snapshot_lacks(s, F_TLB_FLUSHES, "a hypervisor does that");
}

/* What is known of flushes is shown where their sum is not. */
static void test_a_part_of_the_flushes(void **state)
{
	struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 123456);
	char *text;

	set_flushes(a, 0);
	set_flushes(b, 7919);
	text = screen_between(a, b, 3);
	assert_non_null(strstr(text, "flushes -/s"));
	assert_non_null(strstr(text, "a hypervisor does that"));
	assert_non_null(strstr(text, "local mm shootdown      7.92k"));
	free(text);
}

static void expect_narrow(const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		assert_in_range(strlen(line), 0, 80);
	free(copy);
}

/* What a size inherits is what is shown, and that it does. */
static void test_inherited_policy(void **state)
{
	struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 123456);
	struct table *t = snapshot_table(b, TABLE_MTHP);
	char *text;

	row_label(t, table_row(t, 65536, NULL), 0, "inherit");
	row_label(t, table_row(t, 65536, NULL), 1, "inherit");
	row_label(t, table_row(t, 131072, NULL), 0, "inherit");
	row_label(t, table_row(t, 131072, NULL), 1, "always");
	row_label(t, table_row(t, 2097152, NULL), 0, "never");
	snapshot_fact(b, FACT_THP_ENABLED, "never");
	snapshot_fact(b, FACT_THP_SHMEM, "within_size");
	text = screen_between(a, b, 3);
	assert_non_null(strstr(text, "64K  never*  within_size*"));
	assert_non_null(strstr(text, "128K  never*  always "));
	assert_non_null(
		strstr(text, "* inherit -> never (anon), inherit -> within_size (shmem)\n"));
	/* one that nobody may have was never used, whoever says so */
	assert_non_null(strstr(text, "1 size never used"));
	expect_narrow(text);
	free(text);
}

/* Half of the cycles: walks where they are counted, else stalls, which is another thing. */
static void test_cycles(void **state)
{
	static const enum snapshot_field_id walks[] = { F_WALK_CYCLES_USER,
							F_WALK_CYCLES_KERNEL };
	struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 123456);
	char *text;

	snapshot_set(b, F_STALL_TLB_KERNEL, 61728, "test");
	text = screen_of(3);
	assert_non_null(
		strstr(text, "cycles spent walking          user 100.0%, kernel 100.0%"));
	assert_null(strstr(text, "stalled on the TLB"));
	free(text);
	for (size_t i = 0; i < 2; i++) {
		snapshot_lacks(a, walks[i], "no such event");
		snapshot_lacks(b, walks[i], "no such event");
	}
	text = screen_between(a, b, 3);
	assert_non_null(
		strstr(text, "cycles stalled on the TLB     user 100.0%, kernel 50.0%"));
	assert_null(strstr(text, "spent walking"));
	free(text);
}

/* What perf counts of the software events in place of walks and instructions is no miss. */
static void test_stand_ins(void **state)
{
	static const struct {
		enum snapshot_field_id id;
		const char *via;
	} counted[] = {
		{ F_DTLB_WALK_USER, "perf r34, minor-faults" },
		{ F_STALL_TLB_USER, "perf context-switches" },
	};
	struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 123456);
	char *text;

	for (size_t i = 0; i < 2; i++) {
		snapshot_set(a, counted[i].id, 0, counted[i].via);
		snapshot_set(b, counted[i].id, 123456, counted[i].via);
	}
	snapshot_lacks(b, F_WALK_CYCLES_USER, "no such event");
	snapshot_lacks(b, F_WALK_CYCLES_KERNEL, "no such event");
	text = screen_between(a, b, 3);
	assert_null(strstr(text, "misses per 1000 instructions"));
	assert_null(strstr(text, "cycles stalled"));
	assert_non_null(strstr(text, "no TLB misses, but r34, minor-faults per 1000 "
				     "instructions: user"));
	assert_non_null(strstr(text, "no share of cycles, but context-switches of cycles: "
				     "user 100.0%"));
	free(text);
}

/* Of 4085 processes those walked; what is missing is told. */
static void test_processes_not_walked(void **state)
{
	struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 1);
	char *text;

	snapshot_set(b, F_USER_PROCESSES, 15, "page walk");
	snapshot_set(b, F_USER_LISTED, 4085, "test");
	snapshot_set(b, F_USER_WALKED, 1 << 20,
		     "page walk; 606 more processes not walked: too little time");
	text = screen_between(a, b, 3);
	assert_non_null(strstr(text, "user memory, 1.00M mapped in the 15 largest of 4085 "
				     "processes (shared in each)\n"));
	assert_non_null(strstr(text, "\n  606 more processes not walked: too little time\n"));
	free(text);
	text = screen_of(3);
	assert_null(strstr(text, "largest of"));
	assert_null(strstr(text, "not walked"));
	free(text);
}

static void expect_lost_events(void)
{
	struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 1);
	char *text;

	snapshot_set(a, F_EVENTS_DROPPED, 100, "test");
	snapshot_set(b, F_EVENTS_DROPPED, 107, "test");
	snapshot_set(a, F_EVENTS_UNATTRIBUTED, 3, "test");
	snapshot_set(b, F_EVENTS_UNATTRIBUTED, 3, "test");
	text = screen_between(a, b, 3);
	assert_non_null(
		strstr(text, "dropped for lack of room: 7 in the interval, 107 in all"));
	assert_non_null(strstr(text, "in no process row: 0 in the interval, 3 in all"));
	free(text);
	a = make(SECOND, 0);
	b = make(2 * SECOND, 0);
	text = screen_between(a, b, 3);
	assert_null(strstr(text, "in the interval"));
	free(text);
}

/* The short view has them, too. */
static void test_lost_events(void **state)
{
	expect_lost_events();
	lines = 24;
	expect_lost_events();
	lines = 0;
}

static void add_column(struct snapshot *s, const char *name, enum value_kind kind,
		       uint64_t first)
{
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	size_t c = table_column(t, name, kind, UNIT_COUNT);

	for (size_t i = 0; i < t->nrows; i++)
		row_set(t, t->rows[i], c, first + i, "test");
}

static char *sorted_by(const char *column, uint64_t first)
{
	struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 5);
	struct table *t;
	char *text;

	add_column(a, column, VALUE_COUNTER, first ? 1 : 0);
	add_column(b, column, VALUE_COUNTER, first);
	t = snapshot_table(b, TABLE_CGROUP);
	row_set(t, table_row(t, 1, "/a"),
		table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT), 7, "test");
	sort = column;
	text = screen_between(a, b, 2);
	sort = NULL;
	return text;
}

/* Each column that can be sorted by is shown, also if it is none of the usual ones. */
static void test_sort_column_is_shown(void **state)
{
	char *text = sorted_by("tlb_sent", 1001);

	assert_non_null(strstr(text, "processes by tlb_sent, 2 of 4\n"
				     "      pid  command           tlb_sent/s*"));
	assert_non_null(strstr(text, "?[31mred-command        1.00k"));
	/* which a cgroup has not */
	assert_non_null(
		strstr(text, "cgroups by unfolds (tlb_sent is not counted for cgroups)\n"));
	free(text);
}

/* Zeros are no reason to sort by something else without a word. */
static void test_sort_by_zeros(void **state)
{
	char *text = sorted_by("tlb_escalated", 0);

	assert_non_null(strstr(text, "processes by tlb_escalated"));
	assert_non_null(strstr(text, "tlb_escalated/s*"));
	free(text);
}

static void test_fits_80_columns(void **state)
{
	char *text = screen_of(10);

	expect_narrow(text);
	free(text);
}

static void test_keeps_what_matters(void **state)
{
	char *text = screen_of(10);

	assert_non_null(strstr(text, "unfold/s"));
	assert_non_null(strstr(text, "contpte  aligned\n"));
	free(text);
}

static void test_hottest_callers_first(void **state)
{
	char *text = screen_of(3);

	/* 14, 13 and 12 times 123456 */
	assert_non_null(
		strstr(text, "caller_14 1728384, caller_13 1604928, caller_12 1481472"));
	assert_null(strstr(text, "caller_1 "));
	free(text);
}

static void test_names_do_not_steer_the_terminal(void **state)
{
	char *text = screen_of(3),
	     c1[] = "a\xc2\x9b"
		    "b",
	     good[] = "Gr\xc3\xbc\xc3\x9f"
		      "e";

	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "?[31mred"));
	assert_string_equal(text_clean(c1), "a?b");
	assert_string_equal(text_clean(good), "Gr\xc3\xbc\xc3\x9f"
					      "e");
	free(text);
}

static void test_splits_by_size(void **state)
{
	char *text = screen_of(3);

	/* each leaf size 123456 in one second; pgtop's own are the same number */
	assert_non_null(strstr(text, "splits/s 1G 123k, 32M 123k, 1M 123k"));
	assert_non_null(strstr(text, "by pgtop itself 123k"));
	assert_non_null(strstr(text, "by caller   secretmem_fault 123456\n"));
	free(text);
}

static void test_misses_of_one_side_say_so(void **state)
{
	char *text = screen_of(3);

	/* as many walks as instructions: 1000 in a thousand; the kernel counts both sides */
	assert_non_null(strstr(text, "user 1000.000 (data only), kernel 2000.000"));
	free(text);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Processes with pids from 100 on, the last with the most unfolds. */
static void add_processes(struct snapshot *s, uint64_t n, uint64_t each)
{
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	size_t unfolds = table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT);

	for (uint64_t i = 0; i < n; i++)
		row_set(t, table_row(t, 100 + i, NULL), unfolds, each * (i + 1), "test");
}

static void add_lacks(size_t reasons)
{
	char name[32], why[64];

	lacks = probe_new();
	for (size_t i = 0; i < reasons; i++) {
		snprintf(why, sizeof(why), "reason %zu", i);
		/* the later, the more rows */
		for (size_t k = 0; k <= i; k++) {
			snprintf(name, sizeof(name), "row.%zu.%zu", i, k);
			probe_add(lacks, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL, why,
				  "a remedy");
		}
	}
}

/* It fits whatever terminal there is, and fills it with processes. */
static void test_brief(void **state)
{
	for (lines = 24; lines <= 60; lines += 12) {
		struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 123456);
		char *text;

		add_processes(a, 90, 0);
		add_processes(b, 90, 1000000);
		add_lacks(9);
		text = screen_between(a, b, 10);
		expect_narrow(text);
		/* the prompt is the last line */
		assert_int_equal(count_lines(text), lines - 1);
		assert_non_null(strstr(text, "\nprocesses by unfolds, "));
		assert_non_null(strstr(text, " of 9"));
		assert_non_null(strstr(text, "unfold/s*"));
		assert_non_null(strstr(text, "\n  189  ")); /* the most */
		assert_non_null(
			strstr(text, lines > 24 ? "\n  9 rows: reason 8\n  8 rows: reason "
						  "7\n  and for 7 more reasons"
						: "\n  9 rows: reason 8\n  and for 8 "
						  "more reasons"));
		assert_null(strstr(text, "reason 6"));
		free(text);
		lacks = NULL;
	}
	lines = 0;
}

/* Even where there is no room at all, three processes are shown. */
static void test_brief_on_few_lines(void **state)
{
	struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 123456);
	char *text;

	add_processes(a, 9, 0);
	add_processes(b, 9, 1000000);
	lines = 5;
	text = screen_between(a, b, 10);
	lines = 0;
	assert_non_null(strstr(text, "\n  108  "));
	assert_non_null(strstr(text, "\n  106  "));
	assert_null(strstr(text, "\n  105  "));
	free(text);
}

/* Words are cut where the line ends; a figure is told whole or on the next line. */
static void test_brief_cuts_no_figure(void **state)
{
	lines = 24;
	for (int columns = 60; columns <= 120; columns++) {
		struct snapshot *a = make(SECOND, 0), *b = make(2 * SECOND, 123456);
		char *text, *cut;

		text_set_columns(columns);
		text = screen_between(a, b, 3);
		for (cut = strstr(text, "...\n"); cut; cut = strstr(cut + 3, "...\n"))
			assert_false(isdigit((unsigned char)cut[-1]));
		assert_non_null(strstr(text, "\nlinear map "));
		free(text);
	}
	text_set_columns(TEXT_WIDTH);
	lines = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_brief),
		cmocka_unit_test(test_brief_cuts_no_figure),
		cmocka_unit_test(test_brief_on_few_lines),
		cmocka_unit_test(test_stand_ins),
		cmocka_unit_test(test_processes_not_walked),
		cmocka_unit_test(test_lost_events),
		cmocka_unit_test(test_sort_column_is_shown),
		cmocka_unit_test(test_sort_by_zeros),
		cmocka_unit_test(test_fits_80_columns),
		cmocka_unit_test(test_keeps_what_matters),
		cmocka_unit_test(test_hottest_callers_first),
		cmocka_unit_test(test_names_do_not_steer_the_terminal),
		cmocka_unit_test(test_splits_by_size),
		cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_inherited_policy),
		cmocka_unit_test(test_a_part_of_the_flushes),
		cmocka_unit_test(test_misses_of_one_side_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
