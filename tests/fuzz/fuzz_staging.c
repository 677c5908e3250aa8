// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "durable/staging.h"
#include "util/summed_line.h"
#include "text.h"

/* What follows the first line of our own, with a sum that is right. */
static char *with_sum(const char *rest)
{
	struct staging s = { .params = "a", .why = "b" };
	char first[STAGING_TEXT], begin[SUMMED_LINE_TEXT + 1], *text;
	uint32_t sum = 0;
	size_t len;

	CHECK(staging_text(&s, first) > 0);
	len = strchr(first, '\n') + 1 - first;
	summed_line_begin(rest, strlen(rest), &sum, begin);
	memcpy(first + len - SUMMED_LINE_TEXT, begin, SUMMED_LINE_TEXT - 1);
	text = malloc(len + strlen(rest) + 1);
	CHECK(text);
	memcpy(text, first, len);
	strcpy(text + len, rest);
	return text;
}

static void parse(const char *text)
{
	char params[STAGING_PARAMS] = "untouched";
	int r = staging_parse(text, params);

	CHECK(r == 0 || r == -EBADMSG);
	CHECK(!r || !strcmp(params, "untouched"));
	CHECK(r || (strlen(params) < STAGING_PARAMS && strstr(text, params)));
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
