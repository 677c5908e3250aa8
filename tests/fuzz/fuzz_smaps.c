// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/smaps.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *line, *rest = text;
	struct smaps m = { 0 };

	while ((line = strsep(&rest, "\n"))) {
		int r = smaps_add(&m, line);

		CHECK(r == 0 || r == -EBADMSG);
	}
	free(text);
	for (size_t i = 0; i < m.n; i++) {
		CHECK(m.entries[i].start < m.entries[i].end);
		CHECK(!i || m.entries[i - 1].end <= m.entries[i].start);
		CHECK(m.entries[i].eligible >= -1 && m.entries[i].eligible <= 1);
		CHECK(!strchr(m.entries[i].name, '\n'));
	}
	smaps_done(&m);
	return 0;
}
