// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <sys/resource.h>

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
	/* one whose first thread has ended, and the second, too */
	make_process(root, 13, "0 0 0 0 0 0 0\n", "0::/c\n");
	tree_file(root, "/proc/13/task/13/statm", "0 0 0 0 0 0 0\n");
	tree_file(root, "/proc/13/task/14/statm", "0 0 0 0 0 0 0\n");
	tree_file(root, "/proc/13/task/15/statm", "300 200 3 1 0 9 0\n");
	/* a zombie */
	make_process(root, 16, "0 0 0 0 0 0 0\n", "0::/c\n");
	tree_file(root, "/proc/16/task/16/statm", "0 0 0 0 0 0 0\n");
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

	expect_list(root, NULL, "8 13 10 7 ");
	expect_list(root, "/a", "8 7 ");
	expect_list(root, "/a/b", "8 ");
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
	assert_int_equal(process_resident(root, 13, &n), 0);
	assert_int_equal(n, 200);
	assert_int_equal(process_size(root, 13, &n), 0);
	assert_int_equal(n, 300);
	assert_int_equal(process_size(root, 16, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(process_memory_thread(root, 7), 7);
	assert_int_equal(process_memory_thread(root, 13), 15);
	assert_int_equal(process_memory_thread(root, 16), 0);
	assert_int_equal(process_memory_thread(root, 9), 0);
	assert_int_equal(process_memory_thread(root, 12), 0);
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

static void expect_look(const char *root, const char *status, const char *stat, int want,
			const struct process_look *look)
{
	struct process_look got = { .process = 1 };

	tree_file(root, "/proc/5/status", status);
	tree_file(root, "/proc/5/stat", stat);
	assert_int_equal(process_look(root, 5, &got), want);
	if (look) {
		assert_int_equal(got.process, look->process);
		assert_int_equal(got.ended, look->ended);
		assert_int_equal(got.kernel, look->kernel);
	}
}

/* Texts of Linux 6.18: a shell, a kernel thread, a thread, a zombie, one whose first thread
 * ended. */
static void test_look(void **state)
{
	static const char sleeps[] = "5 (a) b) S 1 5 5 0 -1 4194304 100";
	char *root = tree_new();

	expect_look(root, "Name:\ta) b\nState:\tS (sleeping)\nTgid:\t5\nThreads:\t1\n", sleeps,
		    0, &(struct process_look){ .process = 5 });
	expect_look(root, "Name:\tk\nState:\tI (idle)\nTgid:\t5\nThreads:\t1\n",
		    "5 (kworker/0:0H) I 2 0 0 0 -1 69238880 0", 0,
		    &(struct process_look){ .process = 5, .kernel = true });
	expect_look(root, "Name:\tt\nState:\tR (running)\nTgid:\t4\nThreads:\t3\n", sleeps, 0,
		    &(struct process_look){ .process = 4 });
	expect_look(root, "Name:\tz\nState:\tZ (zombie)\nTgid:\t5\nThreads:\t1\n",
		    "5 (z) Z 1 5 5 0 -1 4227084 0", 0,
		    &(struct process_look){ .process = 5, .ended = true });
	expect_look(root, "Name:\tl\nState:\tZ (zombie)\nTgid:\t5\nThreads:\t2\n",
		    "5 (l) Z 1 5 5 0 -1 4227148 0", 0, &(struct process_look){ .process = 5 });
	expect_look(root, "", sleeps, -EBADMSG, NULL);
	expect_look(root, "State:\tS\nTgid:\t5\nThreads:\t1\n", "5 (x) S 1", -EBADMSG, NULL);
	assert_int_equal(process_look(root, 6, NULL), -ENOENT);
	tree_free(root);
}

static void test_page_tables(void **state)
{
	char *root = tree_new();
	uint64_t n = 1;

	tree_file(root, "/proc/5/status",
		  "Name:\tx\nVmLib:\t    1516 kB\nVmPTE:\t      52 kB\nVmSwap:\t 0 kB\n");
	assert_int_equal(process_page_tables(root, 5, &n), 0);
	assert_int_equal(n, 52 << 10);
	tree_file(root, "/proc/5/status", "Name:\tkthreadd\nThreads:\t1\n");
	assert_int_equal(process_page_tables(root, 5, &n), -ENOENT);
	tree_file(root, "/proc/5/status", "Name:\tx\nVmPTE:\t kB\n");
	assert_int_equal(process_page_tables(root, 5, &n), -EBADMSG);
	assert_int_equal(process_page_tables(root, 6, &n), -ENOENT);
	assert_int_equal(n, 52 << 10);
	tree_free(root);
}

/* One descriptor is left for /proc, and none for the files in it. */
static void test_list_is_never_a_part(void **state)
{
	char *root = machine();
	struct rlimit limit, few;
	struct process *list;
	int next = dup(0);
	size_t n = 7;

	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = (struct rlimit){ next + 1, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(process_list(root, NULL, &list, &n), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(n, 7);
	tree_free(root);
}

static void test_in_cgroup(void **state)
{
	assert_true(process_in_cgroup("/a/b", "/a/b"));
	assert_true(process_in_cgroup("/a/b/c", "/a/b"));
	assert_true(process_in_cgroup("/", "/"));
	/* of another cgroup namespace */
	assert_false(process_in_cgroup("/../a", "/"));
	assert_false(process_in_cgroup("/..", "/"));
	assert_true(process_in_cgroup("/..a", "/"));
	assert_true(process_in_cgroup("/a", "/"));
	assert_false(process_in_cgroup("/a/bc", "/a/b"));
	assert_false(process_in_cgroup("/a", "/a/b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_page_tables),
		cmocka_unit_test(test_list_is_never_a_part),
		cmocka_unit_test(test_in_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
