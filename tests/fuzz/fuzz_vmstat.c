// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "text.h"
#include "host/vmstat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const key[] = { "pgfault", "pgmajfault", "thp_split_page", "a" };
	char *text = fuzz_text(data, size);

	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		uint64_t n = UNTOUCHED;
		int r = vmstat_count(text, key[i], &n);

		CHECK(r == 0 || r == -ENOENT || r == -EBADMSG);
		CHECK(r == 0 || n == UNTOUCHED);
		CHECK(r == -ENOENT || strstr(text, key[i]));
	}
	free(text);
	return 0;
}
