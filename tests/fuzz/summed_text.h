/* SPDX-License-Identifier: GPL-2.0-only */
/* summed_text.h - inputs whose checksum is right */
#ifndef PGTOP_FUZZ_SUMMED_TEXT_H
#define PGTOP_FUZZ_SUMMED_TEXT_H

#include "text.h"
#include "util/summed_line.h"

/* A line of this text with a sum that is right: what is behind the sum is looked at, too. */
static inline char *with_sum(const char *text)
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

#endif
