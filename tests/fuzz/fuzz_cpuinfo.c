// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/cpuinfo.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "model", "model name", "vendor_id", "flags" };
	char *text = fuzz_text(data, size);
	uint64_t n = UNTOUCHED;
	char buf[64];

	for (size_t i = 0; i < 4; i++) {
		int r = cpuinfo_field(text, names[i], buf, sizeof(buf));

		CHECK(r == 0 || r == -ENOENT || r == -ENOSPC);
		if (!r)
			CHECK(strlen(buf) < sizeof(buf) && !strchr(buf, '\n') &&
			      strstr(text, buf));
		r = cpuinfo_number(text, names[i], 4095, &n);
		CHECK(r == 0 || r == -ENOENT || r == -EBADMSG);
		CHECK(r ? n == UNTOUCHED : n <= 4095);
		n = UNTOUCHED;
	}
	if (cpuinfo_has_flag(text, "hypervisor"))
		CHECK(strstr(text, "hypervisor"));
	free(text);
	return 0;
}
