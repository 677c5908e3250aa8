/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.bpf.h - entries of page tables, and the way from one table to the next
 *
 * Who includes this has declared a struct walk_tables called tables.
 */
#ifndef PGTOP_TABLE_BPF_H
#define PGTOP_TABLE_BPF_H

#include "compat.bpf.h"
#include "pgtop/abi.h"

#define BIT(n) (1ull << (n))

#if defined(__TARGET_ARCH_x86)
/* arch/x86/include/asm/pgtable_types.h */
#define ENTRY_PRESENT BIT(0)
#define ENTRY_LARGE   BIT(7)
#define ENTRY_CONT    0ull

static __always_inline bool is_table(u64 e)
{
	return (e & (ENTRY_PRESENT | ENTRY_LARGE)) == ENTRY_PRESENT;
}

#elif defined(__TARGET_ARCH_arm64)
/* arch/arm64/include/asm/pgtable-hwdef.h; Arm ARM D8.3 */
#define ENTRY_PRESENT BIT(0)
#define ENTRY_TABLE   BIT(1)
#define ENTRY_CONT    BIT(52)

static __always_inline bool is_table(u64 e)
{
	return (e & (ENTRY_PRESENT | ENTRY_TABLE)) == (ENTRY_PRESENT | ENTRY_TABLE);
}
#endif

static __always_inline u64 entry_frame(u64 e)
{
	return (e & tables.frame_mask) | (e & tables.high_mask) << tables.high_shift;
}

static __always_inline int read_entry(u64 *ret, u64 table, u64 va, u32 shift)
{
	u64 index =
		(va & (BIT(tables.va_bits) - 1)) >> shift & (BIT(tables.page_shift - 3) - 1);

	return bpf_probe_read_kernel(ret, sizeof(*ret), (void *)(table + index * 8));
}

static __always_inline u32 level_shift(int level)
{
	return tables.page_shift + level * (tables.page_shift - 3);
}

#endif
