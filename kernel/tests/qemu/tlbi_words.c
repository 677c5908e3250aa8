// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlbi_words - what the decoder makes of instruction words
 *
 * Reads words in hexadecimal, one a line; prints the name of the TLBI, "dsb" for a DSB that
 * completes TLB maintenance, or "-".
 */
#include "tlbi.h"

#include <inttypes.h>
#include <stdio.h>

int main(void)
{
	char name[TLBI_NAME_MAX];
	uint32_t insn;

	while (scanf("%" SCNx32, &insn) == 1) {
		int code = tlbi_code(insn);

		if (code >= 0 && tlbi_name(code, name))
			puts(name);
		else
			puts(dsb_completes(insn) ? "dsb" : "-");
	}
	return 0;
}
