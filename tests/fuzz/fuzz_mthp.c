// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "memory/mthp.h"
#include "text.h"

/* A name that is accepted is the very one the kernel would write for that size. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), name[64];
	uint64_t n = UNTOUCHED;
	int r = mthp_parse_size(text, &n);

	CHECK(r == 0 || r == -EINVAL);
	if (r) {
		CHECK(n == UNTOUCHED);
	} else {
		snprintf(name, sizeof(name), "hugepages-%" PRIu64 "kB", n / 1024);
		CHECK(n > 0 && n % 1024 == 0 && !strcmp(name, text));
	}
	free(text);
	return 0;
}
