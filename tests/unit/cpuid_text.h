/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpuid_text.h - what `cpuid -1 -r` writes on some machines, by hand from the manuals
 *
 * Intel SDM vol. 2A and AMD APM vol. 3 (CPUID); Hypervisor Top-Level Functional
 * Specification, section 2; Documentation/virt/kvm/x86/cpuid.rst.
 */
#ifndef PGTOP_TEST_CPUID_TEXT_H
#define PGTOP_TEST_CPUID_TEXT_H

#define CPUID_REGS(leaf, a, b, c, d)                                                          \
	"   0x" leaf " 0x00: eax=0x" a " ebx=0x" b " ecx=0x" c " edx=0x" d "\n"
#define CPUID_HEAD "CPU:\n"

/* Leaf 1: bit 31 of ECX: a guest; bit 3: MONITOR/MWAIT */
#define CPUID_HARDWARE                                                                        \
	CPUID_REGS("00000000", "00000016", "756e6547", "6c65746e", "49656e69")                \
	CPUID_REGS("00000001", "00050657", "00100800", "7ffefbff", "bfebfbff")
#define CPUID_GUEST                                                                           \
	CPUID_REGS("00000000", "00000016", "756e6547", "6c65746e", "49656e69")                \
	CPUID_REGS("00000001", "00050657", "00100800", "fffa3203", "1f8bfbff")
#define CPUID_GUEST_MWAIT                                                                     \
	CPUID_REGS("00000000", "00000016", "756e6547", "6c65746e", "49656e69")                \
	CPUID_REGS("00000001", "00050657", "00100800", "fffa320b", "1f8bfbff")

/* Bit 5: steal time, 9: flushes of CPUs that do not run */
#define CPUID_KVM(base_leaf, features_leaf, last, features, hints)                            \
	CPUID_REGS(base_leaf, last, "4b4d564b", "564b4d56", "0000004d")                       \
	CPUID_REGS(features_leaf, features, "00000000", "00000000", hints)
/* Leaf 4: bit 2: flushes of other CPUs by a call */
#define CPUID_HYPERV(hints)                                                                   \
	CPUID_REGS("40000000", "4000000b", "7263694d", "666f736f", "76482074")                \
	CPUID_REGS("40000001", "31237648", "00000000", "00000000", "00000000")                \
	CPUID_REGS("40000004", hints, "ffffffff", "00000000", "00000000")
#define CPUID_NAMED(b, c, d) CPUID_REGS("40000000", "40000010", b, c, d)

/* Bit 3 of EBX: INVLPGB */
#define CPUID_AMD_SIZES(last, b)                                                              \
	CPUID_REGS("80000000", last, "68747541", "444d4163", "69746e65")                      \
	CPUID_REGS("80000008", "00003030", b, "0000703f", "00000007")

#endif
