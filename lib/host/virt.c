// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/cpuid.h"
#include "host/cpuinfo.h"
#include "host/virt.h"
#include "util/file.h"
#include "util/util.h"

#define DMI	    "/sys/class/dmi/id"
#define DEVICE_TREE "/proc/device-tree"

/* What the vendor and the product of the system begin with; product NULL: all are virtual. */
static const struct {
	const char *vendor, *product, *name;
} dmi_names[] = {
	{ "QEMU", NULL, "qemu" },
	{ "Amazon EC2", "", "amazon" }, /* not *.metal, see dmi_virt() */
	{ "Google", "Google Compute Engine", "google" },
	{ "Microsoft Corporation", "Virtual Machine", "microsoft" },
	{ "VMware, Inc.", "VMware", "vmware" },
	{ "Xen", NULL, "xen" },
	{ "innotek GmbH", NULL, "oracle" },
	{ "Oracle Corporation", "VirtualBox", "oracle" },
	{ "Parallels", "Parallels", "parallels" },
	{ "Apple Inc.", "Apple Virtualization", "apple" },
	{ "BHYVE", NULL, "bhyve" },
	{ "KubeVirt", NULL, "kubevirt" },
	{ "OpenStack", NULL, "openstack" },
	{ "RDO", "OpenStack", "openstack" },
	{ "Red Hat", "KVM", "kvm" },
	{ "Red Hat", "RHEV", "kvm" },
	{ "oVirt", NULL, "kvm" },
	{ "Nutanix", "AHV", "nutanix" },
	{ "DigitalOcean", "Droplet", "digitalocean" },
	{ "Hetzner", "vServer", "hetzner" },
	{ "Cloud Hypervisor", NULL, "cloud-hypervisor" },
};

static const struct {
	const char *vendor, *name;
} cpuid_names[] = {
	{ "KVMKVMKVM", "kvm" },		 { "Microsoft Hv", "microsoft" },
	{ "VMwareVMware", "vmware" },	 { "XenVMMXenVMM", "xen" },
	{ "TCGTCGTCGTCG", "qemu" },	 { "VBoxVBoxVBox", "oracle" },
	{ "bhyve bhyve ", "bhyve" },	 { "prl hyperv  ", "parallels" },
	{ " lrpepyh  vr", "parallels" }, { "ACRNACRNACRN", "acrn" },
	{ "Jailhouse", "jailhouse" },
};

static const struct {
	const char *compatible, *name;
} tree_names[] = {
	{ "xen,xen", "xen" },
	{ "linux,kvm", "kvm" },
	{ "vmware", "vmware" },
	{ "microsoft,hyperv", "microsoft" },
	{ "gunyah-hypervisor", "gunyah" },
	{ "jailhouse", "jailhouse" },
};

static int virt_named(const char *name, char *buf, size_t len)
{
	snprintf(buf, len, "%s", name);
	return 0;
}

static bool begins_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* Hardware that is let without a hypervisor has the same vendor and "metal" in its product. */
static bool is_metal(const char *product)
{
	return strstr(product, ".metal");
}

static int dmi_virt(const char *root, char *buf, size_t len)
{
	_cleanup_free_ char *vendor = NULL, *product = NULL;

	if (file_read_line(root, DMI "/sys_vendor", &vendor))
		return -ENOENT;
	if (file_read_line(root, DMI "/product_name", &product))
		product = NULL;
	if (product && is_metal(product))
		return virt_named("none", buf, len);
	for (size_t i = 0; i < ARRAY_SIZE(dmi_names); i++) {
		if (!begins_with(vendor, dmi_names[i].vendor))
			continue;
		if (!dmi_names[i].product ||
		    (product && begins_with(product, dmi_names[i].product)))
			return virt_named(dmi_names[i].name, buf, len);
	}
	return -ENOENT;
}

/* SMBIOS, table 0 (BIOS), characteristics extension byte 2, bit 4: a virtual machine. */
static bool is_marked_virtual(const char *root)
{
	_cleanup_free_ char *table = NULL;
	size_t n = 0;

	return !file_read_bytes(root, "/sys/firmware/dmi/entries/0-0/raw", &table, &n) &&
	       n > 0x13 && table[0x13] >> 4 & 1;
}

static int cpuid_virt(const char *root, char *buf, size_t len)
{
	_cleanup_(cpuid_free_p) struct cpuid *c = NULL;
	struct cpuid_hypervisor h;

	if (cpuid_new(root, &c) || !cpuid_hypervisor(c, &h))
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(cpuid_names); i++) {
		if (!strcmp(h.vendor, cpuid_names[i].vendor))
			return virt_named(cpuid_names[i].name, buf, len);
	}
	return -ENOENT;
}

/* Windows' subsystem for Linux has neither DMI nor a device tree: its kernel says its name. */
static bool is_wsl(const char *root)
{
	_cleanup_free_ char *version = NULL;

	return !file_read(root, "/proc/version", &version, NULL) &&
	       (strstr(version, "microsoft-standard") || strstr(version, "WSL2"));
}

/* What both architectures have */
static int kernel_virt(const char *root, char *buf, size_t len)
{
	_cleanup_free_ char *type = NULL;

	if (!file_read_line(root, "/sys/hypervisor/type", &type) && !strcmp(type, "xen"))
		return virt_named("xen", buf, len);
	if (is_wsl(root))
		return virt_named("microsoft", buf, len);
	return is_marked_virtual(root) ? virt_named("unnamed", buf, len) : -ENOENT;
}

static int x86_virt(const char *root, char *buf, size_t len)
{
	if (!dmi_virt(root, buf, len) && strcmp(buf, "none"))
		return 0;
	if (!cpuid_virt(root, buf, len) || !kernel_virt(root, buf, len))
		return 0;
	return virt_named("unnamed", buf, len);
}

/* QEMU's way to hand files to its guests; its address is part of the name. */
static bool has_fw_cfg(const char *root)
{
	_cleanup_(strings_free_p) char **nodes = NULL;

	if (file_list(root, DEVICE_TREE, &nodes))
		return false;
	for (size_t i = 0; nodes[i]; i++) {
		if (begins_with(nodes[i], "fw-cfg"))
			return true;
	}
	return false;
}

/* The first of the strings in the file `compatible` of @node */
static int read_compatible(const char *root, const char *node, char **ret)
{
	char path[128];
	size_t n;

	snprintf(path, sizeof(path), DEVICE_TREE "%s/compatible", node);
	return file_read_bytes(root, path, ret, &n);
}

static int tree_virt(const char *root, char *buf, size_t len)
{
	_cleanup_free_ char *hypervisor = NULL, *board = NULL;

	if (!read_compatible(root, "/hypervisor", &hypervisor)) {
		for (size_t i = 0; i < ARRAY_SIZE(tree_names); i++) {
			if (begins_with(hypervisor, tree_names[i].compatible))
				return virt_named(tree_names[i].name, buf, len);
		}
	}
	if (has_fw_cfg(root))
		return virt_named("qemu", buf, len);
	if (file_exists(root, DEVICE_TREE "/hypervisor"))
		return virt_named("unnamed", buf, len);
	/* the board of QEMU, kvmtool, crosvm and others */
	if (!read_compatible(root, "", &board) && !strcmp(board, "linux,dummy-virt"))
		return virt_named("unnamed", buf, len);
	return -ENOENT;
}

int virt_detect(const char *root, char *buf, size_t len)
{
	_cleanup_free_ char *cpuinfo = NULL;
	int r = file_read(root, "/proc/cpuinfo", &cpuinfo, NULL);

	if (r && r != -ENOENT)
		return r;
	if (cpuinfo && strstr(cpuinfo, "vendor_id"))
		return cpuinfo_has_flag(cpuinfo, "hypervisor") ? x86_virt(root, buf, len)
							       : virt_named("none", buf, len);
	if (!tree_virt(root, buf, len) || !dmi_virt(root, buf, len))
		return 0;
	return kernel_virt(root, buf, len);
}
