// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/meminfo.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const key[] = { "MemTotal", "DirectMap1G", "Rss", "A" };
	char *text = fuzz_text(data, size);
	const char *at = text, *before = at;
	uint64_t leaf = UNTOUCHED, bytes = UNTOUCHED;

	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		uint64_t n = UNTOUCHED;
		int r = meminfo_bytes(text, key[i], &n);

		CHECK(r == 0 || r == -ENOENT || r == -EBADMSG);
		CHECK(r == 0 ? n % 1024 == 0 : n == UNTOUCHED);
		CHECK(r == -ENOENT || strstr(text, key[i]));
	}
	while (!meminfo_direct_map(&at, &leaf, &bytes)) {
		CHECK(at > before && at <= text + strlen(text) && bytes % 1024 == 0);
		before = at;
		leaf = bytes = UNTOUCHED;
	}
	CHECK(leaf == UNTOUCHED && bytes == UNTOUCHED && !*at);
	free(text);
	return 0;
}
