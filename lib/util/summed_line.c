// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "util/summed_line.h"

void summed_line_begin(const char *text, size_t len, uint32_t *sum,
		       char begin[SUMMED_LINE_TEXT + 1])
{
	*sum = crc32_z(*sum, (const Bytef *)text, len);
	snprintf(begin, SUMMED_LINE_TEXT + 1, "%08" PRIx32 " ", *sum);
}

const char *summed_line_check(const char *line, size_t len, uint32_t *sum)
{
	char begin[SUMMED_LINE_TEXT + 1];
	uint32_t found = *sum;

	if (len < SUMMED_LINE_TEXT)
		return NULL;
	summed_line_begin(line + SUMMED_LINE_TEXT, len - SUMMED_LINE_TEXT, &found, begin);
	if (memcmp(begin, line, SUMMED_LINE_TEXT))
		return NULL;
	*sum = found;
	return line + SUMMED_LINE_TEXT;
}
