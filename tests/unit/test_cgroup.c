// SPDX-License-Identifier: GPL-2.0-only
/* Cgroup paths by id: ids are inode numbers, so directories of a made-up / have some, too. */
#include "tree.h"

#include <stdbool.h>

#include "host/cgroup.h"

static uint64_t inode(const char *root, const char *path)
{
	char full[4096];
	struct stat st;

	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(stat(full, &st), 0);
	return st.st_ino;
}

static void test_paths(void **state)
{
	const char *root = *state;
	struct cgroups *c;
	uint64_t late;

	tree_file(root, "/proc/self/mounts",
		  "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
		  "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n");
	tree_file(root, "/sys/fs/cgroup/cpu/other/tasks", "");
	tree_file(root, "/sys/fs/cgroup/unified/a.slice/b.service/cgroup.procs", "1\n");
	c = cgroups_new(root);
	assert_non_null(c);
	assert_string_equal(cgroups_path(c, inode(root, "/sys/fs/cgroup/unified")), "/");
	assert_string_equal(cgroups_path(c, inode(root, "/sys/fs/cgroup/unified/a.slice")),
			    "/a.slice");
	assert_string_equal(
		cgroups_path(c, inode(root, "/sys/fs/cgroup/unified/a.slice/b.service")),
		"/a.slice/b.service");
	assert_null(cgroups_path(c, inode(root, "/sys/fs/cgroup/cpu/other")));
	assert_null(cgroups_path(c, 0));

	/* One made later is found after a refresh, not before. */
	tree_dir(root, "/sys/fs/cgroup/unified/late");
	late = inode(root, "/sys/fs/cgroup/unified/late");
	assert_null(cgroups_path(c, late));
	cgroups_refresh(c);
	assert_string_equal(cgroups_path(c, late), "/late");
	cgroups_free(c);
	cgroups_free(NULL);
}

/* Directories are hidden from a scan that is not to be made, and would be lost by it. */
static void hide(const char *root, bool hidden)
{
	char from[4096], to[4096];

	snprintf(from, sizeof(from), "%s/sys/fs/cgroup", root);
	snprintf(to, sizeof(to), "%s/sys/fs/hidden", root);
	assert_int_equal(hidden ? rename(from, to) : rename(to, from), 0);
}

/* What is gone costs one scan when it is missed, not one in each series. */
static void test_gone(void **state)
{
	const uint64_t gone[] = { UINT64_MAX - 1, 3, UINT64_MAX - 2 };
	const char *root = *state;
	struct cgroups *c;
	uint64_t id, late;

	tree_file(root, "/proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
	tree_file(root, "/sys/fs/cgroup/a.slice/cgroup.procs", "1\n");
	id = inode(root, "/sys/fs/cgroup/a.slice");
	c = cgroups_new(root);
	for (int series = 0; series < 2; series++) {
		for (size_t i = 0; i < 3; i++)
			assert_null(cgroups_path(c, gone[i]));
		cgroups_refresh(c);
	}
	for (int series = 0; series < 5; series++) {
		hide(root, true);
		for (size_t i = 0; i < 3; i++)
			assert_null(cgroups_path(c, gone[i]));
		hide(root, false);
		assert_string_equal(cgroups_path(c, id), "/a.slice");
		cgroups_refresh(c);
	}
	/* a new one is found all the same */
	tree_dir(root, "/sys/fs/cgroup/late");
	late = inode(root, "/sys/fs/cgroup/late");
	assert_null(cgroups_path(c, gone[1]));
	assert_string_equal(cgroups_path(c, late), "/late");
	/* what nobody asks for any more is forgotten: it could be anything */
	cgroups_refresh(c);
	cgroups_refresh(c);
	hide(root, true);
	assert_null(cgroups_path(c, gone[0]));
	assert_null(cgroups_path(c, id));
	hide(root, false);
	cgroups_free(c);
}

static void test_no_hierarchy(void **state)
{
	struct cgroups *c = cgroups_new(*state);

	assert_non_null(c);
	assert_null(cgroups_path(c, 1));
	tree_file(*state, "/proc/self/mounts", "proc /proc proc rw 0 0\n");
	cgroups_refresh(c);
	assert_null(cgroups_path(c, 1));
	tree_file(*state, "/proc/self/mounts", "cgroup2 /not/there cgroup2 rw 0 0\n");
	cgroups_refresh(c);
	assert_null(cgroups_path(c, 1));
	cgroups_free(c);
}

static void test_mounts(void **state)
{
	static const char *const none[] = {
		"",
		"\n",
		"cgroup2",
		"cgroup2\n",
		"cgroup2 /sys/fs/cgroup",
		"cgroup2 /sys/fs/cgroup\ncgroup2 rw 0 0\n",
		"cgroup2 /sys/fs/cgroup cgroup2x rw 0 0\n",
		"cgroup2 /sys/fs/cgroup cgroup rw 0 0\n",
		"a  cgroup2\n",
	};
	char buf[16];

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(cgroup_mount(none[i], buf, sizeof(buf)), -ENOENT);
	assert_int_equal(cgroup_mount("x /cg cgroup2 rw 0 0\n", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/cg");
	assert_int_equal(cgroup_mount("x / tmpfs\nx /c cgroup2", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/c");
	assert_int_equal(cgroup_mount("x /a/very/long/path cgroup2 rw\n", buf, sizeof(buf)),
			 -ENOSPC);
}

static int setup(void **state)
{
	*state = tree_new();
	return 0;
}

static int teardown(void **state)
{
	tree_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_hierarchy, setup, teardown),
		cmocka_unit_test(test_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
