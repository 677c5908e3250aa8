// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/iomem.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t bytes = UNTOUCHED, end = UNTOUCHED;
	char *text = fuzz_text(data, size);
	int r = iomem_parse(text, &bytes, &end);

	CHECK(r == 0 || r == -EACCES || r == -EBADMSG);
	if (r)
		CHECK(bytes == UNTOUCHED && end == UNTOUCHED);
	else
		CHECK(bytes > 0 && bytes <= end && strstr(text, "System RAM"));
	free(text);
	return 0;
}
