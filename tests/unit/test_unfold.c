// SPDX-License-Identifier: GPL-2.0-only
/* Why a block was unfolded, from stacks as arm64 kernels show them. */
#include "tree.h"

#include "contpte/unfold.h"

/* Each function is 0x100 bytes; a stack names return addresses, callee() entries. */
static const char text[] = "ffff800080000000 T _text\n"
			   "ffff800080001000 t contpte_convert\n"
			   "ffff800080001100 T __contpte_try_unfold\n"
			   "ffff800080001200 T contpte_clear_full_ptes\n"
			   "ffff800080001300 T contpte_get_and_clear_full_ptes\n"
			   "ffff800080001400 T contpte_wrprotect_ptes\n"
			   "ffff800080001500 T contpte_ptep_set_access_flags\n"
			   "ffff800080001600 T ptep_modify_prot_start\n"
			   "ffff800080001700 t change_pte_range\n"
			   "ffff800080001800 T copy_page_range\n"
			   "ffff800080001900 T zap_page_range_single\n"
			   "ffff800080001a00 t bpf_prog_1_unfold_fentry\n"
			   "ffff800080001b00 t bpf_trampoline_1\n"
			   "ffff800080001c00 T never_returns\n"
			   "ffff800080001d00 t neighbour\n";

enum {
	CONVERT = 0x1000,
	TRY_UNFOLD = 0x1100,
	CLEAR_FULL = 0x1200,
	GET_CLEAR = 0x1300,
	WRPROTECT = 0x1400,
	ACCESS_FLAGS = 0x1500,
	PROT_START = 0x1600,
	CHANGE = 0x1700,
	COPY = 0x1800,
	ZAP = 0x1900,
	BPF_PROG = 0x1a00,
	TRAMPOLINE = 0x1b00,
	NEVER_RETURNS = 0x1c00,
	LAST_INSTRUCTION = 0x1d00,
};

static struct host host;

/* @frames: offsets of functions, ended by 0; the stack holds addresses within them */
static void expect(const struct ksyms *k, const int *frames, enum unfold_reason reason,
		   const char *caller)
{
	uint64_t ip[8] = { 0 };
	const char *got = "untouched";

	for (int i = 0; i < 8 && frames[i]; i++) {
		ip[i] = 0xffff800080000000 + frames[i];
		if (frames[i] != LAST_INSTRUCTION)
			ip[i] += 0x20;
	}
	assert_int_equal(unfold_explain(&host, k, ip, 8, &got), reason);
	if (caller)
		assert_string_equal(got, caller);
	else
		assert_null(got);
}

#define STACK(...)                                                                            \
	(const int[9])                                                                        \
	{                                                                                     \
		__VA_ARGS__, 0                                                                \
	}

static void test_reasons(void **state)
{
	const struct ksyms *k = *state;

	expect(k, STACK(CONVERT, TRY_UNFOLD, CHANGE), UNFOLD_API, "change_pte_range");
	expect(k, STACK(CONVERT, TRY_UNFOLD, PROT_START, CHANGE), UNFOLD_API,
	       "change_pte_range");
	expect(k, STACK(CONVERT, TRY_UNFOLD, CLEAR_FULL, ZAP), UNFOLD_PARTIAL_CLEAR,
	       "zap_page_range_single");
	expect(k, STACK(CONVERT, TRY_UNFOLD, GET_CLEAR, ZAP), UNFOLD_PARTIAL_GET_CLEAR,
	       "zap_page_range_single");
	expect(k, STACK(CONVERT, TRY_UNFOLD, WRPROTECT, COPY), UNFOLD_PARTIAL_WRPROTECT,
	       "copy_page_range");
	expect(k, STACK(CONVERT, ACCESS_FLAGS, CHANGE), UNFOLD_SET_ACCESS_FLAGS,
	       "change_pte_range");
}

/* What a fentry program's stack begins with, and a kprobe's: entry point, return address */
static void test_tracers(void **state)
{
	const struct ksyms *k = *state;

	expect(k, STACK(BPF_PROG, TRAMPOLINE, CONVERT, TRY_UNFOLD, WRPROTECT, COPY),
	       UNFOLD_PARTIAL_WRPROTECT, "copy_page_range");
	expect(k, STACK(CONVERT, TRY_UNFOLD, CONVERT, CHANGE), UNFOLD_API, "change_pte_range");
	expect(k, STACK(CONVERT, CHANGE), UNFOLD_API, "change_pte_range");
}

static void test_cut_short(void **state)
{
	const struct ksyms *k = *state;

	expect(k, STACK(BPF_PROG, TRAMPOLINE), UNFOLD_UNKNOWN, NULL);
	expect(k, STACK(CONVERT), UNFOLD_UNKNOWN, NULL);
	expect(k, STACK(CONVERT, TRY_UNFOLD), UNFOLD_UNKNOWN, NULL);
	expect(k, STACK(CONVERT, TRY_UNFOLD, WRPROTECT), UNFOLD_PARTIAL_WRPROTECT, NULL);
	expect(k, STACK(CHANGE, COPY), UNFOLD_UNKNOWN, NULL);
	expect(k,
	       STACK(BPF_PROG, BPF_PROG, BPF_PROG, BPF_PROG, BPF_PROG, BPF_PROG, CONVERT,
		     CHANGE),
	       UNFOLD_API, "change_pte_range");
}

/* A call that is the last instruction returns to what follows the function. */
static void test_last_instruction(void **state)
{
	expect(*state, STACK(CONVERT, TRY_UNFOLD, LAST_INSTRUCTION), UNFOLD_API,
	       "never_returns");
}

static void test_names(void **state)
{
	for (int i = 0; i < UNFOLD_REASONS; i++)
		assert_true(*unfold_reason_name(i));
	assert_string_equal(unfold_reason_name(UNFOLD_API), "api");
}

/* Functions of a kernel that calls them otherwise, as --symbol tells. */
static void test_given_names(void **state)
{
	assert_int_equal(host_rename(&host, "contpte_convert", "never_returns"), 0);
	assert_int_equal(host_rename(&host, "contpte_clear_full_ptes", "copy_page_range"), 0);
	expect(*state, STACK(NEVER_RETURNS, COPY, ZAP), UNFOLD_PARTIAL_CLEAR,
	       "zap_page_range_single");
	expect(*state, STACK(NEVER_RETURNS, CLEAR_FULL, ZAP), UNFOLD_API,
	       "zap_page_range_single");
	expect(*state, STACK(CONVERT, ZAP), UNFOLD_UNKNOWN, NULL);
	for (size_t i = 0; i < host.nrenames; i++) {
		free(host.renames[i].from);
		free(host.renames[i].to);
	}
	free(host.renames);
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
		cmocka_unit_test(test_reasons),	  cmocka_unit_test(test_tracers),
		cmocka_unit_test(test_cut_short), cmocka_unit_test(test_last_instruction),
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_given_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
