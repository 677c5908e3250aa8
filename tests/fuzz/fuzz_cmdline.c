// SPDX-License-Identifier: GPL-2.0-only
/* The kernel command line, and the capabilities in a status file. */
#include <errno.h>

#include "util/capability.h"
#include "linmap/linmap_mode.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), buf[8] = "as was";
	uint64_t set = UNTOUCHED;
	int r = cmdline_word(text, "rodata", buf, sizeof(buf));

	CHECK(r == 0 || r == -ENOENT || r == -ENOSPC);
	if (!r)
		CHECK(strstr(text, "rodata=") && strlen(buf) < sizeof(buf) &&
		      !strpbrk(buf, " \n") && strstr(text, buf));
	r = capability_parse(text, &set);
	CHECK(r == 0 || r == -EBADMSG);
	CHECK(r ? set == UNTOUCHED : strstr(text, "CapEff:") != NULL);
	free(text);
	return 0;
}
