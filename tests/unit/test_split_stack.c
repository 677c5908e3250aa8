// SPDX-License-Identifier: GPL-2.0-only
/* Who asked for a split of the linear map, from stacks as stock arm64 kernels show them. */
#include "tree.h"

#include "linmap/split_stack.h"

/* Each function is 0x100 bytes; a stack names return addresses, callee() entries. */
static const char text[] = "ffff800080000000 T _text\n"
			   "ffff800080001000 t split_kernel_leaf_mapping_locked\n"
			   "ffff800080001100 T split_kernel_leaf_mapping\n"
			   "ffff800080001200 t update_range_prot\n"
			   "ffff800080001300 t change_memory_common\n"
			   "ffff800080001400 T set_memory_ro\n"
			   "ffff800080001500 T set_memory_valid\n"
			   "ffff800080001600 T set_direct_map_invalid_noflush\n"
			   "ffff800080001700 T set_direct_map_valid_noflush\n"
			   "ffff800080001800 t split_to_ptes_pmd_entry\n"
			   "ffff800080001900 t walk_pgd_range\n"
			   "ffff800080001a00 t range_split_to_ptes\n"
			   "ffff800080001b00 T arch_kfence_init_pool\n"
			   "ffff800080001c00 t kfence_init_pool\n"
			   "ffff800080001d00 t secretmem_fault\n"
			   "ffff800080001e00 T vfree\n"
			   "ffff800080001f00 T module_enable_rodata_ro\n"
			   "ffff800080002000 t load_module\n"
			   "ffff800080002100 t bpf_prog_1_end_fexit\n"
			   "ffff800080002200 t bpf_trampoline_1\n"
			   "ffff800080002300 t free_pages_special\n";

enum {
	LOCKED = 0x1000,
	SPLIT_LEAF = 0x1100,
	UPDATE = 0x1200,
	CHANGE = 0x1300,
	MEMORY_RO = 0x1400,
	MEMORY_VALID = 0x1500,
	MAP_INVALID = 0x1600,
	MAP_VALID = 0x1700,
	FLAT_PMD = 0x1800,
	WALK = 0x1900,
	RANGE = 0x1a00,
	KFENCE_ARCH = 0x1b00,
	KFENCE = 0x1c00,
	SECRETMEM = 0x1d00,
	VFREE = 0x1e00,
	MODULE = 0x1f00,
	LOAD_MODULE = 0x2000,
	BPF_PROG = 0x2100,
	TRAMPOLINE = 0x2200,
	FREE_SPECIAL = 0x2300,
};

static struct host host;

/* @frames: offsets of functions, ended by 0; the stack holds addresses within them */
static void expect(const struct ksyms *k, const int *frames, enum split_reason reason,
		   const char *caller)
{
	uint64_t ip[SPLIT_FRAMES] = { 0 };
	const char *got = "untouched";

	for (int i = 0; i < SPLIT_FRAMES && frames[i]; i++)
		ip[i] = 0xffff800080000020 + frames[i];
	assert_int_equal(split_explain(&host, k, ip, SPLIT_FRAMES, &got), reason);
	if (caller)
		assert_string_equal(got, caller);
	else
		assert_null(got);
}

#define STACK(...)                                                                            \
	(const int[SPLIT_FRAMES + 1])                                                         \
	{                                                                                     \
		__VA_ARGS__, 0                                                                \
	}

static void test_reasons(void **state)
{
	expect(*state, STACK(LOCKED, SPLIT_LEAF, UPDATE, CHANGE, MEMORY_RO, MODULE),
	       SPLIT_SET_MEMORY, "module_enable_rodata_ro");
	expect(*state, STACK(LOCKED, SPLIT_LEAF, UPDATE, MAP_INVALID, SECRETMEM),
	       SPLIT_SET_DIRECT_MAP, "secretmem_fault");
	expect(*state, STACK(LOCKED, SPLIT_LEAF, UPDATE, MAP_INVALID, VFREE, LOAD_MODULE),
	       SPLIT_SET_DIRECT_MAP, "vfree");
	expect(*state, STACK(LOCKED, SPLIT_LEAF, UPDATE, MEMORY_VALID, FREE_SPECIAL),
	       SPLIT_SET_VALID, "free_pages_special");
	expect(*state, STACK(LOCKED, SPLIT_LEAF, UPDATE, MEMORY_VALID, MAP_VALID, VFREE),
	       SPLIT_SET_DIRECT_MAP, "vfree");
	expect(*state, STACK(FLAT_PMD, WALK, WALK, RANGE, KFENCE_ARCH, KFENCE),
	       SPLIT_KFENCE_POOL, "kfence_init_pool");
}

/* What programs see first: themselves; at a return, that the function is gone already */
static void test_tracers(void **state)
{
	expect(*state,
	       STACK(BPF_PROG, TRAMPOLINE, LOCKED, SPLIT_LEAF, UPDATE, MAP_INVALID, SECRETMEM),
	       SPLIT_SET_DIRECT_MAP, "secretmem_fault");
	expect(*state, STACK(SPLIT_LEAF, UPDATE, MAP_INVALID, SECRETMEM), SPLIT_SET_DIRECT_MAP,
	       "secretmem_fault");
	expect(*state, STACK(UPDATE, MAP_INVALID, SECRETMEM), SPLIT_SET_DIRECT_MAP,
	       "secretmem_fault");
}

static void test_cut_short(void **state)
{
	expect(*state, STACK(BPF_PROG, TRAMPOLINE), SPLIT_UNKNOWN, NULL);
	expect(*state, STACK(LOCKED), SPLIT_UNKNOWN, NULL);
	expect(*state, STACK(LOCKED, SPLIT_LEAF, UPDATE), SPLIT_UNKNOWN, NULL);
	expect(*state, STACK(LOCKED, SPLIT_LEAF, UPDATE, MAP_INVALID), SPLIT_SET_DIRECT_MAP,
	       NULL);
	expect(*state, STACK(LOCKED, SPLIT_LEAF, LOAD_MODULE), SPLIT_UNKNOWN, "load_module");
	expect(*state, STACK(VFREE, LOAD_MODULE), SPLIT_UNKNOWN, NULL);
}

/* Functions of a kernel that calls them otherwise, as --symbol tells. */
static void test_given_names(void **state)
{
	struct host *h;

	assert_int_equal(host_new("", &h), 0);
	assert_int_equal(host_rename(h, "split_kernel_leaf_mapping_locked", "vfree"), 0);
	host = *h;
	expect(*state, STACK(VFREE, LOAD_MODULE), SPLIT_UNKNOWN, "load_module");
	host = (struct host){ 0 };
	host_free(h);
}

static int setup(void **state)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	struct ksyms *k = NULL;

	assert_non_null(f);
	assert_int_equal(ksyms_parse(f, &k), 0);
	fclose(f);
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	ksyms_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_tracers),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_given_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
