/* SPDX-License-Identifier: GPL-2.0-only */
/* text.h - what the fuzz targets share */
#ifndef PGTOP_FUZZ_TEXT_H
#define PGTOP_FUZZ_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a parser leaves in its output when it fails. */
#define UNTOUCHED 0x5a5a5a5a5a5a5a5aull

/* A property that does not hold is a finding, like a bad access. */
#define CHECK(condition)                                                                      \
	do {                                                                                  \
		if (!(condition))                                                             \
			abort();                                                              \
	} while (0)

/*
 * The input as the text file_read() would hand out: it ends at the first NUL.
 * In a block of its own and of its exact size, so that reading past it is seen.
 */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	size_t len = size ? strnlen((const char *)data, size) : 0;
	char *text = malloc(len + 1);

	CHECK(text);
	if (len)
		memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

#endif
