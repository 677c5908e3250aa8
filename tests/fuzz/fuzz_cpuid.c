// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/cpuid.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t leaves[] = { 0, 1, 0x40000000, 0x80000008 };
	char *text = fuzz_text(data, size);

	for (size_t i = 0; i < sizeof(leaves) / sizeof(*leaves); i++) {
		struct cpuid_regs regs = { 77, 77, 77, 77 };
		int r = cpuid_parse(text, leaves[i], &regs);

		CHECK(r == 0 || r == -ENOENT || r == -EBADMSG);
		CHECK(!r || (regs.eax == 77 && regs.edx == 77));
		CHECK(r || (strstr(text, "eax=") && strstr(text, "edx=")));
	}
	free(text);
	return 0;
}
