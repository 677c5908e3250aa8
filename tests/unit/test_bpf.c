// SPDX-License-Identifier: GPL-2.0-only
/* Reading a map of the running kernel: what is read, and in how many calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <bpf/bpf.h>

#include "tracing/bpf.h"
#include "bpf_calls.h"

#define N 1009 /* a prime */

/* As before 5.6. */
static int no_batch(long cmd, const union bpf_attr *attr)
{
	return cmd == BPF_MAP_LOOKUP_BATCH ? EINVAL : 0;
}

struct element {
	uint64_t n, square;
	uint32_t odd;
};

static int make(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "test", sizeof(uint32_t),
				sizeof(struct element), N + 1, NULL);

	for (uint32_t i = 0; fd >= 0 && i <= N; i++) {
		struct element e = { i, (uint64_t)i * i, i % 2 };

		assert_int_equal(bpf_map_update_elem(fd, &i, &e, BPF_ANY), 0);
	}
	return fd;
}

static void expect_elements(int fd, uint32_t n)
{
	struct element *e = calloc(n + 1, sizeof(*e));

	assert_int_equal(bpf_array_read(fd, n, e, sizeof(*e)), 0);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(e[i].n, i);
		assert_int_equal(e[i].square, (uint64_t)i * i);
		assert_int_equal(e[i].odd, i % 2);
	}
	assert_int_equal(e[n].square, 0);
	free(e);
}

static void test_one_call(void **state)
{
	int fd = make();

	if (fd < 0)
		skip(); /* not root */
	bpf_calls.n = 0;
	expect_elements(fd, N);
	assert_int_equal(bpf_calls.n, 1);
	expect_elements(fd, 1);
	assert_int_equal(bpf_calls.n, 2);
	expect_elements(fd, N + 1); /* all there are */
	assert_int_equal(bpf_calls.n, 3);
	close(fd);
}

static void test_without_batch(void **state)
{
	int fd = make();

	if (fd < 0)
		skip();
	bpf_calls.refuse = no_batch;
	bpf_calls.n = 0;
	expect_elements(fd, N);
	bpf_calls.refuse = NULL;
	assert_int_equal(bpf_calls.n, 1 + N);
	close(fd);
}

static void test_no_map(void **state)
{
	struct element e;

	assert_int_equal(bpf_array_read(-1, 1, &e, sizeof(e)), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_call),
		cmocka_unit_test(test_without_batch),
		cmocka_unit_test(test_no_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
