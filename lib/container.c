// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "cpuinfo.h"
#include "file.h"
#include "util.h"

/* include/linux/proc_ns.h: PROC_PID_INIT_INO, the first PID namespace's inode number. */
#define HOST_PID_NAMESPACE "pid:[4026531836]"

static int pid_namespace(const char *root, char *buf, size_t len)
{
	char path[PATH_MAX], link[64];
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/proc/self/ns/pid", root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	snprintf(buf, len, "%s", strcmp(link, HOST_PID_NAMESPACE) ? "pid-namespace" : "host");
	return 0;
}

int container_detect(const char *root, char *buf, size_t len)
{
	_cleanup_free_ char *name = NULL;

	if (!file_read_line(root, "/run/systemd/container", &name) && *name) {
		snprintf(buf, len, "%s", name);
		return 0;
	}
	if (file_exists(root, "/.dockerenv")) {
		snprintf(buf, len, "docker");
		return 0;
	}
	if (file_exists(root, "/run/.containerenv")) {
		snprintf(buf, len, "podman");
		return 0;
	}
	return pid_namespace(root, buf, len);
}

static int from_dmi(const char *root, char *buf, size_t len)
{
	static const struct {
		const char *vendor, *name;
	} known[] = {
		{ "QEMU", "qemu" },	      { "Amazon EC2", "amazon" },
		{ "Google", "google" },	      { "Microsoft Corporation", "microsoft" },
		{ "VMware, Inc.", "vmware" }, { "Xen", "xen" },
		{ "innotek GmbH", "oracle" }, { "Parallels", "parallels" },
	};
	_cleanup_free_ char *vendor = NULL;

	if (file_read_line(root, "/sys/class/dmi/id/sys_vendor", &vendor))
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strncmp(vendor, known[i].vendor, strlen(known[i].vendor)))
			continue;
		snprintf(buf, len, "%s", known[i].name);
		return 0;
	}
	return -ENOENT;
}

int virt_detect(const char *root, char *buf, size_t len)
{
	_cleanup_free_ char *cpuinfo = NULL;
	bool x86, guest;

	if (file_read(root, "/proc/cpuinfo", &cpuinfo, NULL))
		cpuinfo = NULL;
	x86 = cpuinfo && strstr(cpuinfo, "vendor_id");
	guest = x86 && cpuinfo_has_flag(cpuinfo, "hypervisor");
	if (x86 && !guest) {
		snprintf(buf, len, "none");
		return 0;
	}
	if (!from_dmi(root, buf, len))
		return 0;
	/* QEMU's machine virt, where nothing but the device tree names it */
	if (file_exists(root, "/proc/device-tree/fw-cfg@9020000") ||
	    file_exists(root, "/proc/device-tree/hypervisor") || guest) {
		snprintf(buf, len, "%s", x86 ? "unknown" : "qemu");
		return 0;
	}
	return -ENOENT;
}
