// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/cgroup.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), buf[32] = "untouched";
	int r = cgroup_mount(text, buf, sizeof(buf));

	CHECK(r == 0 || r == -ENOENT || r == -ENOSPC);
	if (r) {
		CHECK(!strcmp(buf, "untouched"));
	} else {
		CHECK(strlen(buf) < sizeof(buf) && !strpbrk(buf, " \n"));
		CHECK(strstr(text, "cgroup2"));
	}
	free(text);
	return 0;
}
