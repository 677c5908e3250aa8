// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "durable/memory_file.h"
#include "summed_text.h"

/* What is read is written so that it is read again. */
static void parse(const char *text)
{
	static struct memory m, again;
	int r;

	memset(&m, 0x5a, sizeof(m));
	r = memory_parse(text, strlen(text), &m);
	CHECK(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT);
	if (r) {
		CHECK(m.n == UNTOUCHED);
		return;
	}
	CHECK(m.n <= LEVERS_MAX);
	char *printed = memory_print(&m);

	CHECK(printed && !memory_parse(printed, strlen(printed), &again));
	for (size_t i = 0; i < m.n; i++)
		CHECK(lever_memory_equal(&m.lever[i], &again.lever[i]));
	free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *summed = with_sum(text);

	parse(text);
	parse(summed);
	free(summed);
	free(text);
	return 0;
}
