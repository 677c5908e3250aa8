// SPDX-License-Identifier: GPL-2.0-only
#include "linmap/linmap_files.h"
#include "text.h"

/* First line: mode, second: reasons */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *reason = strchr(text, '\n');
	struct linmap_files f;

	if (reason)
		*reason++ = '\0';
	linmap_files_parse(1, text, reason, &f);
	CHECK(!f.reasons || (reason && f.mode != LINMAP_UNKNOWN));
	CHECK(strlen(f.words) < sizeof(f.words));
	CHECK(f.mode != LINMAP_PTE || !strcmp(text, "pte"));
	CHECK(!(f.reasons & LINMAP_BBML2) || strstr(reason, "bbml2"));
	linmap_files_parse(2, text, reason, &f);
	CHECK(!f.reasons && f.mode == LINMAP_UNKNOWN);
	free(text);
	return 0;
}
