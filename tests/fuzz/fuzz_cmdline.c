// SPDX-License-Identifier: GPL-2.0-only
/* The kernel command line, and the capabilities in a status file. */
#include <errno.h>

#include "host/cmdline.h"
#include "util/capability.h"
#include "text.h"

/* Words lie within the text, one behind the other. */
static void check_words(const char *text)
{
	const char *p = text, *end = text + strlen(text);
	struct cmdline_word w;

	for (const char *before = p; cmdline_next(&p, &w); before = p) {
		CHECK(p > before && p <= end);
		CHECK(w.name >= before && w.name + w.name_len <= p);
		CHECK(!memchr(w.name + !!w.name_len, '=', w.name_len - !!w.name_len));
		CHECK(!w.value || (w.value > w.name && w.value + w.value_len <= p));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), buf[8] = "as was";
	uint64_t set = UNTOUCHED;
	int r = cmdline_value(text, "rodata", buf, sizeof(buf));

	check_words(text);
	CHECK(r == 0 || r == -ENOENT || r == -ENOSPC);
	if (!r)
		CHECK(strstr(text, "rodata=") && strlen(buf) < sizeof(buf) &&
		      strstr(text, buf));
	r = capability_parse(text, &set);
	CHECK(r == 0 || r == -EBADMSG);
	CHECK(r ? set == UNTOUCHED : strstr(text, "CapEff:") != NULL);
	free(text);
	return 0;
}
