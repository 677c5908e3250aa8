// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy_bench.h"

#include "policy/hours.h"

/* 2026-12-01 was a Tuesday; date -u -d '2026-12-01 00:00' +%s */
#define TUESDAY 1796083200u
#define MINUTE	60u
#define DAY	86400u

static bool at(const char *hours, unsigned int s)
{
	struct hours h;

	assert_int_equal(hours_parse(hours, &h), 0);
	return hours_include(&h, (TUESDAY + s) * 1000000000ull);
}

static void test_any(void **state)
{
	assert_true(at("any", 0));
	assert_true(at("any", 3 * DAY + 17));
}

static void test_time_of_day(void **state)
{
	assert_false(at("02:30-05:00", 150 * MINUTE - 1));
	assert_true(at("02:30-05:00", 150 * MINUTE));
	assert_true(at("02:30-05:00", 300 * MINUTE - 1));
	assert_false(at("02:30-05:00", 300 * MINUTE));
	assert_true(at("02:30-05:00", 4 * DAY + 200 * MINUTE));
	assert_true(at("22:00-24:00", DAY - 1));
	assert_false(at("22:00-24:00", DAY));
}

static void test_days(void **state)
{
	assert_true(at("Tue 00:00-24:00", 0));
	assert_false(at("Tue 00:00-24:00", DAY));
	assert_false(at("Sat,Sun 00:00-24:00", 3 * DAY));
	assert_true(at("Sat,Sun 00:00-24:00", 4 * DAY));
	assert_true(at("Sat,Sun 00:00-24:00", 5 * DAY));
	assert_false(at("Sat,Sun 00:00-24:00", 6 * DAY));
	assert_true(at("Fri-Mon 00:00-24:00", 6 * DAY));
	assert_false(at("Fri-Mon 00:00-24:00", 7 * DAY));
}

/* The night belongs to the day it begins on. */
static void test_past_midnight(void **state)
{
	assert_false(at("Tue 22:00-04:00", 3 * 60 * MINUTE));
	assert_true(at("Tue 22:00-04:00", 22 * 60 * MINUTE));
	assert_true(at("Tue 22:00-04:00", DAY + 3 * 60 * MINUTE));
	assert_false(at("Tue 22:00-04:00", DAY + 4 * 60 * MINUTE));
	assert_false(at("Tue 22:00-04:00", DAY + 22 * 60 * MINUTE));
	/* from Saturday into Sunday */
	assert_true(at("Sat 22:00-04:00", 5 * DAY + 60 * MINUTE));
}

static void test_time_zone(void **state)
{
	setenv("TZ", "IST-05:30", 1);
	tzset();
	assert_true(at("Tue 05:30-06:00", 0));
	assert_false(at("Tue 00:00-05:30", 0));
	setenv("TZ", "UTC", 1);
	tzset();
}

static void test_round(void **state)
{
	static const char *const same[] = { "any", "02:30-05:00", "Sun,Sat 22:00-04:00",
					    "Mon,Tue,Wed,Thu,Fri 00:00-24:00" };
	char text[HOURS_TEXT];
	struct hours h;

	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		assert_int_equal(hours_parse(same[i], &h), 0);
		hours_format(&h, text, sizeof(text));
		assert_string_equal(text, same[i]);
	}
	assert_int_equal(hours_parse("Fri-Sun 01:00-02:00", &h), 0);
	hours_format(&h, text, sizeof(text));
	assert_string_equal(text, "Sun,Fri,Sat 01:00-02:00");
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"Any",
		"2:00-5:00",
		"02:00",
		"02:00-",
		"02:00-02:00",
		"02:60-03:00",
		"24:00-01:00",
		"25:00-01:00",
		"02:00-24:01",
		"Sat",
		"Sat ",
		"Sat,",
		"Sat02:00-03:00",
		"Sat-02:00-03:00",
		"Foo 02:00-03:00",
		"Sat,Sun",
		"02:00-03:00 ",
		"Sat,,Sun 02:00-03:00",
		"02:00 - 03:00",
	};
	struct hours h = { .days = 5 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!hours_parse(bad[i], &h))
			fail_msg("'%s' was taken", bad[i]);
	}
	assert_int_equal(h.days, 5);
}

/* The bench begins at 14:13:20; date -u -d @1790000000 */
static void test_policy(void **state)
{
	const uint64_t three = 1790002800ull * 1000000000;
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	assert_int_equal(hours_parse("15:00-16:00", &b.c.maintenance), 0);
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	bench_windows(&b, 60);
	assert_int_equal(b.n, 0);
	assert_non_null(strstr(bench_status(&b, 0).why, "maintenance"));
	bench_until(&b, DECISION_TRY, 300);
	assert_in_range(b.real_ns, three, three + WINDOW_NS);
	bench_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any),	  cmocka_unit_test(test_time_of_day),
		cmocka_unit_test(test_days),	  cmocka_unit_test(test_past_midnight),
		cmocka_unit_test(test_time_zone), cmocka_unit_test(test_round),
		cmocka_unit_test(test_bad),	  cmocka_unit_test(test_policy),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
