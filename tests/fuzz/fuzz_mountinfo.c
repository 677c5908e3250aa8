// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/mountinfo.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), buf[16] = "untouched", point[32], top[32];
	int r = mountinfo_type(text, "/proc/meminfo", buf, sizeof(buf));

	CHECK(r == 0 || r == -ENOENT || r == -EBADMSG || r == -ENOSPC);
	if (r)
		CHECK(!strcmp(buf, "untouched"));
	else
		CHECK(strlen(buf) < sizeof(buf) && !strpbrk(buf, " \n") && strstr(text, buf));
	r = mountinfo_find(text, "cgroup2", point, sizeof(point), top, sizeof(top));
	CHECK(r == 0 || r == -ENOENT || r == -ENOSPC);
	CHECK(r || (strlen(point) < sizeof(point) && strlen(top) < sizeof(top)));
	free(text);
	return 0;
}
