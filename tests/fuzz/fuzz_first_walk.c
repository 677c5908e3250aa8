// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "durable/first_walk.h"
#include "summed_text.h"

static void parse(const char *text, size_t len)
{
	struct first_walk w;
	int r;

	memset(&w, 0x5a, sizeof(w));
	r = first_walk_parse(text, len, &w);
	CHECK(r == 0 || r == -EBADMSG);
	if (r) {
		CHECK(w.mapped == UNTOUCHED);
		return;
	}
	CHECK(w.real_ns && *w.boot && memchr(w.boot, 0, sizeof(w.boot)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *summed = with_sum(text);

	parse((const char *)data, size);
	parse(summed, strlen(summed));
	free(summed);
	free(text);
	return 0;
}
