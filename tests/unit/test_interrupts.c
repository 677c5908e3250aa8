// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/interrupts.h"

#define UNTOUCHED 77u

static void expect(const char *text, const char *name, int r, uint64_t n)
{
	uint64_t got = UNTOUCHED;

	assert_int_equal(interrupts_count(text, name, &got), r);
	assert_int_equal(got, n);
}

/* As x86_64 writes it: numbers, letters, a device whose name begins with a digit. */
static void test_lines(void **state)
{
	static const char text[] =
		"           CPU0       CPU1       \n"
		"  0:         14          3  IR-IO-APIC   2-edge      timer\n"
		" 24:          0         41  PCI-MSIX-0000:00:01.0   0-edge      8250\n"
		"NMI:          0          0   Non-maskable interrupts\n"
		"TLB:     415254     442459   TLB shootdowns\n"
		"ERR:          7\n"
		"MIS:          0";

	expect(text, "TLB", 0, 857713);
	expect(text, "0", 0, 17);
	expect(text, "24", 0, 41);
	expect(text, "NMI", 0, 0);
	expect(text, "ERR", 0, 7);
	expect(text, "MIS", 0, 0);
	expect(text, "4", -ENOENT, UNTOUCHED);
	expect(text, "LB", -ENOENT, UNTOUCHED);
	expect(text, "TLB:", -ENOENT, UNTOUCHED);
	expect("", "TLB", -ENOENT, UNTOUCHED);
}

static void test_garbage(void **state)
{
	expect("TLB:\nERR: 1", "TLB", -EBADMSG, UNTOUCHED);
	expect("TLB: shootdowns", "TLB", -EBADMSG, UNTOUCHED);
	expect("TLB: -1", "TLB", -EBADMSG, UNTOUCHED);
	expect("TLB: 1 18446744073709551616", "TLB", -EBADMSG, UNTOUCHED);
	expect("TLB: 18446744073709551615 1", "TLB", -EBADMSG, UNTOUCHED);
	expect("TLB: 18446744073709551615 0 x", "TLB", 0, UINT64_MAX);
	expect("\xff\n   \n TLB: 2", "TLB", 0, 2);
	expect("   ", "TLB", -ENOENT, UNTOUCHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
