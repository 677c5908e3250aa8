// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/interrupts.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const name[] = { "TLB", "ERR", "0", "a" };
	char *text = fuzz_text(data, size);

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		uint64_t n = UNTOUCHED;
		int r = interrupts_count(text, name[i], &n);

		CHECK(r == 0 || r == -ENOENT || r == -EBADMSG);
		CHECK(r == 0 || n == UNTOUCHED);
		CHECK(r == -ENOENT || strstr(text, name[i]));
	}
	free(text);
	return 0;
}
