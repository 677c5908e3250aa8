// SPDX-License-Identifier: GPL-2.0-only
/* Which file system a path is in, and CPUs that a container is not to see. */
#include "tree.h"

#include "host/cpus.h"
#include "host/mountinfo.h"
#include "util/util.h"

/* As systemd leaves them: what was mounted before / stands before it. */
#define HOST                                                                                  \
	"22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"                             \
	"23 28 0:22 / /proc rw,nosuid shared:12 - proc proc rw\n"                             \
	"28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"                           \
	"30 22 0:7 / /sys/kernel/security rw shared:8 - securityfs securityfs rw\n"
#define LXCFS                                                                                 \
	"90 23 0:44 /proc/meminfo /proc/meminfo rw master:9 - fuse.lxcfs lxcfs rw\n"          \
	"91 22 0:44 /sys/devices/system/cpu/online /sys/devices/system/cpu/online rw - "      \
	"fuse.lxcfs lxcfs rw\n"

static const struct {
	const char *text, *path, *want;
	int result;
} mounts[] = {
	{ HOST, "/proc/meminfo", "proc", 0 },
	{ HOST, "/sys/devices/system/cpu/online", "sysfs", 0 },
	{ HOST, "/sys/kernel/security/lockdown", "securityfs", 0 },
	{ HOST, "/sys/kernel/securityx", "sysfs", 0 },
	{ HOST, "/etc/passwd", "ext4", 0 },
	{ HOST LXCFS, "/proc/meminfo", "fuse.lxcfs", 0 },
	{ HOST LXCFS, "/proc/meminfo2", "proc", 0 },
	{ HOST LXCFS, "/proc/vmstat", "proc", 0 },
	{ HOST LXCFS, "/sys/devices/system/cpu/online", "fuse.lxcfs", 0 },
	{ HOST LXCFS, "/sys/devices/system/cpu/present", "sysfs", 0 },
	/* procfs mounted once more hides what was mounted in the first */
	{ HOST LXCFS "95 23 0:50 / /proc rw - proc proc rw\n", "/proc/meminfo", "proc", 0 },
	/* ... and a mount within the new one is seen */
	{ HOST LXCFS "95 23 0:50 / /proc rw - proc proc rw\n"
		     "96 95 0:51 / /proc/meminfo rw - tmpfs tmpfs rw\n",
	  "/proc/meminfo", "tmpfs", 0 },
	/* of two at one place the second */
	{ HOST LXCFS "97 90 0:51 / /proc/meminfo rw - tmpfs tmpfs rw\n", "/proc/meminfo",
	  "tmpfs", 0 },
	/* no mount at the root: chroot */
	{ "23 28 0:22 / /proc rw - proc proc rw\n", "/proc/meminfo", "proc", 0 },
	{ "23 28 0:22 / /proc rw - proc proc rw\n", "/sys/x", NULL, -ENOENT },
	{ "", "/proc/meminfo", NULL, -ENOENT },
	/* a circle ends */
	{ "1 2 0:1 / / rw - a a rw\n2 1 0:1 / / rw - b b rw\n", "/x", "a", 0 },
	{ "nonsense\n", "/x", NULL, -EBADMSG },
	{ "1 2 0:1 / / rw\n", "/x", NULL, -EBADMSG },
	{ HOST "1 2\n", "/x", NULL, -EBADMSG },
	{ "1 0 0:1 / / rw - a_very_long_type_of_file_system x rw\n", "/x", NULL, -ENOSPC },
};

static void test_type(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		char buf[16] = "untouched";
		int r = mountinfo_type(mounts[i].text, mounts[i].path, buf, sizeof(buf));

		if (r != mounts[i].result ||
		    strcmp(buf, mounts[i].want ? mounts[i].want : "untouched"))
			fail_msg("%zu, %s: %d '%s'", i, mounts[i].path, r, buf);
	}
}

static void test_foreign(void **state)
{
	char *root = tree_new(), buf[32] = "untouched";

	assert_int_equal(file_is_foreign(root, "/proc/meminfo", buf, sizeof(buf)), 0);
	tree_file(root, "/proc/self/mountinfo", HOST);
	assert_int_equal(file_is_foreign(root, "/proc/meminfo", buf, sizeof(buf)), 0);
	tree_file(root, "/proc/self/mountinfo", "nonsense\n");
	assert_int_equal(file_is_foreign(root, "/proc/meminfo", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "untouched");
	tree_file(root, "/proc/self/mountinfo", HOST LXCFS);
	assert_int_equal(file_is_foreign(root, "/proc/meminfo", buf, sizeof(buf)), 1);
	assert_string_equal(buf, "fuse.lxcfs");
	tree_free(root);
}

#define CPU "/sys/devices/system/cpu"

static const struct {
	const char *name;
	const char *online, *offline, *present, *mountinfo; /* NULL: there is no such file */
	const char *cpu3;				    /* its own file */
	const char *why;				    /* NULL: it is the kernel's list */
	const char *counted;
} lists[] = {
	{ "all online", "0-3", "", "0-3", HOST, "1\n", NULL, "0-3" },
	{ "one offline", "0-2", "3", "0-3", HOST, "0\n", NULL, "0-2" },
	/* possible, and not there */
	{ "room for more", "0-3", "4-7", "0-3", HOST, "1\n", NULL, "0-3" },
	{ "only the list", "0", NULL, NULL, NULL, NULL, NULL, "0" },
	{ "no list of those offline", "0", NULL, "0-3", HOST, "1\n", NULL, "0" },
	{ "lxcfs that shows one CPU", "0", "", "0-3", NULL, NULL,
	  "CPUs 1-3 are neither online nor offline by " CPU, "0-3" },
	{ "the same beside one that is offline", "0", "", "0-3", NULL, "0\n",
	  "CPUs 1-3 are neither online nor offline by " CPU, "0-2" },
	{ "lxcfs that shows all", "0-3", "", "0-3", HOST LXCFS, "1\n",
	  "fuse.lxcfs is mounted over " CPU "/online", "0-3" },
	{ "lxcfs and nothing else to go by", "0", NULL, NULL, HOST LXCFS, NULL,
	  "fuse.lxcfs is mounted over " CPU "/online", "0" },
};

static void test_cpus(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		char *root = tree_new(), why[128] = "untouched", text[32];
		struct cpulist online;
		int r;

		tree_file(root, CPU "/online", lists[i].online);
		if (lists[i].offline)
			tree_file(root, CPU "/offline", lists[i].offline);
		if (lists[i].present)
			tree_file(root, CPU "/present", lists[i].present);
		if (lists[i].mountinfo)
			tree_file(root, "/proc/self/mountinfo", lists[i].mountinfo);
		if (lists[i].cpu3)
			tree_file(root, CPU "/cpu3/online", lists[i].cpu3);
		r = cpus_are_virtual(root, why, sizeof(why));
		if (r != !!lists[i].why ||
		    strcmp(why, lists[i].why ? lists[i].why : "untouched"))
			fail_msg("%s: %d '%s'", lists[i].name, r, why);
		assert_int_equal(cpus_online(root, r, &online), 0);
		cpulist_format(&online, text, sizeof(text));
		if (strcmp(text, lists[i].counted))
			fail_msg("%s: %s", lists[i].name, text);
		tree_free(root);
	}
}

static void test_option(void **state)
{
	static const char table[] =
		"20 1 0:19 / / rw - ext4 /dev/vda1 rw,huge=no\n"
		"21 20 0:27 / /dev/shm rw shared:4 - tmpfs shm rw,size=64k,huge=advise\n"
		"22 20 0:28 / /tmp rw - tmpfs tmpfs rw,xhuge=always,huger=never\n";
	char buf[8] = "";

	assert_int_equal(mountinfo_option(table, "tmpfs", 0, 27, "huge", buf, 8), 0);
	assert_string_equal(buf, "advise");
	assert_int_equal(mountinfo_option(table, "tmpfs", 0, 28, "huge", buf, 8), 0);
	assert_string_equal(buf, "");
	assert_int_equal(mountinfo_option(table, "tmpfs", 0, 19, "huge", buf, 8), -ENOENT);
	assert_int_equal(mountinfo_option(table, "tmpfs", 1, 27, "huge", buf, 8), -ENOENT);
	assert_int_equal(mountinfo_option(table, "tmpfs", 0, 27, "huge", buf, 6), -ENOSPC);
	assert_int_equal(mountinfo_option("x\n", "tmpfs", 0, 27, "huge", buf, 8), -EBADMSG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_option),
		cmocka_unit_test(test_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
