/* SPDX-License-Identifier: GPL-2.0-only */
/* virt.h - whether this machine is a virtual one, and whose */
#ifndef PGTOP_VIRT_H
#define PGTOP_VIRT_H

#include <stddef.h>

/**
 * virt_detect - "none", or what the machine runs on ("kvm", "amazon"); "unnamed": something,
 * but what is not said
 *
 * x86: the flag "hypervisor" of /proc/cpuinfo decides; DMI, CPUID and the kernel's version
 * name it.  Others have no such flag: a node of the device tree, /sys/hypervisor, firmware
 * that only guests have, and DMI where the product is known to be a virtual one.  A firm's
 * name alone says nothing: some that run virtual machines also sell or let hardware. Returns 0
 * with @buf filled, -ENOENT when nothing tells, or why /proc/cpuinfo could not be read.
 */
int virt_detect(const char *root, char *buf, size_t len);

#endif
