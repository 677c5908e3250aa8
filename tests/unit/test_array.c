// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "util/array.h"

struct element {
	uint64_t key;
	unsigned int value;
};

static void test_reserve_one(void **state)
{
	unsigned int *v = NULL;

	for (unsigned int i = 0; i < 1000; i++) {
		assert_int_equal(array_reserve_one(&v, i, sizeof(*v)), 0);
		v[i] = 3 * i;
	}
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(v[i], 3 * i);
	/* after some were taken away, too */
	for (unsigned int i = 500; i < 2000; i++) {
		assert_int_equal(array_reserve_one(&v, i, sizeof(*v)), 0);
		v[i] = i;
	}
	assert_int_equal(v[499], 1497);
	assert_int_equal(v[1999], 1999);
	free(v);
}

static void test_reserve_one_without_memory(void **state)
{
	char *v = malloc(1), *was = v;

	v[0] = 7;
	assert_int_equal(array_reserve_one(&v, 1ull << 62, 16), -ENOMEM);
	assert_ptr_equal(v, was);
	assert_int_equal(v[0], 7);
	free(v);
}

static void test_reserve(void **state)
{
	uint32_t *v = NULL;
	size_t room = 0;

	assert_int_equal(array_reserve(&v, &room, 1, sizeof(*v)), 0);
	assert_int_equal(room, 4096);
	v[4095] = 5;
	assert_int_equal(array_reserve(&v, &room, 4096, sizeof(*v)), 0);
	assert_int_equal(room, 4096);
	assert_int_equal(array_reserve(&v, &room, 16385, sizeof(*v)), 0);
	assert_int_equal(room, 32768);
	v[32767] = 6;
	assert_int_equal(v[4095], 5);
	assert_int_equal(array_reserve(&v, &room, SIZE_MAX / 4, sizeof(*v)), -ENOMEM);
	assert_int_equal(room, 32768);
	assert_int_equal(v[32767], 6);
	free(v);
}

static void test_remove(void **state)
{
	unsigned int v[] = { 1, 2, 3, 4 };

	array_remove(v, 4, sizeof(*v), 1);
	assert_int_equal(v[0], 1);
	assert_int_equal(v[1], 3);
	assert_int_equal(v[2], 4);
	array_remove(v, 3, sizeof(*v), 2);
	assert_int_equal(v[1], 3);
	array_remove(v, 2, sizeof(*v), 0);
	assert_int_equal(v[0], 3);
}

static void test_upto(void **state)
{
	static const struct element v[] = { { 0, 0 }, { 5, 1 }, { 5, 2 }, { UINT64_MAX, 3 } };

	assert_int_equal(sorted_upto(NULL, 0, sizeof(v[0]), 9), 0);
	assert_int_equal(sorted_upto(v + 1, 3, sizeof(v[0]), 4), 0);
	assert_int_equal(sorted_upto(v, 4, sizeof(v[0]), 0), 1);
	assert_int_equal(sorted_upto(v, 4, sizeof(v[0]), 4), 1);
	assert_int_equal(sorted_upto(v, 4, sizeof(v[0]), 5), 3);
	assert_int_equal(sorted_upto(v, 4, sizeof(v[0]), UINT64_MAX - 1), 3);
	assert_int_equal(sorted_upto(v, 4, sizeof(v[0]), UINT64_MAX), 4);
}

/* 7919 is prime to 1000: each number below 1000 comes once, in no order. */
static void test_insert_in_any_order(void **state)
{
	struct element *v = NULL;
	size_t n = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		struct element *e = sorted_insert(&v, &n, sizeof(*v), i * 7919 % 1000);

		assert_int_equal(n, i + 1);
		assert_int_equal(e->value, 0);
		e->value = i;
	}
	for (unsigned int i = 0; i < 1000; i++) {
		assert_int_equal(v[i].key, i);
		assert_int_equal(v[i].value * 7919 % 1000, i);
		assert_ptr_equal(sorted_find(v, n, sizeof(*v), i), &v[i]);
		assert_ptr_equal(sorted_insert(&v, &n, sizeof(*v), i), &v[i]);
	}
	assert_int_equal(n, 1000);
	assert_null(sorted_find(v, n, sizeof(*v), 1000));
	assert_null(sorted_find(NULL, 0, sizeof(*v), 0));
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserve_one),
		cmocka_unit_test(test_reserve_one_without_memory),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_upto),
		cmocka_unit_test(test_insert_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
