// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel calls things: the table, other names, --symbol, kallsyms, BTF, vmstat. */
#include "tree.h"

#include <bpf/btf.h>

#include "host/kernel_names.h"

static struct host *host;

static int setup(void **state)
{
	*state = tree_new();
	return host_new(*state, &host);
}

static int teardown(void **state)
{
	host_free(host);
	tree_free(*state);
	return 0;
}

static void test_table(void **state)
{
	for (int n = KERNEL_NONE + 1; n < KERNEL_NAMES; n++) {
		assert_non_null(kernel_name(n));
		assert_string_equal(kernel_candidate(host, n, 0), kernel_name(n));
		assert_null(kernel_candidate(host, n, 99));
	}
	assert_null(kernel_candidate(host, KERNEL_NONE, 0));
	assert_int_equal(kernel_name_given("ptep_modify_prot_start"), FUNC_MODIFY_PROT_START);
	assert_int_equal(kernel_name_given("modify_prot_start_ptes"), KERNEL_NONE);
	assert_int_equal(kernel_name_given(""), KERNEL_NONE);
}

/* Linux 6.17 changes the entries of several pages at once, and calls that otherwise. */
static void test_other_names(void **state)
{
	assert_string_equal(kernel_candidate(host, FUNC_MODIFY_PROT_START, 0),
			    "ptep_modify_prot_start");
	assert_string_equal(kernel_candidate(host, FUNC_MODIFY_PROT_START, 1),
			    "modify_prot_start_ptes");
	assert_true(kernel_is(host, FUNC_MODIFY_PROT_START, "ptep_modify_prot_start"));
	assert_true(kernel_is(host, FUNC_MODIFY_PROT_START, "modify_prot_start_ptes"));
	assert_false(kernel_is(host, FUNC_MODIFY_PROT_START, "modify_prot_commit_ptes"));
	assert_false(kernel_is(host, KERNEL_NONE, "ptep_modify_prot_start"));
}

/* A name that is given is the only one. */
static void test_given(void **state)
{
	assert_int_equal(host_rename(host, "ptep_modify_prot_start", "begin"), 0);
	assert_string_equal(kernel_candidate(host, FUNC_MODIFY_PROT_START, 0), "begin");
	assert_null(kernel_candidate(host, FUNC_MODIFY_PROT_START, 1));
	assert_true(kernel_is(host, FUNC_MODIFY_PROT_START, "begin"));
	assert_false(kernel_is(host, FUNC_MODIFY_PROT_START, "modify_prot_start_ptes"));
	assert_string_equal(kernel_name(FUNC_MODIFY_PROT_START), "ptep_modify_prot_start");
}

static void test_kallsyms(void **state)
{
	tree_file(*state, "/proc/kallsyms",
		  "ffff800080010000 T modify_prot_start_ptes\n"
		  "ffff800080020000 t try_to_unmap_flush.isra.0\n"
		  "ffff800080030000 D swapper\n");
	assert_int_equal(kernel_address(host, FUNC_MODIFY_PROT_START), 0xffff800080010000);
	assert_int_equal(kernel_address(host, DATA_SWAPPER_PG_DIR), 0);
	assert_int_equal(host_rename(host, "swapper_pg_dir", "swapper"), 0);
	assert_int_equal(kernel_address(host, DATA_SWAPPER_PG_DIR), 0xffff800080030000);
	assert_string_equal(kernel_function(host, FUNC_TRY_TO_UNMAP_FLUSH),
			    "try_to_unmap_flush.isra.0");
	assert_string_equal(kernel_function(host, FUNC_MODIFY_PROT_START),
			    "modify_prot_start_ptes");
	assert_null(kernel_function(host, FUNC_CONTPTE_CONVERT));
}

static void write_btf(const char *root)
{
	struct btf *btf = btf__new_empty();
	const void *raw;
	char path[256];
	uint32_t size;
	FILE *f;

	assert_true(btf__add_int(btf, "int", 4, BTF_INT_SIGNED) == 1);
	assert_true(btf__add_typedef(btf, "btf_trace_linmap_split", 1) > 0);
	assert_true(btf__add_enum(btf, "contpte_reason", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "CONTPTE_API", 0), 0);
	assert_int_equal(btf__add_struct(btf, NULL, 4), 4);
	assert_int_equal(btf__add_field(btf, "global_asid", 1, 0, 0), 0);
	assert_int_equal(btf__add_typedef(btf, "mm_context_t", 4), 5);
	assert_int_equal(btf__add_func_proto(btf, 1), 6);
	assert_true(btf__add_func(btf, "split_kernel_leaf_mapping", BTF_FUNC_STATIC, 6) > 0);
	raw = btf__raw_data(btf, &size);
	tree_file(root, "/sys/kernel/btf/vmlinux", "");
	snprintf(path, sizeof(path), "%s/sys/kernel/btf/vmlinux", root);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(raw, 1, size, f), size);
	fclose(f);
	btf__free(btf);
}

static void test_btf(void **state)
{
	assert_false(kernel_has_event(host, EVENT_LINMAP_SPLIT)); /* no BTF */
	assert_false(kernel_has_member(host, TYPE_MM_CONTEXT, MEMBER_GLOBAL_ASID));
	write_btf(*state);
	assert_true(kernel_has_event(host, EVENT_LINMAP_SPLIT));
	assert_false(kernel_has_event(host, EVENT_CONTPTE_FOLD));
	assert_false(kernel_has_event(host, ENUM_CONTPTE_REASON));
	assert_true(kernel_has_function(host, FUNC_SPLIT_KERNEL_LEAF_MAPPING));
	assert_false(kernel_has_function(host, FUNC_SPLIT_LEAF_LOCKED));
	assert_false(kernel_has_function(host, ENUM_CONTPTE_REASON));
	assert_true(kernel_has_enum(host, ENUM_CONTPTE_REASON));
	assert_false(kernel_has_enum(host, ENUM_LINMAP_REASON));
	assert_int_equal(host_rename(host, "linmap_reason", "contpte_reason"), 0);
	assert_true(kernel_has_enum(host, ENUM_LINMAP_REASON));
	assert_true(kernel_has_member(host, TYPE_MM_CONTEXT, MEMBER_GLOBAL_ASID));
	assert_false(kernel_has_member(host, TYPE_MM_CONTEXT, DATA_MEMSTART_ADDR));
	assert_false(kernel_has_member(host, ENUM_CONTPTE_REASON, MEMBER_GLOBAL_ASID));
	assert_true(kernel_has_typedef(host, TYPE_MM_CONTEXT));
	assert_false(kernel_has_typedef(host, TYPE_TLBF));
	assert_int_equal(host_rename(host, "linmap_split", "gone"), 0);
	assert_false(kernel_has_event(host, EVENT_LINMAP_SPLIT));
}

static void test_vmstat(void **state)
{
	static const char text[] = "contpte_fold 13\ndirect_map_level2_splits 7\nours 17\n";
	uint64_t n;

	assert_int_equal(kernel_vmstat(host, VMSTAT_SPLITS_PMD, text, &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(kernel_vmstat(host, VMSTAT_SPLITS_PUD, text, &n), -ENOENT);
	assert_int_equal(kernel_vmstat(host, KERNEL_NONE, text, &n), -ENOENT);
	assert_int_equal(host_rename(host, "contpte_fold", "ours"), 0);
	assert_int_equal(kernel_vmstat(host, VMSTAT_CONTPTE_FOLD, text, &n), 0);
	assert_int_equal(n, 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_given, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kallsyms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_btf, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vmstat, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
