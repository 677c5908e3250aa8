// SPDX-License-Identifier: GPL-2.0-only
/* /proc/kallsyms as kernels print it, and as none does; every expectation read off the text.
 */
#include "tree.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "host/host.h"
#include "host/ksyms.h"

static const char text[] = "0000000000000000 A fixed_percpu_data\n"
			   "ffffffff81000000 T _text\n"
			   "ffffffff81000000 T _stext\n"
			   "ffffffff81000100 t helper.isra.0\n"
			   "ffffffff81000180 t helper.isra.0.cold\n"
			   "ffffffff81000200 T tlb_finish_mmu\n"
			   "ffffffff81000300 t tlb_finish_mmu.part.0\n"
			   "ffffffff81000400 t split.constprop.3\n"
			   "ffffffff81000500 t only.cold\n"
			   "ffffffff81000600 W weak.llvm.123456789\n"
			   "ffffffff82000000 D init_mm\n"
			   "ffffffff82000000 d alias_of_data\n"
			   "ffffffff82000040 B swapper_pg_dir\n"
			   "ffffffffc0000000 t in_module\t[zram]\n"
			   "ffffffffa0000000 t bpf_prog_1234_x\t[bpf]\n";

static struct ksyms *parse(const char *root, const char *content)
{
	struct ksyms *k = NULL;

	tree_file(root, "/proc/kallsyms", content);
	assert_int_equal(ksyms_new(root, &k), 0);
	assert_non_null(k);
	return k;
}

static void test_address(void **state)
{
	struct ksyms *k = parse(*state, text);

	assert_int_equal(ksyms_address(k, "_text"), 0xffffffff81000000);
	assert_int_equal(ksyms_address(k, "init_mm"), 0xffffffff82000000);
	assert_int_equal(ksyms_address(k, "swapper_pg_dir"), 0xffffffff82000040);
	assert_int_equal(ksyms_address(k, "in_module"), 0xffffffffc0000000);
	/* static data */
	assert_int_equal(ksyms_address(k, "alias_of_data"), 0);
	assert_int_equal(ksyms_address(k, "init_m"), 0);
	assert_int_equal(ksyms_address(k, "init_mm_"), 0);
	assert_int_equal(ksyms_address(k, ""), 0);
	ksyms_free(k);
}

static void test_function(void **state)
{
	struct ksyms *k = parse(*state, text);

	assert_string_equal(ksyms_function(k, "tlb_finish_mmu"), "tlb_finish_mmu");
	assert_string_equal(ksyms_function(k, "helper"), "helper.isra.0");
	assert_string_equal(ksyms_function(k, "split"), "split.constprop.3");
	assert_string_equal(ksyms_function(k, "weak"), "weak.llvm.123456789");
	assert_null(ksyms_function(k, "only"));
	assert_null(ksyms_function(k, "init_mm"));
	assert_null(ksyms_function(k, "help"));
	assert_null(ksyms_function(k, "absent"));
	ksyms_free(k);
}

static void expect_name(const struct ksyms *k, uint64_t address, const char *name,
			uint64_t offset)
{
	uint64_t got = ~0ull;

	assert_string_equal(ksyms_name(k, address, &got), name);
	assert_int_equal(got, offset);
}

static void test_name(void **state)
{
	struct ksyms *k = parse(*state, text);

	expect_name(k, 0xffffffff81000000, "_text", 0);
	expect_name(k, 0xffffffff810000ff, "_text", 0xff);
	expect_name(k, 0xffffffff81000100, "helper.isra.0", 0);
	expect_name(k, 0xffffffff81000204, "tlb_finish_mmu", 4);
	/* a module's and a BPF program's, which the file lists out of order */
	expect_name(k, 0xffffffffa0000008, "bpf_prog_1234_x", 8);
	expect_name(k, 0xffffffffc0000010, "in_module", 0x10);
	/* no data symbol is a function */
	expect_name(k, 0xffffffff82000050, "weak.llvm.123456789", 0xfffa50);
	assert_null(ksyms_name(k, 0xffffffff80ffffff, NULL));
	assert_null(ksyms_name(k, 0, NULL));
	ksyms_free(k);
}

static int visible(const char *root)
{
	FILE *f;
	int r = ksyms_open(root, &f);

	if (r)
		return r;
	r = ksyms_visible(f);
	fclose(f);
	return r;
}

static void test_hidden(void **state)
{
	struct ksyms *k = NULL;

	tree_file(*state, "/proc/kallsyms",
		  "0000000000000000 T _text\n0000000000000000 t helper\n");
	assert_int_equal(ksyms_new(*state, &k), -EACCES);
	assert_null(k);
	assert_int_equal(visible(*state), -EACCES);
	tree_file(*state, "/proc/kallsyms", text); /* begins with an address of 0 */
	assert_int_equal(visible(*state), 0);
	tree_file(*state, "/proc/kallsyms", "what\n");
	assert_int_equal(visible(*state), -EBADMSG);
	assert_int_equal(visible("/no/such/root"), -ENOENT);
}

/* In a child, which gives up all capabilities. */
static void read_without_rights(bool kept)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	const struct ksyms *k;
	struct host *h;

	if (host_new("", &h))
		_exit(99);
	if (kept)
		host_keep_ksyms(h);
	if (syscall(SYS_capset, &header, none))
		_exit(99);
	if (kept && host_ksyms_visible(h))
		_exit(98);
	_exit(-host_ksyms(h, &k));
}

static int status_of(bool kept)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		read_without_rights(kept);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What is open may be read after CAP_SYSLOG is given up, which else it takes. */
static void test_kept(void **state)
{
	if (visible("") || status_of(false) != EACCES)
		skip(); /* addresses are shown to nobody here, or to everybody */
	assert_int_equal(status_of(true), 0);
}

static void test_no_newline_at_end(void **state)
{
	struct ksyms *k = parse(*state, "ffff800080000000 T _text");

	assert_int_equal(ksyms_address(k, "_text"), 0xffff800080000000);
	ksyms_free(k);
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"no kallsyms\n",
		"ffffffff81000000\n",
		"ffffffff81000000 T\n",
		"ffffffff81000000 T \n",
		"ffffffff81000000 T \t[module]\n",
		"ffffffff81000000  _text\n",
		"ffffffff81000000 TT _text\n",
		"1ffffffff81000000 T _text\n", /* more than 64 bits */
		"ffffffff81000000 T _text\n\nffffffff81000010 T next\n",
	};
	struct ksyms *k = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tree_file(*state, "/proc/kallsyms", bad[i]);
		assert_int_equal(ksyms_new(*state, &k), -EBADMSG);
	}
	assert_int_equal(ksyms_new("/no/such/root", &k), -ENOENT);
	assert_null(k);
}

static void test_long_line(void **state)
{
	char line[5000];
	struct ksyms *k = NULL;

	memset(line, 'x', sizeof(line));
	memcpy(line, "ffffffff81000000 T ", 19);
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	tree_file(*state, "/proc/kallsyms", line);
	assert_int_equal(ksyms_new(*state, &k), -EBADMSG);
	strcpy(line + 600, "\n");
	tree_file(*state, "/proc/kallsyms", line);
	assert_int_equal(ksyms_new(*state, &k), 0);
	ksyms_free(k);
	ksyms_free(NULL);
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
		cmocka_unit_test_setup_teardown(test_address, setup, teardown),
		cmocka_unit_test_setup_teardown(test_function, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hidden, setup, teardown),
		cmocka_unit_test(test_kept),
		cmocka_unit_test_setup_teardown(test_no_newline_at_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_line, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
