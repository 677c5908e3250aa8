// SPDX-License-Identifier: GPL-2.0-only
/* The live screen without a terminal: its lines and its keys, on snapshots made by hand. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <locale.h>
#include <cmocka.h>

#include "screen/screen.h"
#include "util/utf8.h"
#include "watch/watch_layout.h"

#define SECOND 1000000000ull
#define PIDS   70 /* 101, 102, ... */

static struct host host = { .arch = ARCH_X86_64, .page_size = 4096 };

static void set(struct table *t, struct row *r, const char *column, enum value_kind kind,
		uint64_t n)
{
	row_set(t, r,
		table_column(t, column, kind, kind == VALUE_GAUGE ? UNIT_BYTES : UNIT_COUNT),
		n, "test");
}

static void add_process(struct snapshot *s, uint64_t pid, const char *name, uint64_t flushes,
			uint64_t bytes)
{
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	struct row *r = table_row(t, pid, NULL);

	row_label(t, r, 0, name);
	row_label(t, r, 1, pid % 2 ? "/odd" : "/even");
	set(t, r, "tlb_flushes", VALUE_COUNTER, flushes);
	set(t, r, "present_bytes", VALUE_GAUGE, bytes);
}

/* Process 101 flushes most, 170 has most memory. */
static struct snapshot *make(uint64_t now, uint64_t n)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_CGROUP);
	char name[32];

	s->mono_ns = now;
	s->real_ns = 1764547200ull * SECOND + now; /* 2025-12-01 00:00:00 UTC */
	snapshot_fact(s, FACT_KERNEL, "6.18.0");
	snapshot_fact(s, FACT_ARCH, "x86_64");
	snapshot_fact(s, FACT_GRANULE, "4096");
	snapshot_fact(s, FACT_LINEAR_MAP, "blocks, split on demand by the kernel");
	snapshot_set(s, F_TLB_FLUSHES, n, "test");
	snapshot_set(s, F_VM_MINOR_FAULTS, 3 * n, "test");
	snapshot_set(s, F_LINEAR_SPLITS_PUD, 0, "test");
	snapshot_set(s, F_LINEAR_SPLITS_PMD, n, "test");
	snapshot_set(s, F_USER_WALKED, 1 << 30, "test");
	snapshot_set(s, F_USER_PROCESSES, 7, "test");
	for (int i = 1; i <= PIDS; i++) {
		snprintf(name, sizeof(name), "worker-%d", i);
		add_process(s, 100 + i, name, n * (PIDS + 1 - i), (uint64_t)i << 20);
	}
	set(t, table_row(t, 7, "/odd"), "tlb_flushes", VALUE_COUNTER, n);
	t = snapshot_table(s, TABLE_USER_MAP);
	set(t, table_row(t, 4096, "4K"), "bytes", VALUE_GAUGE, 3 << 28);
	set(t, table_row(t, 2 << 20, "2M"), "bytes", VALUE_GAUGE, 1 << 28);
	assert_int_equal(snapshot_error(s), 0);
	return s;
}

static struct watch_view view;
static struct watch_series series;
static struct watch_lines lines;
static struct snapshot *now, *delta;
static struct probe *probe;
static const char *text;

static struct screen screen(void)
{
	return (struct screen){
		.host = &host, .total = now, .delta = delta, .probe = probe, .rows = 10
	};
}

static void layout(void)
{
	struct screen s = screen();
	const struct watch_shown shown = { &s, &series, 2, "measured by the test", text };

	text_set_columns(view.columns - 1);
	watch_lines_done(&lines);
	assert_int_equal(watch_layout(&view, &shown, &lines), 0);
}

static int begin(void **state)
{
	struct snapshot *before = make(SECOND, 1000);
	struct screen s;

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	now = make(2 * SECOND, 1710);
	assert_int_equal(snapshot_diff(before, now, &delta), 0);
	snapshot_free(before);
	probe = probe_new();
	view = (struct watch_view){ .lines = 24, .columns = 80 };
	series = (struct watch_series){ 0 };
	s = screen();
	watch_series_take(&series, 2, &s);
	text = NULL;
	layout();
	return 0;
}

static int end(void **state)
{
	watch_lines_done(&lines);
	snapshot_free(now);
	snapshot_free(delta);
	probe_free(probe);
	return 0;
}

/* Columns of a line without ESC [ N m; what else steers fails. */
static int width_of_line(const char *line)
{
	char clean[2048];
	size_t n = 0;

	while (*line) {
		size_t len;
		const char *c;

		if (line[0] == '\033' && line[1] == '[') {
			line += 2 + strspn(line + 2, "0123456789");
			assert_int_equal(*line++, 'm');
			continue;
		}
		c = utf8_next(&line, &len);
		assert_false(utf8_steers(utf8_code(c, len)));
		memcpy(clean + n, c, len);
		n += len;
	}
	clean[n] = '\0';
	return text_width(clean);
}

/* The line that begins with @start; fails without. */
static const char *line_of(const char *start)
{
	for (size_t i = 0; i < lines.n; i++) {
		if (!strncmp(lines.lines[i], start, strlen(start)))
			return lines.lines[i];
	}
	for (size_t i = 0; i < lines.n; i++)
		print_error("%s\n", lines.lines[i]);
	fail_msg("no line begins with '%s'", start);
	return NULL;
}

/* What stands in a line with a mark, without it. */
static const char *marked(void)
{
	return line_of("\033[7m>") + strlen("\033[7m>");
}

static enum watch_action press(int key)
{
	struct screen s = screen();
	struct screen_rows r;
	enum watch_action action;

	watch_view_apply(&view, &s);
	assert_int_equal(screen_rows_find(&s, watch_view_list(&view), &r), 0);
	action = watch_view_key(&view, key, &r);
	screen_rows_done(&r);
	layout();
	return action;
}

static void type(const char *typed)
{
	while (*typed)
		press(*typed++);
}

static void expect_size(int rows, int columns)
{
	int processes = 0;

	view.lines = rows;
	view.columns = columns;
	layout();
	assert_int_equal(lines.n, rows);
	for (size_t i = 0; i < lines.n; i++) {
		assert_in_range(width_of_line(lines.lines[i]), 0, columns - 1);
		processes += strstr(lines.lines[i], "worker-") != NULL;
	}
	assert_in_range(processes, 3, PIDS);
	line_of("processes by tlb_flushes, ");
	line_of("TLB ");
	assert_non_null(strstr(lines.lines[lines.n - 1], "q quit"));
}

static void test_sizes(void **state)
{
	expect_size(24, 80);
	assert_non_null(strstr(lines.lines[0], "00:00:02 +0000, measured by the test"));
	expect_size(15, 60);
	expect_size(60, 200);
	/* Two lines of head, five of subjects, a blank one, two of titles, one of keys. */
	assert_non_null(strstr(line_of("processes"), ", 49 of 70"));
	expect_size(12, 41);
}

/* (1710 - 1000) / 1 s; the one-shot screen says the same in the same words. */
static void test_words_of_the_one_shot_screen(void **state)
{
	struct screen s = screen();
	char *one_shot = NULL, *line, *rest;
	size_t len;
	int found = 0, error = 0;

	view.lines = 60;
	view.columns = 200;
	layout();
	assert_non_null(strstr(line_of("TLB "), "flushes/s 710, "));
	assert_non_null(strstr(line_of("user memory"), "4K 75.0%, 2M 25.0%"));
	s.out = open_memstream(&one_shot, &len);
	s.error = &error;
	s.lines = 60;
	screen_print(&s);
	fclose(s.out);
	rest = one_shot;
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "TLB ", 4) && strncmp(line, "user memory ", 12) &&
		    strncmp(line, "pressure ", 9))
			continue;
		line[SCREEN_LABEL_WIDTH - 1] = '\0';
		assert_non_null(strstr(line_of(line), line + SCREEN_LABEL_WIDTH));
		found++;
	}
	assert_int_equal(found, 3);
	free(one_shot);
}

/* Of 0 to 7 each has a height of its own; what was not known is a blank. */
static void test_sparkline(void **state)
{
	char buf[128];

	series = (struct watch_series){ 0 };
	for (int i = 1; i <= 8; i++) {
		struct watch_sample *s = &series.samples[i];

		s->number = i;
		s->known[GRAPH_FLUSHES] = i != 4;
		s->value[GRAPH_FLUSHES] = i - 1;
	}
	assert_string_equal(
		watch_series_line(&series, GRAPH_FLUSHES, 8, 8, false, buf, sizeof(buf)),
		"_.- +*%#");
	assert_string_equal(
		watch_series_line(&series, GRAPH_FLUSHES, 8, 8, true, buf, sizeof(buf)),
		"▁▂▃ ▅▆▇█");
	/* an earlier snapshot has the ones before it, and what there is no more is blank */
	assert_string_equal(
		watch_series_line(&series, GRAPH_FLUSHES, 3, 5, false, buf, sizeof(buf)),
		"  _+#");
	assert_string_equal(
		watch_series_line(&series, GRAPH_SPLITS, 8, 3, false, buf, sizeof(buf)),
		"   ");
}

/* 25 % in leaves larger than a page: a quarter of eight heights. */
static void test_share_has_a_fixed_scale(void **state)
{
	const char *line = line_of("user memory");

	assert_non_null(strstr(line, "           - "));
}

static void test_mark_follows_its_process(void **state)
{
	assert_non_null(strstr(marked(), "101  worker-1 "));
	press(WATCH_DOWN);
	press(WATCH_DOWN);
	assert_non_null(strstr(marked(), "103  worker-3 "));
	press('R');
	assert_non_null(strstr(line_of("processes"), "the least first"));
	assert_non_null(strstr(marked(), "103  worker-3 "));
	press(WATCH_HOME);
	assert_non_null(strstr(marked(), "170  worker-70 "));
}

/* Down to the last row, and no further. */
static void test_scrolling(void **state)
{
	press(WATCH_END);
	assert_non_null(strstr(marked(), "170  worker-70 "));
	press(WATCH_DOWN);
	assert_non_null(strstr(marked(), "170  worker-70 "));
	press(WATCH_PAGE_UP);
	assert_int_equal(view.at, PIDS - 1 - view.room);
	press(WATCH_HOME);
	press(WATCH_UP);
	assert_non_null(strstr(marked(), "101  worker-1 "));
}

static void test_sort(void **state)
{
	line_of("  pid  command    flush/s*");
	press('>');
	assert_string_equal(view.sort, "present_bytes");
	line_of("processes by present_bytes");
	assert_non_null(strstr(marked(), "170  worker-70 "));
	press('>');
	assert_string_equal(view.sort, "tlb_flushes");
	press('<');
	assert_string_equal(view.sort, "present_bytes");
}

static void test_filter(void **state)
{
	press('/');
	type("KER-7q");
	assert_non_null(strstr(lines.lines[lines.n - 1], "filter: KER-7q_"));
	press(WATCH_ERASE);
	press(WATCH_ENTER);
	assert_non_null(strstr(line_of("processes"), ", 2 of 70, with 'KER-7'"));
	assert_non_null(strstr(marked(), "107  worker-7 "));
	press(WATCH_BACK);
	assert_null(strstr(line_of("processes"), "with"));
	press('/');
	type("16");
	press(WATCH_ENTER); /* 160 to 169; worker-16 */
	assert_non_null(strstr(line_of("processes"), ", 11 of 70"));
	press('/');
	press('x');
	press(WATCH_BACK); /* as it was */
	assert_string_equal(view.filter, "16");
	press('/');
	type("nobody");
	press(WATCH_ENTER);
	assert_non_null(strstr(line_of("processes"), "with 'nobody': none"));
	assert_int_equal(press(WATCH_ENTER), WATCH_NOTHING);
}

static void test_enter_and_back(void **state)
{
	press(WATCH_DOWN);
	assert_int_equal(press(WATCH_ENTER), WATCH_OPEN);
	assert_int_equal(view.pid, 102);
	text = "one\ntwo\nthree\n";
	layout();
	line_of("two");
	press(WATCH_BACK);
	assert_non_null(strstr(marked(), "102  worker-2 "));
	press('c');
	line_of("cgroups by tlb_flushes");
	assert_int_equal(press(WATCH_ENTER), WATCH_NOTHING);
	assert_non_null(strstr(line_of("processes"), ", 13 of 70, of /odd"));
	assert_non_null(strstr(marked(), "101  worker-1 "));
	press(WATCH_DOWN);
	assert_non_null(strstr(marked(), "103  worker-3 "));
	press(WATCH_BACK);
	line_of("cgroups by");
	press('c');
	assert_null(strstr(line_of("processes"), "/odd"));
	assert_int_equal(press('q'), WATCH_QUIT);
}

/* A page that is longer than the screen ends with its last line. */
static void test_long_page(void **state)
{
	char *page = calloc(1, 4096);

	for (int i = 1; i <= 50; i++)
		sprintf(page + strlen(page), "line %d of 50\n", i);
	text = page;
	view.page = WATCH_PROCESS;
	layout();
	line_of("line 1 of");
	press(WATCH_END);
	assert_string_equal(lines.lines[lines.n - 2], "line 50 of 50");
	press(WATCH_DOWN);
	assert_string_equal(lines.lines[lines.n - 2], "line 50 of 50");
	press(WATCH_UP);
	assert_string_equal(lines.lines[lines.n - 2], "line 49 of 50");
	free(page);
	text = NULL;
}

static void test_pages(void **state)
{
	probe_add(probe, PROBE_MEASUREMENT, "a.b", PROBE_UNAVAILABLE, NULL, "no such thing",
		  "get one");
	press('!');
	line_of("  a.b: no such thing; to change it: get one");
	press('!');
	line_of("processes by");
	press('k');
	line_of("kernel linear map");
	press('?');
	line_of("q      quit");
	press(WATCH_BACK);
	line_of("processes by");
}

static void test_time_needs_a_record(void **state)
{
	assert_int_equal(press('t'), WATCH_NOTHING);
	assert_non_null(strstr(lines.lines[lines.n - 1], "pgtop watch --replay FILE"));
	view.record = true;
	assert_int_equal(press('t'), WATCH_STEP);
	assert_int_equal(press('T'), WATCH_STEP_BACK);
	press('j');
	type("14:05");
	assert_int_equal(press(WATCH_ENTER), WATCH_JUMP);
	assert_string_equal(view.typed, "14:05");
	assert_non_null(strstr(lines.lines[0], "2025-12-01 00:00:02 +0000"));
}

static void test_pause(void **state)
{
	press(' ');
	assert_true(view.paused);
	line_of("paused");
	press(' ');
	assert_false(view.paused);
}

/* Names of others: an escape sequence, a wide character, one that is no UTF-8. */
static void test_hostile_names(void **state)
{
	static const char *const names[] = { "\033[2Jclear", "\xe4\xb8\xad\xe6\x96\x87",
					     "\xff\xfe",
					     "\xe2\x80\xae"
					     "rtl" };

	for (size_t i = 0; i < 4; i++)
		row_label(&delta->table[TABLE_PROCESS], delta->table[TABLE_PROCESS].rows[i], 0,
			  names[i]);
	expect_size(24, 80);
	line_of("  102  \xe4\xb8\xad\xe6\x96\x87 ");
	assert_non_null(strstr(marked(), "101  ?[2Jclear "));
}

/* Colours only where they are wanted; the mark is not one. */
static void test_colour(void **state)
{
	press('k');
	for (size_t i = 0; i < lines.n; i++)
		assert_null(strchr(lines.lines[i], '\033'));
	press('k');
	view.color = true;
	layout();
	line_of("\033[1mprocesses by");
}

/* Without a terminal: as long as it gets, no mark, no keys. */
static void test_batch(void **state)
{
	view.lines = 0;
	layout();
	for (size_t i = 0; i < lines.n; i++)
		assert_null(strchr(lines.lines[i], '\033'));
	assert_non_null(strstr(line_of("processes"), ", 10 of 70"));
	assert_non_null(strstr(lines.lines[lines.n - 1], "110  worker-10 "));
}

#define WATCH_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCH_TEST(test_sizes),
		WATCH_TEST(test_words_of_the_one_shot_screen),
		WATCH_TEST(test_sparkline),
		WATCH_TEST(test_share_has_a_fixed_scale),
		WATCH_TEST(test_mark_follows_its_process),
		WATCH_TEST(test_scrolling),
		WATCH_TEST(test_sort),
		WATCH_TEST(test_filter),
		WATCH_TEST(test_enter_and_back),
		WATCH_TEST(test_long_page),
		WATCH_TEST(test_pages),
		WATCH_TEST(test_time_needs_a_record),
		WATCH_TEST(test_pause),
		WATCH_TEST(test_hostile_names),
		WATCH_TEST(test_colour),
		WATCH_TEST(test_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
