// SPDX-License-Identifier: GPL-2.0-only
/* What pgtopd exports beside the snapshot, and the file when the disk fails. */
#include "faults.h"

#include "export.h"
#include "util/file.h"
#include "util/util.h"

struct fixture {
	char *root, path[256];
	struct export *e;
	struct snapshot *last, *change;
	struct export_input in;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->root = tree_new();
	snprintf(f->path, sizeof(f->path), "%s/pgtop.prom", f->root);
	assert_int_equal(export_new(0, &f->e), 0);
	f->last = snapshot_new();
	f->change = snapshot_new();
	f->in.last = f->last;
	f->in.change = f->change;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	faults_clear();
	export_free(f->e);
	snapshot_free(f->last);
	snapshot_free(f->change);
	tree_free(f->root);
	free(f);
	return 0;
}

static char *text_of(const struct fixture *f)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(export_print(f->e, &f->in, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static bool has(const struct fixture *f, const char *lines)
{
	_cleanup_free_ char *text = text_of(f);

	return strstr(text, lines);
}

static unsigned int lines_with(const char *text, const char *start)
{
	unsigned int n = 0;

	for (; *text; text = strchr(text, '\n') + 1)
		n += !strncmp(text, start, strlen(start));
	return n;
}

/* Cgroup /gI did I unfolds and 10 I flushes. */
static void add_cgroups(struct fixture *f, uint64_t n)
{
	struct table *t = snapshot_table(f->change, TABLE_CGROUP);
	size_t unfolds = table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT);
	size_t flushes = table_column(t, "tlb_flushes", VALUE_COUNTER, UNIT_COUNT);

	for (uint64_t i = 1; i <= n; i++) {
		struct row *r = table_row(t, i, NULL);
		char path[32];

		snprintf(path, sizeof(path), "/g%u", (unsigned int)i);
		row_label(t, r, 0, path);
		row_set(t, r, unfolds, i, "test");
		row_set(t, r, flushes, 10 * i, "test");
	}
}

/*
 * 25 cgroups, room for 20: /g6 to /g25 are shown, 1 + 2 + 3 + 4 + 5 = 15 is other. The second
 * time each has done so twice.
 */
static void test_cap(void **state)
{
	static const char family[] = "pgtop_cgroup_contpte_unfolds_total{";
	struct fixture *f = *state;
	_cleanup_free_ char *text = NULL;

	add_cgroups(f, 25);
	assert_int_equal(export_take(f->e, &f->in), 0);
	text = text_of(f);
	assert_int_equal(lines_with(text, family), 21);
	assert_non_null(strstr(text, "unfolds_total{cgroup=\"/g6\"} 6\n"));
	assert_non_null(strstr(text, "unfolds_total{cgroup=\"/g25\"} 25\n"));
	assert_null(strstr(text, "{cgroup=\"/g5\"}"));
	assert_non_null(strstr(text, "unfolds_total{cgroup=\"other\"} 15\n"));
	assert_non_null(strstr(text, "flushes_total{cgroup=\"/g25\"} 250\n"));
	assert_non_null(strstr(text, "flushes_total{cgroup=\"other\"} 150\n"));
	assert_int_equal(export_take(f->e, &f->in), 0);
	assert_true(has(f, "unfolds_total{cgroup=\"/g6\"} 12\n"));
	assert_true(has(f, "unfolds_total{cgroup=\"other\"} 30\n"));
}

static void test_window(void **state)
{
	struct fixture *f = *state;

	f->in.windows = 17;
	f->in.overruns = 3;
	f->in.failed = 2;
	f->last->real_ns = 1700000000500000000;
	f->in.self = (struct own_cost){ .cpu_ns = 1250000000, .resident = 4096 };
	assert_int_equal(export_take(f->e, &f->in), 0);
	assert_true(has(f, "\npgtop_windows_total 17\n"));
	assert_true(has(f, "\npgtop_window_overruns_total 3\n"));
	assert_true(has(f, "\npgtop_update_errors_total{stage=\"read\"} 2\n"));
	assert_true(has(f, "\npgtop_last_update_timestamp_seconds 1700000000.5\n"));
	assert_true(has(f, "\npgtop_process_cpu_seconds_total 1.25\n"));
	assert_true(has(f, "\npgtop_process_resident_memory_bytes 4096\n"));
	/* nothing is known of levers and cgroups */
	assert_false(has(f, "pgtop_policy"));
	assert_false(has(f, "cgroup"));
}

/* What the last walk saw holds in windows without one, and gives way to the next. */
static void test_held(void **state)
{
	static const char *const lines[] = {
		"\npgtop_linear_map_page_bytes 8192\n",
		"\npgtop_linear_map_bytes{size=\"4096\"} 8192\n",
		"\npgtop_linear_map_table_bytes 16384\n",
		"\npgtop_contpte_mapped_bytes 65536\n",
		"\npgtop_contpte_eligible_bytes 131072\n",
		"\npgtop_user_mapped_bytes{size=\"65536\"} 65536\n",
	};
	struct fixture *f = *state;
	struct snapshot *walked = snapshot_new(), *again = snapshot_new();
	struct table *t = snapshot_table(walked, TABLE_LINEAR_MAP);

	snapshot_set(walked, F_LINEAR_TOTAL, 8192, "test");
	snapshot_set(walked, F_LINEAR_PAGES, 8192, "test");
	snapshot_set(walked, F_LINEAR_TABLES, 16384, "test");
	snapshot_set(walked, F_CONTPTE_MAPPED, 65536, "test");
	snapshot_set(walked, F_CONTPTE_ELIGIBLE, 131072, "test");
	row_set(t, table_row(t, 4096, "4K"), table_column(t, "bytes", VALUE_GAUGE, UNIT_BYTES),
		8192, "test");
	t = snapshot_table(walked, TABLE_USER_MAP);
	row_set(t, table_row(t, 65536, "64K contpte"),
		table_column(t, "bytes", VALUE_GAUGE, UNIT_BYTES), 65536, "test");
	f->in.last = walked;
	assert_int_equal(export_take(f->e, &f->in), 0);
	f->in.last = f->last;
	assert_int_equal(export_take(f->e, &f->in), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_true(has(f, lines[i]));
	snapshot_set(again, F_LINEAR_TOTAL, 4096, "test");
	snapshot_set(again, F_LINEAR_PAGES, 4096, "test");
	f->in.last = again;
	assert_int_equal(export_take(f->e, &f->in), 0);
	f->in.last = f->last;
	assert_true(has(f, "\npgtop_linear_map_page_bytes 4096\n"));
	assert_false(has(f, lines[1]));
	snapshot_free(walked);
	snapshot_free(again);
}

/* A walk that fails leaves nothing of the one before, in that window and in those after it. */
static void test_lost(void **state)
{
	struct fixture *f = *state;
	struct snapshot *walked = snapshot_new(), *failed = snapshot_new();

	snapshot_set(walked, F_LINEAR_TOTAL, 8192, "test");
	snapshot_set(walked, F_LINEAR_PAGES, 8192, "test");
	f->in.last = walked;
	assert_int_equal(export_take(f->e, &f->in), 0);
	assert_true(has(f, "\npgtop_linear_map_page_bytes 8192\n"));
	snapshot_lacks(failed, F_LINEAR_TOTAL, "the kernel is locked down");
	snapshot_lacks(failed, F_LINEAR_PAGES, "the kernel is locked down");
	f->in.last = failed;
	assert_false(has(f, "pgtop_linear_map_page_bytes"));
	assert_int_equal(export_take(f->e, &f->in), 0);
	f->in.last = f->last;
	assert_int_equal(export_take(f->e, &f->in), 0);
	assert_false(has(f, "pgtop_linear_map_page_bytes"));
	snapshot_free(walked);
	snapshot_free(failed);
}

static void expect_file(const struct fixture *f, const char *wanted)
{
	_cleanup_free_ char *text = NULL;
	char **names;

	assert_int_equal(file_read(f->root, "/pgtop.prom", &text, NULL), 0);
	assert_non_null(strstr(text, wanted));
	assert_int_equal(file_list(f->root, "", &names), 0);
	assert_non_null(names[0]);
	assert_null(names[1]); /* no part of another */
	strings_free(names);
}

/* Whichever call fails: the old file is whole, nothing is left, the failure counts. */
static void test_failures(void **state)
{
	struct fixture *f = *state;
	char wanted[80];
	unsigned int n, calls;

	f->in.windows = 1;
	export_write(f->e, &f->in, f->path);
	calls = faults.calls;
	assert_in_range(calls, 3, 16); /* create, write, rename at least */
	for (n = 1; n <= calls; n++) {
		faults_clear();
		faults.fail_at = n;
		faults.err = ENOSPC;
		f->in.windows = 1 + n;
		export_write(f->e, &f->in, f->path);
		faults_clear();
		expect_file(f, "\npgtop_windows_total 1\n");
		snprintf(wanted, sizeof(wanted),
			 "\npgtop_update_errors_total{stage=\"textfile\"} %u\n", n);
		assert_true(has(f, wanted));
	}
	f->in.windows = 99;
	export_write(f->e, &f->in, f->path);
	expect_file(f, "\npgtop_windows_total 99\n");
	export_remove(f->e);
	assert_int_equal(access(f->path, F_OK), -1);
}

/* Another path from the next window on: the old file goes. */
static void test_another_path(void **state)
{
	struct fixture *f = *state;
	char other[256];

	snprintf(other, sizeof(other), "%s/other.prom", f->root);
	export_write(f->e, &f->in, other);
	export_write(f->e, &f->in, f->path);
	expect_file(f, "\npgtop_windows_total 0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_path, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
