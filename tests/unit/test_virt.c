// SPDX-License-Identifier: GPL-2.0-only
/* Whether a machine is virtual: hardware of firms that also run virtual machines is not. */
#include "tree.h"

#include "cpuid_text.h"
#include "host/virt.h"
#include "util/util.h"

#define X86	  "processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu\n"
#define X86_GUEST "processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu hypervisor\n"
#define ARM	  "processor\t: 0\nCPU implementer\t: 0x41\n"

static const struct {
	const char *name;
	const char *cpuinfo, *vendor, *product; /* NULL: there is no such file */
	const char *path, *text;		/* one more */
	const char *want;			/* NULL: nothing tells */
} machines[] = {
	{ "nothing", NULL, NULL, NULL, NULL, NULL, NULL },

	{ "x86 hardware", X86, "Dell Inc.", "PowerEdge R750", NULL, NULL, "none" },
	{ "x86 hardware of a cloud", X86, "Amazon EC2", "m5.metal", NULL, NULL, "none" },
	{ "Surface", X86, "Microsoft Corporation", "Surface Laptop 5", NULL, NULL, "none" },
	{ "Chromebook", X86, "Google", "Eve", NULL, NULL, "none" },
	{ "EC2", X86_GUEST, "Amazon EC2", "m5.large", NULL, NULL, "amazon" },
	{ "Azure", X86_GUEST, "Microsoft Corporation", "Virtual Machine", NULL, NULL,
	  "microsoft" },
	{ "KVM that shows its guests the Surface it runs on", X86_GUEST,
	  "Microsoft Corporation", "Surface Laptop 5", "/cpuid",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"),
	  "kvm" },
	{ "Firecracker, without DMI", X86_GUEST, NULL, NULL, "/cpuid",
	  CPUID_GUEST CPUID_KVM("40000000", "40000001", "40000001", "01007efb", "00000000"),
	  "kvm" },
	{ "WSL2", X86_GUEST, NULL, NULL, "/cpuid", CPUID_GUEST CPUID_HYPERV("00064e24"),
	  "microsoft" },
	{ "WSL2 without CPUID", X86_GUEST, NULL, NULL, "/proc/version",
	  "Linux version 6.6.87.2-microsoft-standard-WSL2 (root@x)\n", "microsoft" },
	{ "a kernel that was built by Microsoft", X86_GUEST, NULL, NULL, "/proc/version",
	  "Linux version 6.6.57.1-6.azl3 (root@CBL-Mariner) (gcc)\n", "unnamed" },
	{ "Xen", X86_GUEST, NULL, NULL, "/sys/hypervisor/type", "xen\n", "xen" },
	{ "a guest of nobody", X86_GUEST, "Nobody", "Nothing", NULL, NULL, "unnamed" },
	{ "a guest on hardware that is let as metal", X86_GUEST, "Amazon EC2", "m5.metal",
	  NULL, NULL, "unnamed" },

	{ "arm64 hardware", ARM, "GIGABYTE", "R272-P30", NULL, NULL, NULL },
	{ "arm64 EC2", ARM, "Amazon EC2", "m7g.large", NULL, NULL, "amazon" },
	{ "arm64 EC2 metal", ARM, "Amazon EC2", "a1.metal", NULL, NULL, "none" },
	{ "arm64 EC2 metal of one size", ARM, "Amazon EC2", "c7g.metal-48xl", NULL, NULL,
	  "none" },
	{ "arm64 EC2 that hides its product", ARM, "Amazon EC2", NULL, NULL, NULL, NULL },
	{ "arm64 Surface", ARM, "Microsoft Corporation", "Surface Pro X", NULL, NULL, NULL },
	{ "arm64 Chromebook", ARM, "Google", "Lazor", NULL, NULL, NULL },
	{ "arm64 Azure", ARM, "Microsoft Corporation", "Virtual Machine", NULL, NULL,
	  "microsoft" },
	{ "arm64 GCE", ARM, "Google", "Google Compute Engine", NULL, NULL, "google" },
	{ "a Mac's virtual machine", ARM, "Apple Inc.",
	  "Apple Virtualization Generic Platform", NULL, NULL, "apple" },
	{ "QEMU by DMI", ARM, "QEMU", "QEMU Virtual Machine", NULL, NULL, "qemu" },
	{ "QEMU by its device tree", ARM, NULL, NULL, "/proc/device-tree/fw-cfg@9020000/reg",
	  "", "qemu" },
	{ "the same elsewhere", ARM, NULL, NULL, "/proc/device-tree/fw-cfg@10000/reg", "",
	  "qemu" },
	{ "a board for guests", ARM, NULL, NULL, "/proc/device-tree/compatible",
	  "linux,dummy-virt", "unnamed" },
	{ "another board", ARM, NULL, NULL, "/proc/device-tree/compatible",
	  "raspberrypi,4-model-b", NULL },
	{ "Xen by its device tree", ARM, NULL, NULL, "/proc/device-tree/hypervisor/compatible",
	  "xen,xen-4.17", "xen" },
	{ "a hypervisor of no name", ARM, NULL, NULL,
	  "/proc/device-tree/hypervisor/compatible", "acme,hv", "unnamed" },
	{ "arm64 WSL2", ARM, NULL, NULL, "/proc/version",
	  "Linux version 5.15.167.4-microsoft-standard-WSL2\n", "microsoft" },
};

static void test_machines(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		char *root = tree_new(), buf[64] = "untouched";
		const char *want = machines[i].want;
		int r;

		if (machines[i].cpuinfo)
			tree_file(root, "/proc/cpuinfo", machines[i].cpuinfo);
		if (machines[i].vendor)
			tree_file(root, "/sys/class/dmi/id/sys_vendor", machines[i].vendor);
		if (machines[i].product)
			tree_file(root, "/sys/class/dmi/id/product_name", machines[i].product);
		if (machines[i].path)
			tree_file(root, machines[i].path, machines[i].text);
		r = virt_detect(root, buf, sizeof(buf));
		if (r != (want ? 0 : -ENOENT) || strcmp(buf, want ? want : "untouched"))
			fail_msg("%s: %d '%s'", machines[i].name, r, buf);
		tree_free(root);
	}
}

/* What cannot be read says nothing about the machine. */
static void test_unread(void **state)
{
	char *root = tree_new(), buf[16] = "untouched";

	tree_dir(root, "/proc/cpuinfo");
	tree_file(root, "/sys/class/dmi/id/sys_vendor", "QEMU\n");
	assert_int_equal(virt_detect(root, buf, sizeof(buf)), -EISDIR);
	assert_string_equal(buf, "untouched");
	tree_free(root);
}

/* Type 0 as dmi-sysfs shows it: type, length, handle, ... extension bytes at 0x12, 0x13 */
static void test_smbios(void **state)
{
	unsigned char bios[24] = { 0, 24 };
	char *root = tree_new(), buf[16] = "untouched";

	bios[0x13] = 0x0c;
	tree_bytes(root, "/sys/firmware/dmi/entries/0-0/raw", bios, sizeof(bios));
	assert_int_equal(virt_detect(root, buf, sizeof(buf)), -ENOENT);
	bios[0x13] = 0x1c;
	tree_bytes(root, "/sys/firmware/dmi/entries/0-0/raw", bios, 0x13);
	assert_int_equal(virt_detect(root, buf, sizeof(buf)), -ENOENT);
	tree_bytes(root, "/sys/firmware/dmi/entries/0-0/raw", bios, sizeof(bios));
	assert_int_equal(virt_detect(root, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "unnamed");
	tree_free(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_smbios),
		cmocka_unit_test(test_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
