// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why arm64 maps its linear map as it does.  The expected modes are those the kernel chose:
 * seen in guests with Debian's 6.12, and can_set_direct_map() and force_pte_mapping() by hand.
 */
#include "tree.h"

#include "linmap/linmap_verdict.h"
#include "util/util.h"

#define INTERVAL "/sys/module/kfence/parameters/sample_interval"

struct cores_and_kernel {
	unsigned int major, minor;
	bool split, bbml2, realm;
};

/* cores on no list (Neoverse N1), cores on the list (AmpereOne) */
static const struct cores_and_kernel n1_5_10 = { 5, 10, false, false, false };
static const struct cores_and_kernel n1_6_1 = { 6, 1, false, false, false };
static const struct cores_and_kernel n1_6_4 = { 6, 4, false, false, false };
static const struct cores_and_kernel n1_6_12 = { 6, 12, false, false, false };
static const struct cores_and_kernel n1_6_18 = { 6, 18, true, false, false };
static const struct cores_and_kernel n1_7_3 = { 7, 3, true, false, false };
static const struct cores_and_kernel one_7_3 = { 7, 3, true, true, false };
static const struct cores_and_kernel one_6_12 = { 6, 12, false, true, false };
static const struct cores_and_kernel one_6_18 = { 6, 18, true, true, false };
static const struct cores_and_kernel one_patched = { 6, 12, true, true, false };
static const struct cores_and_kernel n1_realm = { 6, 18, true, false, true };
static const struct cores_and_kernel one_realm = { 6, 18, true, true, true };

struct machine {
	const char *cmdline, *config, *kfence;
	const struct cores_and_kernel *on;
};

static struct linmap_inputs inputs(const struct machine *m)
{
	char *root = tree_new();
	struct host h = {
		.root = root, .major = m->on->major, .minor = m->on->minor, .release = "R"
	};
	struct linmap_inputs in;

	tree_file(root, "/proc/cmdline", m->cmdline);
	if (m->config)
		tree_file(root, "/boot/config-R", m->config);
	if (m->kfence)
		tree_file(root, INTERVAL, m->kfence);
	if (m->on->realm)
		tree_dir(root, "/sys/devices/platform/arm-cca-dev");
	assert_int_equal(linmap_read(&h, &in), 0);
	in.split_on_demand = m->on->split;
	in.bbml2 = m->on->bbml2;
	in.cpus_off_list = m->on->bbml2 ? 0 : 4;
	tree_free(root);
	return in;
}

static void expect(struct machine m, bool pages, const char *why, const char *remedy)
{
	struct linmap_inputs in = inputs(&m);
	struct linmap_verdict v;

	/* the kernel's decision is foreseen before anybody walks ... */
	linmap_judge(&in, &v);
	assert_int_equal(v.pages, pages);
	assert_null(strstr(v.remedy, "weaker"));
	/* ... and what weakens is advised when the walk has shown it */
	in.walked = pages ? LINMAP_WALKED_PAGES : LINMAP_WALKED_BLOCKS;
	linmap_judge(&in, &v);
	assert_int_equal(v.pages, pages);
	assert_false(v.refuted);
	if (!strstr(v.why, why))
		fail_msg("'%s' has no '%s'", v.why, why);
	if (remedy ? !strstr(v.remedy, remedy) : *v.remedy != '\0')
		fail_msg("'%s' has no '%s'", v.remedy, remedy ? remedy : "");
}

#define DEBIAN "CONFIG_RODATA_FULL_DEFAULT_ENABLED=y\nCONFIG_KFENCE_SAMPLE_INTERVAL=0\n"

static void test_debian(void **state)
{
	expect((struct machine){ "quiet\n", DEBIAN, "0\n", &n1_6_12 }, true,
	       "pages: rodata=full protects the linear alias of read-only memory, and KFENCE may "
	       "be enabled late",
	       "boot with rodata=on kfence.sample_interval=100");
	/* without the file of its configuration */
	expect((struct machine){ "quiet\n", NULL, "0\n", &n1_6_12 }, true,
	       "pages: rodata=full", "boot with rodata=on kfence.sample_interval=100");
	/* the trap */
	expect((struct machine){ "rodata=on\n", DEBIAN, "0\n", &n1_6_12 }, true,
	       "pages: KFENCE may be enabled late (sample interval 0 at boot), which keeps pages "
	       "even with rodata=on",
	       "boot with kfence.sample_interval=100");
	expect((struct machine){ "rodata=on kfence.sample_interval=0\n", DEBIAN, "0\n",
				 &n1_6_12 },
	       true, "even with rodata=on", "kfence.sample_interval=100");
	expect((struct machine){ "rodata=on kfence.sample_interval=100\n", DEBIAN, "100\n",
				 &n1_6_12 },
	       false, "blocks: nothing asks for single pages (rodata=on)", NULL);
	expect((struct machine){ "kfence.sample_interval=100\n", DEBIAN, "100\n", &n1_6_12 },
	       true, "pages: rodata=full protects the linear alias of read-only memory",
	       "boot with rodata=on: blocks return");
	/* switched on after boot: it was late, whatever the file says now */
	expect((struct machine){ "rodata=on\n", DEBIAN, "100\n", &n1_6_12 }, true,
	       "KFENCE may be enabled late", "kfence.sample_interval=100");
}

static void test_others(void **state)
{
	expect((struct machine){ "\n", "CONFIG_X=y\n", NULL, &n1_6_12 }, false, "(rodata=on)",
	       NULL);
	expect((struct machine){ "rodata=off\n", DEBIAN, NULL, &n1_6_12 }, false,
	       "(rodata=off)", NULL);
	/* a word the kernel does not know leaves the default */
	expect((struct machine){ "rodata=noalias\n", DEBIAN, NULL, &n1_6_12 }, true,
	       "pages: rodata=full", "rodata=on");
	expect((struct machine){ "rodata=on debug_pagealloc=on\n",
				 "CONFIG_DEBUG_PAGEALLOC=y\n", NULL, &one_patched },
	       true, "pages: debug_pagealloc", "boot without debug_pagealloc");
	expect((struct machine){ "rodata=on debug_pagealloc=on\n",
				 "# CONFIG_DEBUG_PAGEALLOC is not set\n", NULL, &n1_6_12 },
	       false, "blocks", NULL);
	expect((struct machine){ "rodata=on\n",
				 "CONFIG_DEBUG_PAGEALLOC=y\n"
				 "CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT=y\n",
				 NULL, &n1_6_12 },
	       true, "debug_pagealloc", "boot without");
	/* a line of the configuration, not a part of one */
	expect((struct machine){ "rodata=on\n", "CONFIG_KFENCE_SAMPLE_INTERVAL=0x64\n",
				 "100\n", &n1_6_12 },
	       false, "blocks", NULL);
}

/* Each word as its own parser in the kernel takes it; the last that is understood counts. */
static void test_words(void **state)
{
	static const struct {
		const char *cmdline;
		bool pages;
		const char *why;
	} lines[] = {
		{ "rodata=on kfence.sample-interval=100\n", false, "(rodata=on)" },
		{ "rodata=\"off\" kfence.sample_interval=100\n", false, "(rodata=off)" },
		{ "\"rodata=off\" kfence.sample_interval=\"100\"\n", false, "(rodata=off)" },
		{ "rodata=off rodata=bogus kfence.sample_interval=100\n", false,
		  "(rodata=off)" },
		{ "rodata=off rodata=full kfence.sample_interval=100\n", true,
		  "pages: rodata=full" },
		{ "-- rodata=off kfence.sample_interval=100\n", true,
		  "pages: rodata=full protects the linear alias of read-only memory, and "
		  "KFENCE may be enabled late" },
		/* get_option() takes the number a value begins with */
		{ "rodata=on kfence.sample_interval=100ms\n", false, "blocks" },
		{ "rodata=on kfence.sample_interval=0x0\n", true, "KFENCE may be" },
		{ "rodata=on kfence.sample_interval=100 kfence.sample_interval=x\n", false,
		  "blocks" },
		{ "rodata=on kfence.sample_interval=100 kfence.sample_interval=0\n", true,
		  "KFENCE may be" },
		{ "rodata=on kfence.sample_interval=-1\n", false, "blocks" },
		/* kstrtobool() */
		{ "rodata=on kfence.sample_interval=1 debug-pagealloc=Y\n", true,
		  "debug_pagealloc" },
		{ "rodata=on kfence.sample_interval=1 debug_pagealloc=1\n", true,
		  "debug_pagealloc" },
		{ "rodata=on kfence.sample_interval=1 debug_pagealloc=on debug_pagealloc=Off\n",
		  false, "blocks" },
		{ "rodata=on kfence.sample_interval=1 debug_pagealloc\n", false, "blocks" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		expect((struct machine){ lines[i].cmdline, DEBIAN "CONFIG_DEBUG_PAGEALLOC=y\n",
					 "100\n", &n1_6_12 },
		       lines[i].pages, lines[i].why, lines[i].pages ? "" : NULL);
}

static void test_split_on_demand(void **state)
{
	/* AmpereOne with 6.18: blocks under full protection, and late KFENCE does no harm */
	expect((struct machine){ "\n", NULL, "0\n", &one_6_18 }, false,
	       "blocks, split on demand", NULL);
	/* the same cores with 6.12 */
	expect((struct machine){ "\n", DEBIAN, "0\n", &one_6_12 }, true, "pages: rodata=full",
	       "prefer a kernel that splits blocks on demand");
	/* Neoverse N1 with 6.18: nothing but the boot options, in the new words */
	expect((struct machine){ "\n", NULL, "0\n", &n1_6_18 }, true,
	       "pages: rodata=on protects the linear alias",
	       "boot with rodata=noalias kfence.sample_interval=100");
	expect((struct machine){ "rodata=on\n", NULL, "100\n", &n1_6_18 }, true,
	       "pages: rodata=on protects", "boot with rodata=noalias: blocks");
	/* force_pte_mapping() of 7.3 asks the same: a late pool is split only where CPUs can
	 */
	expect((struct machine){ "rodata=noalias\n", NULL, "0\n", &n1_7_3 }, true,
	       "pages: KFENCE may be enabled late",
	       "boot with kfence.sample_interval=100: blocks return");
	expect((struct machine){ "\n", NULL, "0\n", &n1_7_3 }, true,
	       "pages: rodata=on protects the linear alias",
	       "boot with rodata=noalias kfence.sample_interval=100");
	expect((struct machine){ "\n", NULL, "0\n", &one_7_3 }, false,
	       "blocks, split on demand", NULL);
	expect((struct machine){ "rodata=noalias\n", NULL, "100\n", &n1_6_18 }, false,
	       "(rodata=noalias)", NULL);
	expect((struct machine){ "rodata=full\n", NULL, "100\n", &n1_6_18 }, true,
	       "pages: rodata=on protects", "rodata=noalias");
}

/* bfa7965b33ab, in 6.4: KFENCE alone stopped to force pages, where its pool is set up early */
static void test_before_6_4(void **state)
{
	expect((struct machine){ "rodata=on kfence.sample_interval=100\n", DEBIAN, "100\n",
				 &n1_6_1 },
	       true,
	       "pages: KFENCE is built in (before Linux 6.4 that is enough, whatever its "
	       "interval), which keeps pages even with rodata=on",
	       "boot Linux 6.4 or later, with kfence.sample_interval=100: blocks return");
	expect((struct machine){ "\n", DEBIAN, "0\n", &n1_6_1 }, true,
	       "pages: rodata=full protects the linear alias of read-only memory, and KFENCE is "
	       "built in",
	       "or later, with rodata=on kfence.sample_interval=100: blocks return, and KFENCE "
	       "runs; the linear alias of read-only memory becomes writable, which is weaker");
	expect((struct machine){ "rodata=on\n", NULL, NULL, &n1_6_1 }, false, "blocks", NULL);
	expect((struct machine){ "rodata=on kfence.sample_interval=100\n", DEBIAN, "100\n",
				 &n1_6_4 },
	       false, "blocks", NULL);
}

/* What nobody has looked up is not a fact: it is told as not known, or as assumed. */
static void test_no_configuration(void **state)
{
	static const struct {
		struct machine m;
		enum linmap_walked walked;
		bool unknown, pages;
		const char *why;
	} cases[] = {
		{ { "quiet\n", NULL, NULL, &n1_6_12 },
		  LINMAP_NOT_WALKED,
		  true,
		  false,
		  "rodata= is not on the command line, and the kernel's configuration was not "
		  "found (/proc/config.gz, /boot/config-RELEASE, /lib/modules/RELEASE/config): "
		  "pages if rodata=full was built in, else blocks" },
		{ { "quiet\n", NULL, NULL, &n1_6_12 },
		  LINMAP_WALKED_BOTH,
		  true,
		  false,
		  "rodata= is not on the command line" },
		/* the page tables say which it was */
		{ { "quiet\n", NULL, NULL, &n1_6_12 },
		  LINMAP_WALKED_PAGES,
		  false,
		  true,
		  "pages: rodata=full (assumed) protects the linear alias" },
		{ { "quiet\n", NULL, NULL, &n1_6_12 },
		  LINMAP_WALKED_BLOCKS,
		  false,
		  false,
		  "blocks: nothing asks for single pages (rodata=not full)" },
		/* pages in either case */
		{ { "quiet\n", NULL, "0\n", &n1_6_12 },
		  LINMAP_NOT_WALKED,
		  false,
		  true,
		  "pages: rodata=full (assumed) protects the linear alias of read-only memory, "
		  "and KFENCE may be enabled late" },
		/* the word is there, or Kconfig has no say (6.18) */
		{ { "rodata=full\n", NULL, NULL, &n1_6_12 },
		  LINMAP_NOT_WALKED,
		  false,
		  true,
		  "pages: rodata=full protects" },
		{ { "quiet\n", NULL, NULL, &n1_6_18 },
		  LINMAP_NOT_WALKED,
		  false,
		  true,
		  "pages: rodata=on protects" },
		{ { "quiet\n", "# CONFIG_RODATA_FULL_DEFAULT_ENABLED is not set\n", NULL,
		    &n1_6_12 },
		  LINMAP_NOT_WALKED,
		  false,
		  false,
		  "(rodata=on)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct linmap_inputs in = inputs(&cases[i].m);
		struct linmap_verdict v;

		in.walked = cases[i].walked;
		linmap_judge(&in, &v);
		if (v.unknown != cases[i].unknown || v.pages != cases[i].pages ||
		    !strstr(v.why, cases[i].why))
			fail_msg("%zu: %d %d '%s'", i, v.unknown, v.pages, v.why);
		if (v.unknown)
			assert_non_null(strstr(v.remedy, "walk the page tables"));
	}
}

#define CRASH	     "rodata=on crashkernel=512M\n"
#define CRASH_CONFIG "CONFIG_KEXEC_CORE=y\nCONFIG_ZONE_DMA32=y\n"

/* What the command line means without a configuration: what was walked, what is said then. */
static const struct {
	const char *cmdline;
	const struct cores_and_kernel *on;
	enum linmap_walked walked;
	bool unknown, pages;
	const char *why;
} unconfigured[] = {
	{ CRASH, &n1_6_1, LINMAP_NOT_WALKED, true, false,
	  "crashkernel= is on the command line, and the kernel's configuration " },
	{ CRASH, &n1_6_1, LINMAP_NOT_WALKED, true, false,
	  ": pages if kexec with a DMA zone was built in, else blocks" },
	{ CRASH, &n1_6_1, LINMAP_WALKED_BLOCKS, false, false,
	  "blocks: nothing asks for single pages (rodata=on)" },
	{ CRASH, &n1_6_1, LINMAP_WALKED_PAGES, false, true,
	  "pages: crashkernel= is given (before Linux 6.4 that is enough with kexec and a DMA "
	  "zone), which keeps pages even with rodata=on" },
	{ CRASH, &n1_6_4, LINMAP_NOT_WALKED, false, false, "blocks" },
	{ "crashkernel=512M\n", &n1_6_1, LINMAP_NOT_WALKED, true, false,
	  "rodata= is not on the command line, and the kernel's configuration " },
	{ "crashkernel=512M\n", &n1_6_1, LINMAP_NOT_WALKED, true, false,
	  "pages if rodata=full or kexec with a DMA zone was built in" },
	{ "rodata=on debug_pagealloc=on\n", &n1_6_12, LINMAP_NOT_WALKED, true, false,
	  "debug_pagealloc is on the command line, and the kernel's configuration " },
	{ "rodata=on debug_pagealloc=on\n", &n1_6_12, LINMAP_WALKED_PAGES, false, true,
	  "pages: debug_pagealloc" },
	{ "rodata=on debug_pagealloc=on\n", &n1_6_12, LINMAP_WALKED_BLOCKS, false, false,
	  "blocks: nothing asks" },
	/* explained without it */
	{ "rodata=full debug_pagealloc=on\n", &n1_6_12, LINMAP_WALKED_PAGES, false, true,
	  "pages: rodata=full protects" },
	{ "rodata=full debug_pagealloc=on\n", &n1_6_12, LINMAP_NOT_WALKED, false, true,
	  "pages: rodata=full protects" },
};

static void test_unconfigured(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(unconfigured); i++) {
		struct machine m = { unconfigured[i].cmdline, NULL, NULL, unconfigured[i].on };
		struct linmap_inputs in = inputs(&m);
		struct linmap_verdict v;

		in.walked = unconfigured[i].walked;
		linmap_judge(&in, &v);
		if (v.unknown != unconfigured[i].unknown || v.pages != unconfigured[i].pages ||
		    !strstr(v.why, unconfigured[i].why))
			fail_msg("%zu: %d %d '%s'", i, v.unknown, v.pages, v.why);
	}
}

static void test_crashkernel(void **state)
{
	expect((struct machine){ CRASH, CRASH_CONFIG, NULL, &n1_6_1 }, true,
	       "pages: crashkernel= is given (before Linux 6.4 that is enough), which keeps pages "
	       "even with rodata=on",
	       "boot Linux 6.4 or later, or without crashkernel=: blocks return");
	expect((struct machine){ "rodata=full crashkernel=512M\n", NULL, NULL, &n1_6_1 }, true,
	       "pages: rodata=full",
	       "or without crashkernel=, with rodata=on: blocks return;");
	expect((struct machine){ CRASH, "CONFIG_KEXEC_CORE=y\n", NULL, &n1_6_1 }, false,
	       "blocks", NULL);
	expect((struct machine){ CRASH, NULL, NULL, &n1_6_4 }, false, "blocks", NULL);
	expect((struct machine){ CRASH, NULL, NULL, &n1_5_10 }, false, "blocks", NULL);
}

static void test_realm(void **state)
{
	expect((struct machine){ "rodata=noalias\n", NULL, "100\n", &n1_realm }, true,
	       "pages: the memory of a realm is shared with its host page by page", NULL);
	/* force_pte_mapping(): cores that split live blocks need no pages for it */
	expect((struct machine){ "\n", NULL, "0\n", &one_realm }, false,
	       "blocks, split on demand", NULL);
}

static void test_no_promise(void **state)
{
	/* What is weakened is always said; a core that is on no list is promised no kernel. */
	const struct machine n1 = { "\n", DEBIAN, "0\n", &n1_6_12 };
	struct linmap_inputs in = inputs(&n1);
	struct linmap_verdict v;

	linmap_judge(&in, &v);
	assert_string_equal(v.remedy, "run as root: what would help weakens a protection, and "
				      "pgtop advises that only when it has walked the page "
				      "tables");
	in.walked = LINMAP_WALKED_PAGES;
	linmap_judge(&in, &v);
	assert_non_null(strstr(v.remedy, "becomes writable, which is weaker"));
	assert_non_null(strstr(v.remedy, "KFENCE runs"));
	assert_null(strstr(v.remedy, "6.18"));
}

static void test_unreadable(void **state)
{
	char *root = tree_new();
	const struct host h = { .root = root };
	struct linmap_inputs in;

	assert_int_equal(linmap_read(&h, &in), -ENOENT);
	tree_free(root);
}

static void test_tables(void **state)
{
	/* measured in guests: MemTotal differs by 32,800 kB at 16 GiB and 262,624 at 128 GiB;
	 * the kernel's own tables for its upper levels are the rest */
	assert_int_equal(linmap_table_bytes(16ull << 30, 4096), 32768 << 10);
	assert_int_equal(linmap_table_bytes(128ull << 30, 4096), 262144 << 10);
	/* 16K pages: a 16 KiB table for each 32 MiB */
	assert_int_equal(linmap_table_bytes(1ull << 30, 16384), 512 << 10);
	assert_int_equal(linmap_table_bytes(1ull << 30, 65536), 131072);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debian),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_split_on_demand),
		cmocka_unit_test(test_no_promise),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_before_6_4),
		cmocka_unit_test(test_no_configuration),
		cmocka_unit_test(test_unconfigured),
		cmocka_unit_test(test_crashkernel),
		cmocka_unit_test(test_realm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
