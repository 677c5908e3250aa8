// SPDX-License-Identifier: GPL-2.0-only
/*
 * Learning what entries look like from pages that move meanwhile.  The programs are real; what
 * they see is judged by stand-ins for ptgeometry.c.
 */
#include "tree.h"

#include <errno.h>

#include "tracing/bpf.h"
#include "pagewalk/ptgeometry.h"
#include "pagewalk/ptreader.h"

static unsigned int finds, learns;
static unsigned int find_fails, learn_fails; /* so many times */

int ptgeometry_find(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
		    struct walk_tables *ret)
{
	if (finds++ < find_fails)
		return -ENOENT;
	*ret = (struct walk_tables){ .levels = 4, .page_shift = 12, .va_bits = 48 };
	return 0;
}

int ptgeometry_learn_absent(struct walk_tables *t, uint64_t protnone)
{
	if (learns++ < learn_fails)
		return -EINVAL;
	t->invalid_mask = 1u << 11;
	return 0;
}

int ptgeometry_find_root(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
			 const struct walk_tables *t, uint64_t low, uint64_t high,
			 uint64_t *ret)
{
	return -ENOENT;
}

void ptgeometry_reach(struct walk_tables *t, const struct physmem *memory)
{
}

uint64_t ptgeometry_frame(const struct walk_tables *t, uint64_t entry)
{
	return entry;
}

uint64_t ptgeometry_span(const struct walk_tables *t, unsigned int level)
{
	return 4096;
}

static struct host *arm64(void)
{
	struct host *h;

	finds = learns = find_fails = learn_fails = 0;
	assert_int_equal(host_new("", &h), 0);
	if (bpf_ready(h, NULL, NULL)) {
		host_free(h);
		skip(); /* not root */
	}
	h->arch = ARCH_ARM64;
	return h;
}

static void expect(struct host *h, bool user, bool absent)
{
	struct ptreader r;

	assert_int_equal(ptreader_init(&r, h, true, false, false), 0);
	assert_int_equal(!r.user.why, user);
	assert_int_equal(r.absent, absent);
	if (absent)
		assert_int_equal(r.tables->invalid_mask, 1u << 11);
	ptreader_done(&r);
	host_free(h);
}

static void test_at_once(void **state)
{
	expect(arm64(), true, true);
	assert_int_equal(finds, 1);
	assert_int_equal(learns, 1);
}

/* The page without access was just being moved. */
static void test_absent_again(void **state)
{
	struct host *h = arm64();

	learn_fails = 2;
	expect(h, true, true);
	assert_int_equal(learns, 3);
}

/* A kernel that marks it otherwise: memory that is there is walked all the same. */
static void test_absent_unknown(void **state)
{
	struct host *h = arm64();

	learn_fails = 100;
	expect(h, true, false);
	assert_in_range(learns, 1, 5);
}

static void test_no_geometry(void **state)
{
	struct host *h = arm64();

	find_fails = 100;
	expect(h, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_absent_again),
		cmocka_unit_test(test_absent_unknown),
		cmocka_unit_test(test_no_geometry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
