// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "util/capability.h"
#include "host/container.h"
#include "util/util.h"

#define FIRST_PID "pid:[4026531836]"

static void link_to(const char *root, const char *path, const char *target)
{
	char full[4096];

	snprintf(full, sizeof(full), "%s%s", root, path);
	tree_parents(root, full);
	unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

static void expect(const char *root, const char *want)
{
	char buf[64] = "untouched";

	assert_int_equal(container_detect(root, buf, sizeof(buf)), 0);
	assert_string_equal(buf, want);
}

static void test_container(void **state)
{
	char *root = tree_new(), buf[64] = "untouched";

	assert_int_equal(container_detect(root, buf, sizeof(buf)), -ENOENT);
	assert_string_equal(buf, "untouched");
	assert_false(in_host_pid_namespace(root));
	link_to(root, "/proc/self/ns/pid", FIRST_PID);
	expect(root, "host");
	assert_true(in_host_pid_namespace(root));
	link_to(root, "/proc/self/ns/pid", "pid:[4026532200]");
	expect(root, "pid-namespace");
	assert_false(in_host_pid_namespace(root));
	tree_file(root, "/run/.containerenv", "");
	expect(root, "podman");
	tree_file(root, "/.dockerenv", "");
	expect(root, "docker");
	tree_file(root, "/run/systemd/container", "lxc\n");
	expect(root, "lxc");
	tree_free(root);
}

/* docker run --pid=host, and a machine whose disk was made from an image */
static void test_marks_only(void **state)
{
	char *root = tree_new();

	tree_file(root, "/.dockerenv", "");
	link_to(root, "/proc/self/ns/pid", FIRST_PID);
	expect(root, "docker");
	tree_dir(root, "/elsewhere");
	link_to(root, "/proc/1/root", "../../elsewhere");
	expect(root, "docker");
	link_to(root, "/proc/1/root", "../..");
	expect(root, "host");
	link_to(root, "/proc/1/root", "../../elsewhere");
	/* MNT_NS_INIT_INO */
	link_to(root, "/proc/self/ns/mnt", "mnt:[4026531832]");
	expect(root, "host");
	link_to(root, "/proc/self/ns/pid", "pid:[4026532200]");
	expect(root, "docker");
	tree_free(root);
}

static void test_capability(void **state)
{
	static const char *const bad[] = { "",
					   "Name:\tx\n",
					   "CapEff:\n",
					   "CapEff:\tzero\n",
					   "CapEff:\t00ff ff\n",
					   "xCapEff:\t0\n" };
	char *root = tree_new();
	uint64_t set = 77;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(capability_parse(bad[i], &set), -EBADMSG);
	assert_int_equal(capability_read(root, &set), -ENOENT);
	assert_int_equal(set, 77);
	/* CAP_SYS_PTRACE is 19, CAP_PERFMON 38, CAP_BPF 39 */
	tree_file(
		root, "/proc/self/status",
		"Name:\tx\nCapPrm:\tffffffffffffffff\nCapEff:\t000000c000080000\nCapBnd:\t0\n");
	assert_int_equal(capability_read(root, &set), 0);
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(capability_has(set, i), i == 19 || i == 38 || i == 39);
	tree_free(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_marks_only),
		cmocka_unit_test(test_capability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
