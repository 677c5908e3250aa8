// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* after those it needs */
#include <cmocka.h>

#include "snapshot/metrics.h"
#include "snapshot/probe.h"
#include "util/util.h"
#include "version.h"

/* The text of @in; freed by the caller. */
static char *text_of(const struct metrics_input *in)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(metrics_write(f, in), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void expect(const struct snapshot *s, const char *wanted)
{
	struct metrics_input in = { .snapshot = s };
	_cleanup_free_ char *text = text_of(&in);

	assert_string_equal(text, wanted);
}

static void test_nothing_known(void **state)
{
	struct snapshot *s = snapshot_new();

	snapshot_lacks(s, F_CONTPTE_FOLDS, "no such thing here");
	expect(s, "");
	snapshot_free(s);
}

static void test_known_zero_is_zero(void **state)
{
	struct snapshot *s = snapshot_new();

	snapshot_set(s, F_CONTPTE_FOLDS, 0, "test");
	expect(s,
	       "# HELP pgtop_contpte_folds_total Contiguous blocks folded from single PTEs\n"
	       "# TYPE pgtop_contpte_folds_total counter\n"
	       "pgtop_contpte_folds_total 0\n");
	snapshot_free(s);
}

static void test_fields_with_labels(void **state)
{
	struct snapshot *s = snapshot_new();

	/* 2^64 - 1 keeps all its digits; the unknown one of the pair is left out */
	snapshot_set(s, F_INSTRUCTIONS_KERNEL, UINT64_MAX, "test");
	snapshot_lacks(s, F_INSTRUCTIONS_USER, "why not");
	expect(s, "# HELP pgtop_instructions_total Instructions retired\n"
		  "# TYPE pgtop_instructions_total counter\n"
		  "pgtop_instructions_total{mode=\"kernel\"} 18446744073709551615\n");
	snapshot_free(s);
}

static void test_seconds(void **state)
{
	struct snapshot *s = snapshot_new();

	snapshot_set(s, F_PSI_MEMORY_SOME, 12000000034, "test");
	expect(s, "# HELP pgtop_memory_pressure_stalled_seconds_total Time in which some "
		  "tasks, or all, waited for memory\n"
		  "# TYPE pgtop_memory_pressure_stalled_seconds_total counter\n"
		  "pgtop_memory_pressure_stalled_seconds_total{kind=\"some\"} "
		  "12.000000034\n");
	snapshot_free(s);
}

static void test_rows(void **state)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_LINEAR_MAP);
	size_t bytes = table_column(t, "bytes", VALUE_GAUGE, UNIT_BYTES);

	row_set(t, table_row(t, 4096, "4K"), bytes, 8192, "test");
	row_lacks(t, table_row(t, 65536, "64K"), bytes, "not told");
	row_set(t, table_row(t, 2097152, "2M"), bytes, 4194304, "test");
	expect(s, "# HELP pgtop_linear_map_bytes Size of the linear map by leaf size\n"
		  "# TYPE pgtop_linear_map_bytes gauge\n"
		  "pgtop_linear_map_bytes{size=\"4096\"} 8192\n"
		  "pgtop_linear_map_bytes{size=\"2097152\"} 4194304\n");
	snapshot_free(s);
}

static void test_policy(void **state)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_MTHP);
	struct row *r = table_row(t, 65536, NULL);

	row_label(t, r, 1, "within_size");
	expect(s,
	       "# HELP pgtop_mthp_shmem_policy 1 for the active policy of shared memory\n"
	       "# TYPE pgtop_mthp_shmem_policy gauge\n"
	       "pgtop_mthp_shmem_policy{size=\"65536\",value=\"always\"} 0\n"
	       "pgtop_mthp_shmem_policy{size=\"65536\",value=\"inherit\"} 0\n"
	       "pgtop_mthp_shmem_policy{size=\"65536\",value=\"never\"} 0\n"
	       "pgtop_mthp_shmem_policy{size=\"65536\",value=\"within_size\"} 1\n"
	       "pgtop_mthp_shmem_policy{size=\"65536\",value=\"advise\"} 0\n"
	       "# HELP pgtop_mthp_shmem_effective_policy The same with what \"inherit\" stands "
	       "for in its place\n"
	       "# TYPE pgtop_mthp_shmem_effective_policy gauge\n"
	       "pgtop_mthp_shmem_effective_policy{size=\"65536\",value=\"always\"} 0\n"
	       "pgtop_mthp_shmem_effective_policy{size=\"65536\",value=\"never\"} 0\n"
	       "pgtop_mthp_shmem_effective_policy{size=\"65536\",value=\"within_size\"} 1\n"
	       "pgtop_mthp_shmem_effective_policy{size=\"65536\",value=\"advise\"} 0\n"
	       "pgtop_mthp_shmem_effective_policy{size=\"65536\",value=\"deny\"} 0\n"
	       "pgtop_mthp_shmem_effective_policy{size=\"65536\",value=\"force\"} 0\n");
	snapshot_free(s);
}

/* A size that inherits never: both are told. */
static void test_inherited_policy(void **state)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_MTHP);

	row_label(t, table_row(t, 65536, NULL), 0, "inherit");
	snapshot_fact(s, FACT_THP_ENABLED, "never");
	expect(s,
	       "# HELP pgtop_mthp_policy 1 for the active policy of anonymous memory\n"
	       "# TYPE pgtop_mthp_policy gauge\n"
	       "pgtop_mthp_policy{size=\"65536\",value=\"always\"} 0\n"
	       "pgtop_mthp_policy{size=\"65536\",value=\"inherit\"} 1\n"
	       "pgtop_mthp_policy{size=\"65536\",value=\"madvise\"} 0\n"
	       "pgtop_mthp_policy{size=\"65536\",value=\"never\"} 0\n"
	       "# HELP pgtop_mthp_effective_policy The same with what \"inherit\" stands for in "
	       "its place\n"
	       "# TYPE pgtop_mthp_effective_policy gauge\n"
	       "pgtop_mthp_effective_policy{size=\"65536\",value=\"always\"} 0\n"
	       "pgtop_mthp_effective_policy{size=\"65536\",value=\"madvise\"} 0\n"
	       "pgtop_mthp_effective_policy{size=\"65536\",value=\"never\"} 1\n");
	snapshot_free(s);
}

/* Two kinds of cores count the same event: one series, each with what both did. */
static void test_rows_of_one_name(void **state)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_PMU_EVENT);
	size_t enabled = table_column(t, "enabled", VALUE_COUNTER, UNIT_NS);
	size_t supported = table_column(t, "supported", VALUE_GAUGE, UNIT_COUNT);

	row_set(t, table_row(t, 1, "cycles/user"), enabled, 2000000000, "test");
	row_set(t, table_row(t, 1, "cycles/user"), supported, 1, "test");
	row_lacks(t, table_row(t, 2, "cycles/kernel"), enabled, "not here");
	row_set(t, table_row(t, 2, "cycles/kernel"), supported, 0, "test");
	row_set(t, table_row(t, 31, "cycles/user"), enabled, 500000000, "test");
	row_set(t, table_row(t, 31, "cycles/user"), supported, 1, "test");
	row_set(t, table_row(t, 32, "cycles/kernel"), enabled, 7, "test");
	row_set(t, table_row(t, 32, "cycles/kernel"), supported, 1, "test");
	expect(s, "# HELP pgtop_pmu_event_enabled_seconds_total Time in which an event was "
		  "enabled, sum over CPUs\n"
		  "# TYPE pgtop_pmu_event_enabled_seconds_total counter\n"
		  "pgtop_pmu_event_enabled_seconds_total{event=\"cycles/user\"} 2.500000000\n"
		  "pgtop_pmu_event_enabled_seconds_total{event=\"cycles/kernel\"} "
		  "0.000000007\n"
		  "# HELP pgtop_pmu_event_supported 1 if this machine can count the event\n"
		  "# TYPE pgtop_pmu_event_supported gauge\n"
		  "pgtop_pmu_event_supported{event=\"cycles/user\"} 1\n"
		  "pgtop_pmu_event_supported{event=\"cycles/kernel\"} 0\n");
	snapshot_free(s);
}

/* Where only the total is known, or where it is 0, it has a series all the same. */
static void test_total_for_rows(void **state)
{
	static const char head[] =
		"# HELP pgtop_contpte_unfolds_total Contiguous blocks unfolded "
		"into single PTEs\n"
		"# TYPE pgtop_contpte_unfolds_total counter\n"
		"pgtop_contpte_unfolds_total{reason=";
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_UNFOLD_REASON);
	char wanted[256];

	table_lacks(t, "no program could be loaded");
	snapshot_set(s, F_CONTPTE_UNFOLDS, 23, "/proc/vmstat");
	snprintf(wanted, sizeof(wanted), "%s\"unknown\"} 23\n", head);
	expect(s, wanted);
	row_set(t, table_row(t, 4, "api"),
		table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT), 29, "test");
	snprintf(wanted, sizeof(wanted), "%s\"api\"} 29\n", head);
	expect(s, wanted);
	snapshot_free(s);
}

static void test_programs(void **state)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_BPF_PROGRAM);
	size_t time = table_column(t, "run_time", VALUE_COUNTER, UNIT_NS);
	size_t runs = table_column(t, "runs", VALUE_COUNTER, UNIT_COUNT);

	row_set(t, table_row(t, 0, "walk_vma"), time, 1500, "test");
	row_set(t, table_row(t, 0, "walk_vma"), runs, 11, "test");
	row_set(t, table_row(t, 0, "fold_tp"), time, 0, "test");
	row_set(t, table_row(t, 0, "fold_tp"), runs, 0, "test");
	expect(s, "# HELP pgtop_bpf_run_time_seconds_total Time in pgtop's BPF programs (only "
		  "while kernel.bpf_stats_enabled=1)\n"
		  "# TYPE pgtop_bpf_run_time_seconds_total counter\n"
		  "pgtop_bpf_run_time_seconds_total{program=\"walk_vma\"} 0.000001500\n"
		  "pgtop_bpf_run_time_seconds_total{program=\"fold_tp\"} 0.000000000\n"
		  "# HELP pgtop_bpf_runs_total Runs of pgtop's BPF programs (only while "
		  "kernel.bpf_stats_enabled=1)\n"
		  "# TYPE pgtop_bpf_runs_total counter\n"
		  "pgtop_bpf_runs_total{program=\"walk_vma\"} 11\n"
		  "pgtop_bpf_runs_total{program=\"fold_tp\"} 0\n");
	snapshot_free(s);
}

/* 3 of up to 1024 ns, 4 of up to 2048, 5 of longer than any bucket: counts add up. */
static void test_histogram(void **state)
{
	static const char *const lines[] = {
		"_bucket{le=\"1.28e-07\"} 0\n",
		"_bucket{le=\"5.12e-07\"} 0\n",
		"_bucket{le=\"1.024e-06\"} 3\n",
		"_bucket{le=\"2.048e-06\"} 7\n",
		"_bucket{le=\"0.016777216\"} 7\n",
		"_bucket{le=\"+Inf\"} 12\n",
		"_sum 0.100009000\n",
		"_count 12\n",
	};
	struct snapshot *s = snapshot_new();
	struct metrics_input in = { .snapshot = s };
	struct table *t = snapshot_table(s, TABLE_UNFOLD_LATENCY);
	size_t n = table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT);
	_cleanup_free_ char *text = NULL;

	row_set(t, table_row(t, 1024, NULL), n, 3, "test");
	row_set(t, table_row(t, 2048, NULL), n, 4, "test");
	row_set(t, table_row(t, UINT64_MAX, NULL), n, 5, "test");
	snapshot_set(s, F_CONTPTE_UNFOLD_TIME, 100009000, "test");
	text = text_of(&in);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_non_null(strstr(text, lines[i]));
	snapshot_free(s);
}

/* Without the sum there is no histogram: one of 0 would say that nothing takes time. */
static void test_histogram_without_sum(void **state)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_UNFOLD_LATENCY);

	row_set(t, table_row(t, 1024, NULL),
		table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT), 3, "test");
	snapshot_lacks(s, F_CONTPTE_UNFOLD_TIME, "an old record");
	expect(s, "");
	snapshot_free(s);
}

static void test_about(void **state)
{
	struct snapshot *s = snapshot_new();
	struct metric_sample about[METRICS_ABOUT];
	struct metrics_input in = { .snapshot = s, .sample = about, .nsamples = 2 };
	_cleanup_free_ char *text = NULL;

	snapshot_fact(s, FACT_PATCH_ABI, "3 (a \"part\")");
	s->real_ns = 1700000000250000000;
	metrics_about(s, about);
	text = text_of(&in);
	assert_non_null(
		strstr(text, "\npgtop_build_info{version=\"" PGTOP_VERSION "\",libbpf=\"v"));
	assert_non_null(strstr(text, ",kernel_abi=\"3 (a \\\"part\\\")\"} 1\n"));
	assert_non_null(strstr(text, "\npgtop_last_update_timestamp_seconds 1700000000.25\n"));
	snapshot_free(s);
}

static void test_probe(void **state)
{
	struct snapshot *s = snapshot_new();
	struct probe *p = probe_new();
	struct metrics_input in = { .snapshot = s, .probe = p };
	_cleanup_free_ char *text = NULL;

	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_DEGRADED, "fentry x", "w", NULL);
	probe_add(p, PROBE_MEASUREMENT, "contpte.folds", PROBE_UNAVAILABLE, NULL, "w", NULL);
	probe_add(p, PROBE_LEVER, "lever.thp", PROBE_OK, "sysfs", NULL, NULL);
	text = text_of(&in);
	assert_string_equal(
		text, "# HELP pgtop_probe_attached 1 if the measurement works; via names "
		      "the means\n"
		      "# TYPE pgtop_probe_attached gauge\n"
		      "pgtop_probe_attached{probe=\"tlb.flushes\",via=\"fentry x\"} 1\n"
		      "pgtop_probe_attached{probe=\"contpte.folds\",via=\"\"} 0\n");
	probe_free(p);
	snapshot_free(s);
}

static void test_given(void **state)
{
	struct snapshot *s = snapshot_new();
	struct metric_sample samples[] = {
		{ "policy_yielded", { { "lever", "mthp.64K" } }, 1 },
		{ "windows_total", { { NULL } }, 9007199254740992.0 },
	};
	struct metrics_input in = { .snapshot = s, .sample = samples, .nsamples = 2 };
	_cleanup_free_ char *text = text_of(&in);

	assert_string_equal(
		text,
		"# HELP pgtop_policy_yielded 1 while pgtopd yields the knob to another writer\n"
		"# TYPE pgtop_policy_yielded gauge\n"
		"pgtop_policy_yielded{lever=\"mthp.64K\"} 1\n"
		"# HELP pgtop_windows_total Windows that were compared with the one before\n"
		"# TYPE pgtop_windows_total counter\n"
		"pgtop_windows_total 9007199254740992\n");
	snapshot_free(s);
}

static void test_given_wrongly(void **state)
{
	static const struct metric_sample wrong[] = {
		{ "no_such_metric", { { NULL } }, 1 },
		{ "contpte_folds_total", { { NULL } }, 1 }, /* a field's */
		{ "windows_total", { { NULL } }, NAN },
	};
	struct snapshot *s = snapshot_new();
	FILE *f = fopen("/dev/null", "w");

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct metrics_input in = { .snapshot = s,
					    .sample = &wrong[i],
					    .nsamples = 1 };

		assert_int_equal(metrics_write(f, &in), -EINVAL);
	}
	fclose(f);
	snapshot_free(s);
}

static void expect_label(const char *text, const char *wanted)
{
	char *got;
	size_t len;
	FILE *f = open_memstream(&got, &len);

	metrics_label(f, text);
	fclose(f);
	assert_string_equal(got, wanted);
	free(got);
}

#define BAD "\xef\xbf\xbd"

static void test_labels(void **state)
{
	expect_label("", "\"\"");
	expect_label("a\\b\"c\nd", "\"a\\\\b\\\"c\\nd\"");
	expect_label("gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"");
	expect_label("\xf0\x9f\x90\xa7", "\"\xf0\x9f\x90\xa7\"");
	/* cut short, overlong, a surrogate, above U+10FFFF, stray bytes */
	expect_label("a\xc3", "\"a" BAD "\"");
	expect_label("\xe2\x82", "\"" BAD BAD "\"");
	expect_label("\xc0\xaf", "\"" BAD BAD "\"");
	expect_label("\xed\xa0\x80", "\"" BAD BAD BAD "\"");
	expect_label("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"");
	expect_label("\x80x\xff", "\"" BAD "x" BAD "\"");
}

/* What the Prometheus documentation asks of names ("Metric and label naming"). */
static void test_names(void **state)
{
	for (size_t i = 0; i < metrics_count; i++) {
		const struct metric *m = &metrics[i];
		size_t len = strlen(m->name);

		assert_int_equal(strspn(m->name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
				 len);
		assert_int_equal(m->kind == METRIC_COUNTER,
				 len > 6 && !strcmp(m->name + len - 6, "_total"));
		assert_true(!m->ns || strstr(m->name, "_seconds"));
		assert_non_null(m->help);
		assert_null(strpbrk(m->help, "\\\n"));
		assert_ptr_equal(metric_named(m->name), m); /* no name twice */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_known_zero_is_zero),
		cmocka_unit_test(test_fields_with_labels),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_inherited_policy),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_rows_of_one_name),
		cmocka_unit_test(test_total_for_rows),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_histogram_without_sum),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_given_wrongly),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
