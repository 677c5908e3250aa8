// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/process.h"

static void make_process(const char *root, int pid, const char *statm, const char *cgroup)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	tree_file(root, path, statm);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	tree_file(root, path, cgroup);
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	tree_file(root, path, "a name\n");
}

static char *machine(void)
{
	char *root = tree_new();

	make_process(root, 7, "100 20 3 1 0 9 0\n", "0::/a\n");
	make_process(root, 8, "900 700 3 1 0 9 0\n", "1:cpu:/x\n0::/a/b\n");
	make_process(root, 9, "0 0 0 0 0 0 0\n", "0::/a\n");
	make_process(root, 10, "50 40 3 1 0 9 0\n", "0::/ab\n");
	make_process(root, 11, "garbage\n", "0::/a\n");
	tree_file(root, "/proc/self/statm", "1 1\n");
	return root;
}

static void expect_list(const char *root, const char *cgroup, const char *want)
{
	struct process *list;
	char got[64] = "";
	size_t n;

	assert_int_equal(process_list(root, cgroup, &list, &n), 0);
	for (size_t i = 0; i < n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%d ", list[i].pid);
	assert_string_equal(got, want);
	free(list);
}

static void test_list(void **state)
{
	char *root = machine();

	expect_list(root, NULL, "8 10 7 ");
	expect_list(root, "/sys/fs/cgroup/a", "8 7 ");
	expect_list(root, "a/b", "8 ");
	expect_list(root, "/none", "");
	tree_free(root);
}

static void test_read(void **state)
{
	char *root = machine(), *text;
	uint64_t n = 5;

	assert_int_equal(process_resident(root, 7, &n), 0);
	assert_int_equal(n, 20);
	assert_int_equal(process_size(root, 7, &n), 0);
	assert_int_equal(n, 100);
	assert_int_equal(process_size(root, 11, &n), -EBADMSG);
	assert_int_equal(process_size(root, 12, &n), -ENOENT);
	assert_int_equal(n, 100);
	assert_int_equal(process_comm(root, 7, &text), 0);
	assert_string_equal(text, "a name");
	free(text);
	assert_int_equal(process_cgroup(root, 8, &text), 0);
	assert_string_equal(text, "/a/b");
	free(text);
	tree_file(root, "/proc/7/cgroup", "1:cpu:/x\n");
	assert_int_equal(process_cgroup(root, 7, &text), -ENOENT);
	tree_free(root);
}

static void test_in_cgroup(void **state)
{
	assert_true(process_in_cgroup("/a/b", "/sys/fs/cgroup/a/b"));
	assert_true(process_in_cgroup("/a/b", "/a/b/"));
	assert_true(process_in_cgroup("/a/b/c", "a/b"));
	assert_true(process_in_cgroup("/a", "/sys/fs/cgroup"));
	assert_true(process_in_cgroup("/a", "/"));
	assert_false(process_in_cgroup("/a/bc", "/a/b"));
	assert_false(process_in_cgroup("/a", "/a/b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_in_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
