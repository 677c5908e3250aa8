// SPDX-License-Identifier: GPL-2.0-only
/* What CPUID says: lines as cpuid(1) writes them, hypervisors, and two features. */
#include "tree.h"

#include "cpuid_text.h"
#include "host/cpuid.h"
#include "util/util.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int result;
	} texts[] = {
		{ CPUID_HEAD CPUID_HARDWARE, 0 },
		{ "", -ENOENT },
		{ CPUID_HEAD, -ENOENT },
		/* another subleaf */
		{ "   0x00000001 0x01: eax=0x1 ebx=0x2 ecx=0x3 edx=0x4\n", -ENOENT },
		{ "   0x00000001 0x00: eax=0x1 ebx=0x2 ecx=0x3\n", -EBADMSG },
		{ "   0x00000001 0x00: eax=0x1 ebx=0x2 ecx=0x3 edx=\n", -EBADMSG },
		{ "   0x00000001 0x00: eax=0x100000000 ebx=0x2 ecx=0x3 edx=0x4\n", -EBADMSG },
		{ "   0x00000001 0x00 eax=0x1 ebx=0x2 ecx=0x3 edx=0x4\n", -EBADMSG },
		{ "   0x00000001 0x00: ebx=0x1 eax=0x2 ecx=0x3 edx=0x4\n", -EBADMSG },
	};
	struct cpuid_regs regs;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		regs = (struct cpuid_regs){ 77, 77, 77, 77 };
		if (cpuid_parse(texts[i].text, 1, &regs) != texts[i].result)
			fail_msg("%zu", i);
		if (texts[i].result)
			assert_int_equal(regs.eax + regs.ebx + regs.ecx + regs.edx, 4 * 77);
	}
	assert_int_equal(cpuid_parse(texts[0].text, 1, &regs), 0);
	assert_int_equal(regs.eax, 0x50657);
	assert_int_equal(regs.ebx, 0x100800);
	assert_int_equal(regs.ecx, 0x7ffefbff);
	assert_int_equal(regs.edx, 0xbfebfbff);
}

static const struct {
	const char *name, *text;
	const char *vendor; /* NULL: no guest */
	bool invlpgb, hyperv, kvm;
} machines[] = {
	{ "hardware", CPUID_HARDWARE, NULL, false, false, false },
	{ "hardware that answers beyond its last leaf",
	  CPUID_HARDWARE CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"),
	  NULL, false, false, false },
	{ "AMD with INVLPGB", CPUID_HARDWARE CPUID_AMD_SIZES("80000028", "111ef65f"), NULL,
	  true, false, false },
	{ "AMD without", CPUID_HARDWARE CPUID_AMD_SIZES("80000028", "111ef657"), NULL, false,
	  false, false },
	{ "a leaf that is beyond the last",
	  CPUID_HARDWARE CPUID_AMD_SIZES("80000004", "111ef65f"), NULL, false, false, false },
	{ "KVM",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"),
	  "KVMKVMKVM", false, false, true },
	{ "KVM of old, which told no last leaf",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "00000000", "01007efb", "00000000"),
	  "KVMKVMKVM", false, false, true },
	{ "KVM whose CPUs always run",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000001"),
	  "KVMKVMKVM", false, false, false },
	{ "KVM without such flushes",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007cfb", "00000000"),
	  "KVMKVMKVM", false, false, false },
	{ "KVM without stolen time",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007edb", "00000000"),
	  "KVMKVMKVM", false, false, false },
	{ "KVM that lets its guests wait",
	  CPUID_GUEST_MWAIT CPUID_KVM("40000000", "40000001", "40000001", "01007efb",
				      "00000000"),
	  "KVMKVMKVM", false, false, false },
	{ "Hyper-V", CPUID_GUEST CPUID_HYPERV("00064e24"), "Microsoft Hv", false, true,
	  false },
	{ "Hyper-V that recommends no call", CPUID_GUEST CPUID_HYPERV("00064e20"),
	  "Microsoft Hv", false, false, false },
	{ "KVM behind the interface of Hyper-V",
	  CPUID_GUEST CPUID_HYPERV("00064e24")
		  CPUID_KVM("40000100", "40000101", "40000101", "01007efb", "00000000"),
	  "KVMKVMKVM", false, false, true },
	{ "Xen", CPUID_GUEST CPUID_NAMED("566e6558", "65584d4d", "4d4d566e"), "XenVMMXenVMM",
	  false, false, false },
	{ "somebody without a name",
	  CPUID_GUEST CPUID_NAMED("00000000", "00000000", "00000000"), "", false, false,
	  false },
};

static void test_machines(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		char *root = tree_new();
		struct cpuid_hypervisor h = { 0 };
		struct cpuid *c = NULL;
		bool guest;

		assert_int_equal(cpuid_new(root, &c), -ENOENT);
		tree_file(root, "/cpuid", machines[i].text);
		assert_int_equal(cpuid_new(root, &c), 0);
		guest = cpuid_hypervisor(c, &h);
		if (guest != !!machines[i].vendor ||
		    (guest && strcmp(h.vendor, machines[i].vendor)) ||
		    cpuid_invlpgb(c) != machines[i].invlpgb ||
		    cpuid_hyperv_flush(c) != machines[i].hyperv ||
		    cpuid_kvm_flush(c) != machines[i].kvm)
			fail_msg("%s: guest %d of '%s', invlpgb %d, hyperv %d, kvm %d",
				 machines[i].name, guest, h.vendor, cpuid_invlpgb(c),
				 cpuid_hyperv_flush(c), cpuid_kvm_flush(c));
		cpuid_free(c);
		tree_free(root);
	}
	cpuid_free(NULL);
}

/* This machine: the kernel read the same leaf for /proc/cpuinfo. */
static void test_live(void **state)
{
	struct cpuid *c = NULL;
	char line[4096];
	bool guest = false, x86 = false;
	FILE *f = fopen("/proc/cpuinfo", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		x86 |= !strncmp(line, "flags", 5);
		guest |= !strncmp(line, "flags", 5) && strstr(line, " hypervisor");
	}
	fclose(f);
	if (!x86) {
		assert_int_equal(cpuid_new("", &c), -EOPNOTSUPP);
		return;
	}
	assert_int_equal(cpuid_new("", &c), 0);
	assert_int_equal(cpuid_leaf(c, 1).ecx >> 31, guest);
	cpuid_free(c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
