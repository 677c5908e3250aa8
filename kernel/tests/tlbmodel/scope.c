// SPDX-License-Identifier: GPL-2.0-only
#include "scope.h"

/* op2 of TLBI: by what it selects; 5 and 7 are 1 and 3 for the last level only */
enum { OP_ALL = 0, OP_VA = 1, OP_ASID = 2, OP_VA_ANY = 3, OP_LAST_LEVEL = 4 };

static uint64_t sign_extend(uint64_t value, unsigned int bits)
{
	return (uint64_t)((int64_t)(value << (64 - bits)) >> (64 - bits));
}

static bool is_range(unsigned int crm)
{
	return crm == 2 || crm == 5 || crm == 6;
}

static void one_page(uint64_t operand, struct tlb_scope *scope)
{
	/* bits 43 to 0 are bits 55 to 12 of the address */
	scope->first = sign_extend(operand << 12, 56);
	scope->last = scope->first | 0xfff;
}

static void page_range(uint64_t operand, struct tlb_scope *scope)
{
	unsigned int scale = operand >> 44 & 3, num = operand >> 39 & 31;
	uint64_t bytes = (num + 1ull) << (5 * scale + 1) << 12;

	/* bits 36 to 0 are bits 48 to 12 of the address */
	scope->first = sign_extend((operand & 0x1fffffffff) << 12, 49);
	scope->last = scope->first + bytes - 1;
	if (scope->last < scope->first)
		scope->last = UINT64_MAX;
}

bool scope_of_tlbi(unsigned int code, uint64_t operand, struct tlb_scope *ret)
{
	unsigned int op1 = code >> 7 & 7, crm = code >> 3 & 15, op = code & 7;
	struct tlb_scope scope = { 0, UINT64_MAX, operand >> 48, false, false };

	if (op1 || !(1 << crm & 0xee) || op == OP_LAST_LEVEL ||
	    op == (OP_ASID | OP_LAST_LEVEL))
		return false;
	op &= ~OP_LAST_LEVEL;
	if (is_range(crm) && !(op & OP_VA))
		return false;
	scope.any_asid = op == OP_ALL || op == OP_VA_ANY;
	scope.globals = op != OP_ASID;
	if (op & OP_VA)
		(is_range(crm) ? page_range : one_page)(operand, &scope);
	*ret = scope;
	return true;
}
