// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel with the pgtop series says of its linear map; the words are those of its
 * Documentation/ABI/testing/sysfs-kernel-mm-linear_map.
 */
#include "tree.h"

#include "linmap/linmap_files.h"

static void test_words(void **state)
{
	struct linmap_files f;

	linmap_files_parse(1, "block_split", "bbml2 rodata_full", &f);
	assert_int_equal(f.mode, LINMAP_BLOCK_SPLIT);
	assert_int_equal(f.reasons, LINMAP_BBML2 | LINMAP_RODATA_FULL);
	assert_string_equal(f.words, "block_split (bbml2 rodata_full)");
	linmap_files_parse(1, "pte", "no_bbml2 rodata_full kfence_late", &f);
	assert_int_equal(f.mode, LINMAP_PTE);
	assert_int_equal(f.reasons, LINMAP_NO_BBML2 | LINMAP_RODATA_FULL | LINMAP_KFENCE_LATE);
	linmap_files_parse(1, "block", "no_page_permissions", &f);
	assert_int_equal(f.mode, LINMAP_BLOCK);
	assert_int_equal(f.reasons, LINMAP_NO_PAGE_PERMISSIONS);
	linmap_files_parse(1, "repainted", NULL, &f);
	assert_int_equal(f.mode, LINMAP_REPAINTED);
	assert_int_equal(f.reasons, 0);
	assert_string_equal(f.words, "repainted");
	linmap_files_parse(0, "pte", "debug_pagealloc", &f);
	assert_int_equal(f.reasons, LINMAP_DEBUG_PAGEALLOC);
}

/* Words may be added; one that only begins like a known one is another. */
static void test_new_words(void **state)
{
	struct linmap_files f;

	linmap_files_parse(1, "pte", "  bbml2_most  no_bbml3 rodata_full ", &f);
	assert_int_equal(f.mode, LINMAP_PTE);
	assert_int_equal(f.reasons, LINMAP_RODATA_FULL);
	linmap_files_parse(1, "block_splits", "bbml2", &f);
	assert_int_equal(f.mode, LINMAP_UNKNOWN);
	assert_int_equal(f.reasons, 0);
	assert_string_equal(f.words, "block_splits (bbml2)");
	/* a newer number: the words may mean something else */
	linmap_files_parse(2, "pte", "no_bbml2", &f);
	assert_int_equal(f.mode, LINMAP_UNKNOWN);
	assert_int_equal(f.reasons, 0);
}

static void test_files(void **state)
{
	char *root = tree_new();
	struct linmap_files f = { .abi = 99 };

	assert_int_equal(linmap_files_read(root, &f), -ENOENT);
	tree_file(root, LINMAP_DIR "/abi", "1\n");
	assert_int_equal(linmap_files_read(root, &f), -ENOENT);
	assert_int_equal(f.abi, 99);
	tree_file(root, LINMAP_DIR "/mode", "block_split\n");
	assert_int_equal(linmap_files_read(root, &f), 0);
	assert_int_equal(f.mode, LINMAP_BLOCK_SPLIT);
	assert_false(f.have_bbml2);
	tree_file(root, LINMAP_DIR "/bbml2", "0-2,5\n");
	assert_int_equal(linmap_files_read(root, &f), 0);
	assert_true(f.have_bbml2);
	assert_int_equal(cpulist_count(&f.bbml2), 4);
	/* no CPU can, which is not the same as not known */
	tree_file(root, LINMAP_DIR "/bbml2", "\n");
	assert_int_equal(linmap_files_read(root, &f), 0);
	assert_true(f.have_bbml2);
	assert_int_equal(cpulist_count(&f.bbml2), 0);
	tree_file(root, LINMAP_DIR "/bbml2", "most\n");
	assert_int_equal(linmap_files_read(root, &f), 0);
	assert_false(f.have_bbml2);
	tree_file(root, LINMAP_DIR "/abi", "one\n");
	assert_int_equal(linmap_files_read(root, &f), -EBADMSG);
	tree_free(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_new_words),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
