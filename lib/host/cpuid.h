/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpuid.h - what an x86 CPU says of itself by the instruction CPUID
 *
 * For what /proc/cpuinfo does not show.  On this machine the instruction is asked; of a
 * made-up or captured one, below a root, the file ROOT/cpuid is read, as `cpuid -1 -r` writes
 * it: "   0x40000000 0x00: eax=0x40000001 ebx=0x4b4d564b ecx=0x564b4d56 edx=0x0000004d".
 */
#ifndef PGTOP_CPUID_H
#define PGTOP_CPUID_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

struct cpuid; /* opaque */

/**
 * cpuid_new - @root: "" for this machine
 *
 * Returns 0, -ENOMEM, -EOPNOTSUPP (this machine is no x86) or the errno of reading the file.
 */
int cpuid_new(const char *root, struct cpuid **ret);
/** cpuid_free - NULL is accepted */
void cpuid_free(struct cpuid *c);
static inline void cpuid_free_p(struct cpuid **c)
{
	cpuid_free(*c);
}

/**
 * cpuid_leaf - the registers after CPUID with @leaf in EAX and 0 in ECX
 *
 * A leaf beyond the last of its range is all zeroes: Intel's CPUs answer with another leaf.
 */
struct cpuid_regs cpuid_leaf(const struct cpuid *c, uint32_t leaf);

/**
 * cpuid_parse - find @leaf, subleaf 0, in text of `cpuid -r`
 *
 * Returns 0, -ENOENT, or -EBADMSG (the line is not of that form); @ret is untouched on
 * failure.
 */
int cpuid_parse(const char *text, uint32_t leaf, struct cpuid_regs *ret);

/* Who runs this machine as a guest. */
struct cpuid_hypervisor {
	char vendor[13]; /* "KVMKVMKVM", "Microsoft Hv"; "" if it has no name */
	uint32_t base;	 /* its first leaf */
};

/**
 * cpuid_hypervisor - the hypervisor the kernel uses the interface of
 *
 * KVM and Xen may show the interface of Hyper-V at the first base and their own 0x100 leaves
 * behind it; the kernel then takes theirs (arch/x86/kernel/cpu/hypervisor.c,
 * detect_hypervisor_vendor()).
 * Returns false if this is no guest (leaf 1, ECX bit 31).
 */
bool cpuid_hypervisor(const struct cpuid *c, struct cpuid_hypervisor *ret);

/** cpuid_invlpgb - AMD's broadcast TLB invalidation (APM vol. 3, leaf 0x80000008, EBX bit 3)
 */
bool cpuid_invlpgb(const struct cpuid *c);

/**
 * cpuid_hyperv_flush - Hyper-V recommends its own call for flushes of other CPUs
 *
 * Hypervisor Top-Level Functional Specification, leaf 0x40000004, EAX bit 2.
 */
bool cpuid_hyperv_flush(const struct cpuid *c);

/**
 * cpuid_kvm_flush - KVM flushes virtual CPUs that do not run when they run again
 *
 * As pv_tlb_flush_supported() decides (arch/x86/kernel/kvm.c): features of the leaf behind
 * KVM's base, EAX bits 9 and 5, not the hint EDX bit 0; no MONITOR/MWAIT (leaf 1, ECX bit 3).
 */
bool cpuid_kvm_flush(const struct cpuid *c);

#endif
