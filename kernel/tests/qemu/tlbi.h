/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tlbi - decodes the TLB maintenance instructions of AArch64
 *
 * TLBI is an alias of SYS #op1, Cn, Cm, #op2{, Xt} with Cn = C8, or C9 for the nXS variants of
 * FEAT_XS (Arm ARM, DDI 0487, C5.1.3 and C5.5).  Pure functions, no state.
 */
#ifndef PGTOP_TESTS_QEMU_TLBI_H
#define PGTOP_TESTS_QEMU_TLBI_H

#include <stdbool.h>
#include <stdint.h>

/* A code is nXS, op1, CRm and op2 of the instruction in 11 bits, whatever its register. */
#define TLBI_CODES    2048
#define TLBI_NAME_MAX 24

/* The code of @insn, or -1 if it lies outside the encoding space of TLBI. */
int tlbi_code(uint32_t insn);

/*
 * Writes the assembler's name of @code, in lower case ("vale1is", "rvae1isnxs"), and returns
 * true; returns false, @name untouched, if no instruction has that code.
 */
bool tlbi_name(unsigned int code, char name[TLBI_NAME_MAX]);

/*
 * A DSB that waits for loads and stores, and so for the TLBI instructions before it, whatever
 * its shareability domain (Arm ARM, D8.17: completion of TLB maintenance).
 */
bool dsb_completes(uint32_t insn);

#endif
