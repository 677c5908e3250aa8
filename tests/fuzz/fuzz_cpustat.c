// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/cpustat.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const mode[] = { "user", "kernel" };
	char *text = fuzz_text(data, size);

	for (size_t i = 0; i < sizeof(mode) / sizeof(mode[0]); i++) {
		uint64_t n = UNTOUCHED;
		int r = cpustat_ns(text, mode[i], &n);

		CHECK(r == 0 || r == -ENOENT || r == -EBADMSG);
		/* a tick is 10 ms */
		CHECK(r == 0 ? n % 10000000 == 0 : n == UNTOUCHED);
		CHECK(r == -ENOENT || strstr(text, "cpu "));
	}
	free(text);
	return 0;
}
