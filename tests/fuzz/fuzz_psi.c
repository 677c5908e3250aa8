// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/psi.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kind[] = { "some", "full" };
	char *text = fuzz_text(data, size);

	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		uint64_t n = UNTOUCHED;
		int r = psi_total_ns(text, kind[i], &n);

		CHECK(r == 0 || r == -ENOENT || r == -EBADMSG);
		CHECK(r == 0 ? n % 1000 == 0 && strstr(text, " total=") : n == UNTOUCHED);
	}
	free(text);
	return 0;
}
