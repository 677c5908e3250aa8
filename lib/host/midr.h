/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * midr.h - arm64 core types, told by MIDR_EL1
 *
 * MIDR_EL1 (Arm ARM, D24.2.122): implementer [31:24], variant [23:20],
 * architecture [19:16], part number [15:4], revision [3:0].  A release is
 * written rVpR.
 */
#ifndef PGTOP_MIDR_H
#define PGTOP_MIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIDR(implementer, part) ((uint32_t)(implementer) << 24 | 0xfu << 16 | (part) << 4)
/* Implementer, architecture and part number: everything but the release. */
#define MIDR_MODEL_MASK 0xff0ffff0u

/* Numbers from arch/arm64/include/asm/cputype.h. */
#define MIDR_CORTEX_A520   MIDR(0x41, 0xd80)
#define MIDR_CORTEX_A715   MIDR(0x41, 0xd4d)
#define MIDR_CORTEX_A720   MIDR(0x41, 0xd81)
#define MIDR_CORTEX_X4	   MIDR(0x41, 0xd82)
#define MIDR_NEOVERSE_N1   MIDR(0x41, 0xd0c)
#define MIDR_NEOVERSE_V1   MIDR(0x41, 0xd40)
#define MIDR_NEOVERSE_N2   MIDR(0x41, 0xd49)
#define MIDR_NEOVERSE_V2   MIDR(0x41, 0xd4f)
#define MIDR_NEOVERSE_V3AE MIDR(0x41, 0xd83)
#define MIDR_NEOVERSE_V3   MIDR(0x41, 0xd84)
#define MIDR_CORTEX_A725   MIDR(0x41, 0xd87)
#define MIDR_CORTEX_A520AE MIDR(0x41, 0xd88)
#define MIDR_CORTEX_A720AE MIDR(0x41, 0xd89)
#define MIDR_C1_NANO	   MIDR(0x41, 0xd8a)
#define MIDR_C1_PRO	   MIDR(0x41, 0xd8b)
#define MIDR_C1_ULTRA	   MIDR(0x41, 0xd8c)
#define MIDR_NEOVERSE_N3   MIDR(0x41, 0xd8e)
#define MIDR_C1_PREMIUM	   MIDR(0x41, 0xd90)
#define MIDR_OLYMPUS	   MIDR(0x4e, 0x010)
#define MIDR_AMPERE1	   MIDR(0xc0, 0xac3)
#define MIDR_AMPERE1A	   MIDR(0xc0, 0xac4)

static inline uint32_t midr_model(uint32_t midr)
{
	return midr & MIDR_MODEL_MASK;
}

/**
 * midr_read - MIDR_EL1 of @cpu, from its regs/identification/midr_el1
 *
 * Only online CPUs have the file.  Returns 0 or a negative errno (-ENOENT: no such file,
 * -EBADMSG: 0, or no number of 32 bits); @ret is untouched on failure.
 */
int midr_read(const char *root, unsigned int cpu, uint32_t *ret);

/** midr_name - "Neoverse N1", ...; NULL for a core pgtop knows no name of */
const char *midr_name(uint32_t midr);

/** midr_format - "Neoverse N1 r3p1 (0x413fd0c1)", or the number alone.  Returns @buf. */
char *midr_format(uint32_t midr, char *buf, size_t len);

/**
 * midr_bbml2_noabort - whether this kernel lets this core change live blocks
 * @list_7_3: by the longer list of Linux 7.3, which calls the capability BBML3
 *
 * cpu_supports_bbml2_noabort() in arch/arm64/kernel/cpufeature.c of 6.18, and its successor of
 * 7.3, which also takes ID_AA64MMFR2_EL1.BBM >= 3: user space cannot read that field.
 */
bool midr_bbml2_noabort(uint32_t midr, bool list_7_3);

#endif
