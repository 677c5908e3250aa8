// SPDX-License-Identifier: GPL-2.0-only
/* Which flushes of x86 the tracepoint does not see. */
#include "tree.h"

#include <bpf/btf.h>

#include "cpuid_text.h"
#include "tlbflush/untraced.h"
#include "util/util.h"

#define GUEST "processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu hypervisor\n"

static const struct {
	const char *name, *cpuid;
	const char *member;	 /* of the kernel's mm_context_t; NULL: there is no BTF */
	const char *path, *text; /* one more file; NULL: none */
	const char *why;	 /* NULL: all are traced */
	bool others;
} machines[] = {
	{ "hardware", CPUID_HARDWARE, NULL, NULL, NULL, NULL, false },
	{ "INVLPGB", CPUID_HARDWARE CPUID_AMD_SIZES("80000028", "111ef65f"), "global_asid",
	  NULL, NULL, "INVLPGB", false },
	{ "INVLPGB that the kernel does not use",
	  CPUID_HARDWARE CPUID_AMD_SIZES("80000028", "111ef65f"), "vdso_image", NULL, NULL,
	  NULL, false },
	{ "INVLPGB that other CPUs would have", CPUID_HARDWARE, "global_asid", NULL, NULL,
	  NULL, false },
	{ "INVLPGB and a kernel that does not tell",
	  CPUID_HARDWARE CPUID_AMD_SIZES("80000028", "111ef65f"), NULL, NULL, NULL, NULL,
	  false },
	{ "KVM",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"),
	  NULL, NULL, NULL, "flushed by KVM", false },
	{ "KVM with one CPU",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"),
	  NULL, "/sys/devices/system/cpu/possible", "0\n", NULL, false },
	{ "KVM with two",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"),
	  NULL, "/sys/devices/system/cpu/possible", "0-1\n", "flushed by KVM", false },
	{ "WSL2", CPUID_GUEST CPUID_HYPERV("00064e24"), NULL, NULL, NULL, "calls to Hyper-V",
	  true },
	{ "Hyper-V that recommends no call", CPUID_GUEST CPUID_HYPERV("00064e20"), NULL, NULL,
	  NULL, NULL, false },
	{ "WSL2 whose CPUID is not known", NULL, NULL, "/proc/version",
	  "Linux version 6.6.87.2-microsoft-standard-WSL2\n", "calls to Hyper-V", true },
	{ "a guest of whom nothing is known", NULL, NULL, NULL, NULL, NULL, false },
	{ "Xen that runs a kernel made for it", CPUID_GUEST, NULL,
	  "/sys/hypervisor/guest_type", "PV\n", "calls to Xen", true },
	{ "Xen with hardware's help", CPUID_GUEST, NULL, "/sys/hypervisor/guest_type", "HVM\n",
	  NULL, false },
};

/* The kernel's BTF, as far as it tells what an address space has besides its page tables */
static void write_context(const char *root, const char *member)
{
	struct btf *btf = btf__new_empty();
	const void *raw;
	uint32_t size;

	assert_int_equal(btf__add_int(btf, "short", 2, 0), 1);
	assert_int_equal(btf__add_struct(btf, NULL, 8), 2);
	assert_int_equal(btf__add_field(btf, "flags", 1, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, member, 1, 16, 0), 0);
	assert_int_equal(btf__add_typedef(btf, "mm_context_t", 2), 3);
	raw = btf__raw_data(btf, &size);
	tree_bytes(root, "/sys/kernel/btf/vmlinux", raw, size);
	btf__free(btf);
}

static void test_machines(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		char *root = tree_new();
		struct host h = { .root = root, .arch = ARCH_X86_64 };
		struct untraced u = { "", false };
		bool found;

		tree_file(root, "/proc/cpuinfo", GUEST);
		if (machines[i].cpuid)
			tree_file(root, "/cpuid", machines[i].cpuid);
		if (machines[i].path)
			tree_file(root, machines[i].path, machines[i].text);
		if (machines[i].member)
			write_context(root, machines[i].member);
		found = untraced_flushes(&h, &u);
		if (found != !!machines[i].why || u.others != machines[i].others ||
		    (found && !strstr(u.why, machines[i].why)))
			fail_msg("%s: %d '%s' %d", machines[i].name, found, u.why, u.others);
		btf__free(h.btf);
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
