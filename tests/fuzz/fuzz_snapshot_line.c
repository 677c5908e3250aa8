// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "snapshot/snapshot_line.h"
#include "text.h"

/* What is accepted is written, read and written again to the same text. */
static void same_again(const struct snapshot *s)
{
	struct snapshot *back = NULL;
	char *once, *twice, why[256];
	size_t len, len2, skipped;

	CHECK(!snapshot_line_write(s, &once, &len));
	CHECK(!snapshot_line_read(once, len, &back, &skipped, why, sizeof(why)));
	CHECK(!skipped);
	CHECK(!snapshot_line_write(back, &twice, &len2));
	CHECK(len == len2 && !memcmp(once, twice, len));
	snapshot_free(back);
	free(once);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), why[256] = "";
	struct snapshot *s = NULL;
	int r = snapshot_line_read(text, strlen(text), &s, NULL, why, sizeof(why));

	CHECK(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT);
	CHECK((r == 0) == (s != NULL) && (r == 0) == (*why == '\0'));
	if (s)
		same_again(s);
	snapshot_free(s);
	free(text);
	return 0;
}
