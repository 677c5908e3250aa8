// SPDX-License-Identifier: GPL-2.0-only
/* When windows end; times are in seconds here. */
#include "tree.h"
#include "window.h"

#define S UINT64_C(1000000000)

static enum window_verdict end(struct window *w, double mono, double boot)
{
	return window_end(w, mono * S, boot * S);
}

static void test_regular(void **state)
{
	struct window w;

	window_start(&w, 10 * S, 1000 * S);
	assert_int_equal(w.next_ns, 1000 * S);
	assert_int_equal(end(&w, 1000, 5000), WINDOW_FIRST);
	assert_int_equal(w.next_ns, 1010 * S);
	assert_int_equal(end(&w, 1010.01, 5010.01), WINDOW_GOOD);
	/* a late end does not move those after it */
	assert_int_equal(end(&w, 1020.5, 5020.5), WINDOW_GOOD);
	assert_int_equal(w.next_ns, 1030 * S);
	assert_int_equal(w.good, 2);
	assert_int_equal(w.overruns, 0);
	assert_int_equal(w.discarded, 0);
}

/* 35 s late: three ends were missed and are skipped; the window is no evidence. */
static void test_late(void **state)
{
	struct window w;

	window_start(&w, 10 * S, 1000 * S);
	end(&w, 1000, 1000);
	assert_int_equal(end(&w, 1045, 1045), WINDOW_LATE);
	assert_int_equal(w.overruns, 3);
	assert_int_equal(w.discarded, 1);
	assert_int_equal(w.next_ns, 1050 * S);
	assert_int_equal(end(&w, 1050, 1050), WINDOW_GOOD);
	/* one end missed, but not twice as long: an overrun that can be compared */
	assert_int_equal(end(&w, 1070, 1070), WINDOW_GOOD);
	assert_int_equal(w.overruns, 4);
}

/* CLOCK_MONOTONIC stands still while the machine sleeps, CLOCK_BOOTTIME does not. */
static void test_suspend(void **state)
{
	struct window w;

	window_start(&w, 10 * S, 1000 * S);
	end(&w, 1000, 1000);
	assert_int_equal(end(&w, 1010, 4610), WINDOW_SUSPENDED);
	assert_int_equal(w.discarded, 1);
	assert_int_equal(w.overruns, 0);
	assert_int_equal(end(&w, 1020, 4620), WINDOW_GOOD);
	assert_int_equal(end(&w, 1030, 4630.05), WINDOW_GOOD);
	assert_int_equal(end(&w, 1040, 4640.2), WINDOW_SUSPENDED);
}

static void test_resize(void **state)
{
	struct window w;

	window_start(&w, 10 * S, 1000 * S);
	end(&w, 1000, 1000);
	window_resize(&w, 1 * S, 1004 * S);
	assert_int_equal(w.next_ns, 1005 * S);
	/* what it is compared with was read for a window of another length */
	assert_int_equal(end(&w, 1005, 1005), WINDOW_FIRST);
	assert_int_equal(end(&w, 1006, 1006), WINDOW_GOOD);
}

/* However long windows take to read, there is time between them. */
static void test_due(void **state)
{
	struct window w;

	window_start(&w, 10 * S, 1000 * S);
	end(&w, 1000, 1000);
	assert_int_equal(window_due(&w, 1002 * S), 1010 * S);
	assert_int_equal(window_due(&w, 1010 * S), 1011 * S);
	assert_int_equal(window_due(&w, 1013 * S), 1014 * S);
	/* it is still compared, and the ends stay where they are */
	assert_int_equal(end(&w, 1014, 1014), WINDOW_GOOD);
	assert_int_equal(window_due(&w, 1015 * S), 1020 * S);
}

static void test_overdue(void **state)
{
	struct window w;

	window_start(&w, 10 * S, 1000 * S);
	end(&w, 1000, 1000);
	assert_false(window_overdue(&w, 1010 * S));
	assert_false(window_overdue(&w, 1020 * S));
	assert_true(window_overdue(&w, 1021 * S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regular), cmocka_unit_test(test_late),
		cmocka_unit_test(test_suspend), cmocka_unit_test(test_resize),
		cmocka_unit_test(test_overdue), cmocka_unit_test(test_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
