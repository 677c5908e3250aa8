// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "durable/memory_file.h"
#include "text.h"
#include "util/summed_line.h"

/* A line of this text with a sum that is right: what is behind the sum is looked at, too. */
static char *with_sum(const char *text)
{
	size_t len = strcspn(text, "\n");
	char begin[SUMMED_LINE_TEXT + 1];
	char *line = malloc(len + SUMMED_LINE_TEXT + 2);
	uint32_t sum = 0;

	CHECK(line);
	summed_line_begin(text, len, &sum, begin);
	memcpy(line, begin, SUMMED_LINE_TEXT);
	memcpy(line + SUMMED_LINE_TEXT, text, len);
	strcpy(line + SUMMED_LINE_TEXT + len, "\n");
	return line;
}

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
