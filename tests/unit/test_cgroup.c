// SPDX-License-Identifier: GPL-2.0-only
/* Cgroup paths by id: ids are inode numbers, so directories of a made-up / have some, too. */
#include "tree.h"

#include <stdbool.h>
#include <sys/resource.h>

#include "host/cgroup.h"
#include "host/cgroup_path.h"
#include "util/util.h"

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

/* Names as LXC, podman and users make them; only "." and ".." are no cgroups. */
static void test_names(void **state)
{
	static const char *const names[] = { "/.lxc", "/..x", "/...", "/.a/.b", "/a b", "/-" };
	const char *root = *state;
	struct cgroups *c;

	tree_file(root, "/proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[64];

		snprintf(path, sizeof(path), "/sys/fs/cgroup%s", names[i]);
		tree_dir(root, path);
	}
	c = cgroups_new(root);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *got;
		char path[64];

		snprintf(path, sizeof(path), "/sys/fs/cgroup%s", names[i]);
		got = cgroups_path(c, inode(root, path));
		if (!got || strcmp(got, names[i]))
			fail_msg("%s: %s", names[i], got ? got : "(none)");
	}
	cgroups_free(c);
}

/* A container that is shown its part of the host's hierarchy, by the host's paths. */
static void test_part(void **state)
{
	const char *root = *state;
	struct cgroups *c;

	tree_file(root, "/proc/self/mountinfo",
		  "30 25 0:26 /docker/c0ffee /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
	tree_dir(root, "/sys/fs/cgroup/job");
	c = cgroups_new(root);
	assert_string_equal(cgroups_path(c, inode(root, "/sys/fs/cgroup")), "/docker/c0ffee");
	assert_string_equal(cgroups_path(c, inode(root, "/sys/fs/cgroup/job")),
			    "/docker/c0ffee/job");
	cgroups_free(c);
}

#define V1 "31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"

static const struct {
	const char *name, *mountinfo, *text;
	int result;
	const char *want; /* the path, or what the reason says */
} resolutions[] = {
#define V2 "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
	{ "v2", V2, "/a/b", 0, "/a/b" },
	{ "v2", V2, "a/b", 0, "/a/b" },
	{ "v2", V2, "a/b/", 0, "/a/b" },
	{ "v2", V2, "//a//b", 0, "/a/b" },
	{ "v2", V2, "./a/./b/.", 0, "/a/b" },
	{ "v2", V2, "/sys/fs/cgroup/a", 0, "/a" },
	{ "v2", V2, "/sys/fs/cgroup", 0, "/" },
	{ "v2", V2, "/", 0, "/" },
	{ "v2", V2, "", 0, "/" },
	{ "v2", V2, "a/../a/b", 0, "/a/b" },
	{ "v2", V2, "a/b/..", 0, "/a" },
	{ "v2", V2, ".lxc", 0, "/.lxc" },
	{ "v2", V2, "..", -EINVAL, "leads out of the hierarchy" },
	{ "v2", V2, "a/../../b", -EINVAL, "leads out" },
	{ "v2", V2, "nobody", -ENOENT,
	  "there is no cgroup 'nobody'; give a path below /sys/fs/cgroup" },
	/* a name that only begins alike */
	{ "v2", V2, "/sys/fs/cgroupx/a", -ENOENT, "there is no cgroup" },
	{ "v2", V2, "a/file", -ENOENT, "there is no cgroup" },

#define HYBRID V1 "30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	{ "hybrid", HYBRID, "/u", 0, "/u" },
	{ "hybrid", HYBRID, "u", 0, "/u" },
	{ "hybrid", HYBRID, "/sys/fs/cgroup/unified/u", 0, "/u" },
	{ "hybrid", HYBRID, "unified/u", 0, "/u" },
	{ "hybrid", HYBRID, "unified", 0, "/" },
	{ "hybrid", HYBRID, "/sys/fs/cgroup/memory/m", -ENOENT,
	  "'/sys/fs/cgroup/memory/m' is a cgroup v1 directory; give a path below "
	  "/sys/fs/cgroup/unified, where v2 is" },
	{ "hybrid", HYBRID, "memory/m", -ENOENT, "is a cgroup v1 directory" },
	{ "hybrid", HYBRID, "nobody", -ENOENT,
	  "there is no cgroup 'nobody'; give a path below /sys/fs/cgroup/unified" },

	{ "v1 only", V1, "memory/m", -EOPNOTSUPP, "cgroup v2 is not mounted here" },
	{ "v1 only", V1, "/", -EOPNOTSUPP, "cgroup v2 is not mounted here" },

#define PART "30 25 0:26 /docker/c0ffee /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
	{ "a part of it", PART, "/docker/c0ffee/a", 0, "/docker/c0ffee/a" },
	{ "a part of it", PART, "a", 0, "/docker/c0ffee/a" },
	{ "a part of it", PART, "/sys/fs/cgroup/a", 0, "/docker/c0ffee/a" },
	{ "a part of it", PART, "/", 0, "/docker/c0ffee" },

#define TWICE                                                                                 \
	"29 25 0:26 /kubepods /run/part rw - cgroup2 none rw\n"                               \
	"30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
	{ "two mounts", TWICE, "a", 0, "/a" },
	{ "a mount with a blank", "30 25 0:26 / /mnt/c\\040g rw - cgroup2 x rw\n", "b", 0,
	  "/b" },
};

static void test_resolve(void **state)
{
	const char *root = *state;

	tree_dir(root, "/sys/fs/cgroup/a/b");
	tree_file(root, "/sys/fs/cgroup/a/file", "");
	tree_dir(root, "/sys/fs/cgroup/.lxc");
	tree_dir(root, "/sys/fs/cgroup/unified/u");
	tree_dir(root, "/sys/fs/cgroup/memory/m");
	tree_dir(root, "/mnt/c g/b");
	for (size_t i = 0; i < ARRAY_SIZE(resolutions); i++) {
		char buf[PATH_MAX] = "untouched", why[256] = "";
		int r;

		tree_file(root, "/proc/self/mountinfo", resolutions[i].mountinfo);
		r = cgroup_resolve(root, resolutions[i].text, buf, why, sizeof(why));
		if (r != resolutions[i].result ||
		    (r ? !strstr(why, resolutions[i].want) : strcmp(buf, resolutions[i].want)))
			fail_msg("%s, '%s': %d '%s' '%s'", resolutions[i].name,
				 resolutions[i].text, r, buf, why);
	}
}

/* That mounts cannot be read does not say that there is none. */
static void test_unread(void **state)
{
	const char *root = *state;
	char buf[PATH_MAX], why[256];

	assert_int_equal(cgroup_resolve(root, "a", buf, why, sizeof(why)), -ENODATA);
	assert_string_equal(why, "where cgroup v2 is mounted cannot be read: "
				 "/proc/self/mountinfo is missing");
	tree_dir(root, "/proc/self/mountinfo");
	tree_dir(root, "/proc/self/mounts");
	assert_int_equal(cgroup_resolve(root, "a", buf, why, sizeof(why)), -EISDIR);
	assert_string_equal(why, "where cgroup v2 is mounted cannot be read: Is a directory");
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

	/* without v2 all are in its root, which has the id 1 */
	assert_non_null(c);
	assert_string_equal(cgroups_path(c, 1), "/");
	assert_null(cgroups_path(c, 2));
	tree_file(*state, "/proc/self/mounts",
		  "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n");
	cgroups_refresh(c);
	assert_string_equal(cgroups_path(c, 1), "/");
	cgroups_free(c);

	tree_file(*state, "/proc/self/mounts", "cgroup2 /not/there cgroup2 rw 0 0\n");
	c = cgroups_new(*state);
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
		assert_int_equal(cgroup_mount_parse(none[i], buf, sizeof(buf)), -ENOENT);
	assert_int_equal(cgroup_mount_parse("x /cg cgroup2 rw 0 0\n", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/cg");
	assert_int_equal(cgroup_mount_parse("x / tmpfs\nx /c cgroup2", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/c");
	assert_int_equal(
		cgroup_mount_parse("x /a/very/long/path cgroup2 rw\n", buf, sizeof(buf)),
		-ENOSPC);
}

/* What could not be read for want of a descriptor is not taken for gone. */
static void test_scan_that_failed(void **state)
{
	const char *root = *state;
	struct rlimit limit, few;
	struct cgroups *c;
	int next = dup(0);
	uint64_t id;

	assert_true(next >= 0);
	close(next);
	tree_file(root, "/proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
	tree_dir(root, "/sys/fs/cgroup/a/b/c");
	id = inode(root, "/sys/fs/cgroup/a/b/c");
	c = cgroups_new(root);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = (struct rlimit){ next + 1, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_null(cgroups_path(c, id));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cgroups_refresh(c);
	assert_string_equal(cgroups_path(c, id), "/a/b/c");
	cgroups_free(c);
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
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_part, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resolve, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unread, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scan_that_failed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_hierarchy, setup, teardown),
		cmocka_unit_test(test_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
