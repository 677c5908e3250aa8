// SPDX-License-Identifier: GPL-2.0-only
/* MIDR values as the cores report them; the allow list is that of Linux 6.18's cpufeature.c.
 */
#include "tree.h"

#include "host/midr.h"
#include "util/util.h"

static void test_names(void **state)
{
	char buf[64];

	/* Ampere Altra, Graviton 2: Neoverse N1 r3p1 */
	assert_string_equal(midr_format(0x413fd0c1, buf, sizeof(buf)),
			    "Neoverse N1 r3p1 (0x413fd0c1)");
	assert_string_equal(midr_format(0xc00fac30, buf, sizeof(buf)),
			    "AmpereOne (AMPERE1) r0p0 (0xc00fac30)");
	/* QEMU's "max" */
	assert_string_equal(midr_format(0x000f0510, buf, sizeof(buf)), "0x000f0510");
	assert_null(midr_name(0x000f0510));
}

static void test_allow_list(void **state)
{
	static const struct {
		uint32_t midr;
		bool listed, listed_7_3;
	} core[] = {
		{ 0xc00fac30, true, true },   /* AMPERE1 */
		{ 0xc00fac40, true, true },   /* AMPERE1A */
		{ 0xc01fac42, true, true },   /* AMPERE1A of any release */
		{ 0x410fd823, true, true },   /* Cortex-X4 r0p3 */
		{ 0x410fd822, false, false }, /* r0p2 */
		{ 0x411fd820, false, false }, /* r1p0: outside the kernel's range r0p3-r0p15 */
		{ 0x410fd842, true, true },   /* Neoverse V3 r0p2 */
		{ 0x410fd841, false, false },
		{ 0x410fd832, true, true }, /* V3AE r0p2 */
		{ 0x410fd831, false, false },
		{ 0x4e0f0100, true, true },   /* Olympus */
		{ 0x413fd0c1, false, false }, /* Neoverse N1 */
		{ 0x410fd493, false, false }, /* N2 */
		{ 0x411fd401, false, false }, /* V1 */
		{ 0x410fd4f1, false, false }, /* V2 */
		{ 0x000f0510, false, false }, /* QEMU max, although it has BBM level 2 */
		{ 0xc00fac50, false, false },
		{ 0x410fac30, false, false }, /* AMPERE1's part number, another implementer */
		{ 0, false, false },
		{ 0x410fd8e0, false, true }, /* Neoverse N3 */
		{ 0x411fd4d0, false, true }, /* Cortex-A715 of any release */
		{ 0x411fd8c1, false, true }, /* C1-Ultra r1p1 */
		{ 0x411fd8c0, false, false },
		{ 0x412fd8c0, false, true }, /* r2p0: the kernel's range is r1p1-r15p15 */
		{ 0x410fd8c1, false, false },
		{ 0x411fd901, false, true }, /* C1-Premium r1p1 */
		{ 0x410fd8b0, false, true }, /* C1-Pro */
	};

	for (size_t i = 0; i < ARRAY_SIZE(core); i++) {
		assert_int_equal(midr_bbml2_noabort(core[i].midr, false), core[i].listed);
		assert_int_equal(midr_bbml2_noabort(core[i].midr, true), core[i].listed_7_3);
	}
}

static void test_read(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint32_t midr;
	} file[] = {
		{ "0x00000000413fd0c1\n", 0, 0x413fd0c1 },
		{ "0x413fd0c1", 0, 0x413fd0c1 },
		/* QEMU's "max": implementer 0 is for software use */
		{ "0x00000000000f0510\n", 0, 0x000f0510 },
		{ "garbage\n", -EBADMSG, 77 },
		{ "\n", -EBADMSG, 77 },
		{ "0x0000000000000000\n", -EBADMSG, 77 },
		{ "0x00000001413fd0c1\n", -EBADMSG, 77 },
	};
	char *root = tree_new(), path[96];

	for (unsigned int i = 0; i < ARRAY_SIZE(file); i++) {
		uint32_t midr = 77;

		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%u/regs/identification/midr_el1", i);
		tree_file(root, path, file[i].text);
		assert_int_equal(midr_read(root, i, &midr), file[i].r);
		assert_int_equal(midr, file[i].midr);
	}
	assert_int_equal(midr_read(root, 99, &(uint32_t){ 0 }), -ENOENT);
	tree_free(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_allow_list),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
