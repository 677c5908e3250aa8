// SPDX-License-Identifier: GPL-2.0-only
/* Times as people give them.  Expected values are those of `TZ=... date -d ... +%s`. */
#include "tree.h"

#include <time.h>

#include "util/util.h"
#include "when.h"

/* 2026-12-01 15:00:00 in Berlin */
#define NOW UINT64_C(1796133600)

static void test_good(void **state)
{
	static const struct {
		const char *text;
		uint64_t s;
	} good[] = {
		{ "14:05", 1796130300 },
		{ "14:05:30", 1796130330 },
		{ "15:00", NOW },
		{ "15:01", 1796047260 }, /* yesterday */
		{ "2026-12-01 14:05", 1796130300 },
		{ "2026-12-01 14:05:30", 1796130330 },
		{ "2026-12-01T14:05", 1796130300 },
		{ "2026-07-01 14:05", 1782907500 }, /* in summer */
		{ "2026-10-25 04:00", 1792897200 },
		{ "-2h", NOW - 7200 },
		{ "2h", NOW - 7200 },
		{ "-30min", NOW - 1800 },
		{ "-90s", NOW - 90 },
		{ "-3d", NOW - 259200 },
		{ "1796130300", 1796130300 },
		{ "@17", 17 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		uint64_t s = 0;

		if (when_parse(good[i].text, NOW, &s) || s != good[i].s)
			fail_msg("'%s' is %lu", good[i].text, s);
	}
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "",
					   "now",
					   "14",
					   "2026",
					   "25:00",
					   "14:60",
					   "14:05 ",
					   " 14:05",
					   "14:05:61x",
					   "2026-02-30 12:00",
					   "2026-13-01 12:00",
					   "2026-12-01",
					   "+2h",
					   "--2h",
					   "-2",
					   "-h",
					   "-2x",
					   "-99999999d",
					   "1796130300.5",
					   "@",
					   "@-1",
					   "@1796130300x",
					   "99999999999",
					   "2026-03-29 02:30",
					   "14:05; rm -r" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint64_t s = 5;

		if (when_parse(bad[i], NOW, &s) != -EINVAL)
			fail_msg("'%s' is taken as %lu", bad[i], s);
		assert_int_equal(s, 5);
	}
}

static void test_text(void **state)
{
	char buf[WHEN_LEN];

	assert_string_equal(when_text(UINT64_C(1796130300999999999), buf),
			    "2026-12-01 14:05:00 CET");
	assert_string_equal(when_text(UINT64_C(1782907500000000000), buf),
			    "2026-07-01 14:05:00 CEST");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_text),
	};

	/* Berlin, by its rule (POSIX): no file of time zones is needed */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
