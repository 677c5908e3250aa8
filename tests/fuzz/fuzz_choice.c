// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "util/file.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *word = NULL;
	int r = choice_parse(text, &word);

	CHECK(r == 0 || r == -EBADMSG);
	CHECK((r == 0) == (word != NULL));
	if (word) {
		const char *in = strchr(text, '[') + 1;

		CHECK(word[0] && !strpbrk(word, "[] \n"));
		CHECK(!strncmp(in, word, strlen(word)) && in[strlen(word)] == ']');
	}
	free(word);
	free(text);
	return 0;
}
