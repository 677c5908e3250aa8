// SPDX-License-Identifier: GPL-2.0-only
#include "host/physmem.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	uint64_t end = physmem_zone_end(text, 65536);

	CHECK(end % 65536 == 0);
	CHECK(!end || (strstr(text, "spanned ") && strstr(text, "start_pfn:")));
	CHECK(!physmem_io_end(text) || strchr(text, '-'));
	free(text);
	return 0;
}
