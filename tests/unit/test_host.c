// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <sys/utsname.h>

#include "host/host.h"
#include "host/ksyms.h"

static void test_this_machine(void **state)
{
	unsigned int major, minor;
	struct host *h = NULL;
	struct utsname u;

	assert_int_equal(uname(&u), 0);
	assert_int_equal(sscanf(u.release, "%u.%u", &major, &minor), 2);
	assert_int_equal(host_new(NULL, &h), 0);
	assert_string_equal(h->root, "");
	assert_string_equal(h->arch_name, u.machine);
	assert_string_equal(h->release, u.release);
	assert_int_equal(h->major, major);
	assert_int_equal(h->minor, minor);
	assert_int_equal(h->page_size, getpagesize());
	assert_int_equal(h->arch == ARCH_X86_64, !strcmp(u.machine, "x86_64"));
	assert_int_equal(h->arch == ARCH_ARM64, !strcmp(u.machine, "aarch64"));
	host_free(h);
	host_free(NULL);
}

static void test_at_least(void **state)
{
	const struct host h = { .major = 6, .minor = 12 };

	assert_true(host_at_least(&h, 6, 12));
	assert_true(host_at_least(&h, 6, 1));
	assert_true(host_at_least(&h, 5, 19));
	assert_false(host_at_least(&h, 6, 13));
	assert_false(host_at_least(&h, 7, 0));
}

/* arch/arm64/include/asm/pgtable-hwdef.h: 16, 128 and 32 PTEs; a PMD: 512, 2048, 8192 pages.
 */
static void test_block_sizes(void **state)
{
	struct host h = { .arch = ARCH_ARM64, .page_size = 4096 };

	assert_int_equal(host_contpte_bytes(&h), 64 << 10);
	assert_int_equal(host_pmd_bytes(&h), 2 << 20);
	h.page_size = 16384;
	assert_int_equal(host_contpte_bytes(&h), 2 << 20);
	assert_int_equal(host_pmd_bytes(&h), 32 << 20);
	h.page_size = 65536;
	assert_int_equal(host_contpte_bytes(&h), 2 << 20);
	assert_int_equal(host_pmd_bytes(&h), 512 << 20);
	h = (struct host){ .arch = ARCH_X86_64, .page_size = 4096 };
	assert_int_equal(host_contpte_bytes(&h), 0);
	assert_int_equal(host_pmd_bytes(&h), 2 << 20);
}

static void test_rename(void **state)
{
	struct host *h = NULL;

	assert_int_equal(host_new("", &h), 0);
	assert_string_equal(host_symbol(h, "contpte_convert"), "contpte_convert");
	assert_int_equal(host_rename(h, "contpte_convert", "absent"), 0);
	assert_int_equal(host_rename(h, "x", "y"), 0);
	assert_string_equal(host_symbol(h, "contpte_convert"), "absent");
	assert_string_equal(host_symbol(h, "absent"), "absent");
	/* The last word counts; a new name is not looked up again. */
	assert_int_equal(host_rename(h, "contpte_convert", "x"), 0);
	assert_string_equal(host_symbol(h, "contpte_convert"), "x");
	host_free(h);
}

static void test_no_symbols(void **state)
{
	const struct ksyms *k = NULL;
	struct host *h = NULL;
	char *root = tree_new();

	assert_int_equal(host_new(root, &h), 0);
	assert_string_equal(h->root, root);
	assert_int_equal(host_ksyms(h, &k), -ENOENT);
	assert_null(k);
	host_free(h);
	tree_free(root);
}

static void test_symbols_are_read_once(void **state)
{
	const struct ksyms *k = NULL, *again = NULL;
	struct host *h = NULL;
	char *root = tree_new();

	tree_file(root, "/proc/kallsyms",
		  "ffff800080010000 T _text\nffff800080020000 T contpte_convert\n");
	assert_int_equal(host_new(root, &h), 0);
	assert_int_equal(host_ksyms(h, &k), 0);
	assert_int_equal(ksyms_address(k, "contpte_convert"), 0xffff800080020000);
	tree_file(root, "/proc/kallsyms", "");
	assert_int_equal(host_ksyms(h, &again), 0);
	assert_ptr_equal(k, again);
	/* they are there, whatever has become of the file or the right to read it */
	assert_int_equal(host_ksyms_visible(h), 0);
	host_free(h);
	tree_free(root);
}

/* Who lost the right to read them does not read megabytes of zeros for each snapshot. */
static void test_hidden_symbols_are_read_once(void **state)
{
	const struct ksyms *k = NULL;
	struct host *h = NULL;
	char *root = tree_new();

	tree_file(root, "/proc/kallsyms", "0000000000000000 T _text\n");
	assert_int_equal(host_new(root, &h), 0);
	assert_int_equal(host_ksyms_visible(h), -EACCES);
	tree_file(root, "/proc/kallsyms", "ffff800080010000 T _text\n");
	assert_int_equal(host_ksyms_visible(h), -EACCES);
	assert_int_equal(host_ksyms(h, &k), -EACCES);
	assert_null(k);
	host_free(h);
	tree_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_machine),
		cmocka_unit_test(test_at_least),
		cmocka_unit_test(test_block_sizes),
		cmocka_unit_test(test_rename),
		cmocka_unit_test(test_no_symbols),
		cmocka_unit_test(test_symbols_are_read_once),
		cmocka_unit_test(test_hidden_symbols_are_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
