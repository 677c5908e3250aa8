// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/procmaps.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct procmaps m = { 0 };
	int r = procmaps_parse(fuzz_text(data, size), &m);

	CHECK(r == 0 || r == -EBADMSG);
	for (size_t i = 0; i < m.n; i++) {
		CHECK(m.entries[i].start < m.entries[i].end);
		CHECK(!i || m.entries[i - 1].end <= m.entries[i].start);
		CHECK(procmaps_name(&m, m.entries[i].start) == m.entries[i].name);
		CHECK(!strchr(m.entries[i].name, '\n'));
	}
	procmaps_done(&m);
	return 0;
}
