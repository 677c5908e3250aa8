// SPDX-License-Identifier: GPL-2.0-only
/* Which flushes of x86 the tracepoint does not see. */
#include "tree.h"

#include "cpuid_text.h"
#include "tlbflush/untraced.h"
#include "util/util.h"

#define GUEST "processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu hypervisor\n"

static const struct {
	const char *name, *cpuid;
	unsigned int major, minor;
	const char *path, *text; /* one more file; NULL: none */
	const char *why;	 /* NULL: all are traced */
	bool others;
} machines[] = {
	{ "hardware", CPUID_HARDWARE, 6, 12, NULL, NULL, NULL, false },
	{ "INVLPGB", CPUID_HARDWARE CPUID_AMD_SIZES("80000028", "111ef65f"), 6, 15, NULL, NULL,
	  "INVLPGB", false },
	{ "INVLPGB that the kernel does not use",
	  CPUID_HARDWARE CPUID_AMD_SIZES("80000028", "111ef65f"), 6, 14, NULL, NULL, NULL,
	  false },
	{ "KVM",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"), 6,
	  1, NULL, NULL, "flushed by KVM", false },
	{ "KVM with one CPU",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"), 6,
	  1, "/sys/devices/system/cpu/possible", "0\n", NULL, false },
	{ "KVM with two",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"), 6,
	  1, "/sys/devices/system/cpu/possible", "0-1\n", "flushed by KVM", false },
	{ "WSL2", CPUID_GUEST CPUID_HYPERV("00064e24"), 6, 6, NULL, NULL, "calls to Hyper-V",
	  true },
	{ "Hyper-V that recommends no call", CPUID_GUEST CPUID_HYPERV("00064e20"), 6, 6, NULL,
	  NULL, NULL, false },
	{ "WSL2 whose CPUID is not known", NULL, 6, 6, "/proc/version",
	  "Linux version 6.6.87.2-microsoft-standard-WSL2\n", "calls to Hyper-V", true },
	{ "a guest of whom nothing is known", NULL, 6, 6, NULL, NULL, NULL, false },
	{ "Xen that runs a kernel made for it", CPUID_GUEST, 6, 6,
	  "/sys/hypervisor/guest_type", "PV\n", "calls to Xen", true },
	{ "Xen with hardware's help", CPUID_GUEST, 6, 6, "/sys/hypervisor/guest_type", "HVM\n",
	  NULL, false },
};

static void test_machines(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		char *root = tree_new();
		struct host h = { .root = root,
				  .arch = ARCH_X86_64,
				  .major = machines[i].major,
				  .minor = machines[i].minor };
		struct untraced u = { "", false };
		bool found;

		tree_file(root, "/proc/cpuinfo", GUEST);
		if (machines[i].cpuid)
			tree_file(root, "/cpuid", machines[i].cpuid);
		if (machines[i].path)
			tree_file(root, machines[i].path, machines[i].text);
		found = untraced_flushes(&h, &u);
		if (found != !!machines[i].why || u.others != machines[i].others ||
		    (found && !strstr(u.why, machines[i].why)))
			fail_msg("%s: %d '%s' %d", machines[i].name, found, u.why, u.others);
		tree_free(root);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
