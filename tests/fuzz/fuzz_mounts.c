// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "host/cgroup_path.h"
#include "text.h"

/* What is normal has no part that is not a name, and stays as it is. */
static void check_normalize(const char *text)
{
	static char once[PATH_MAX], again[PATH_MAX];

	if (cgroup_normalize(text, once))
		return;
	CHECK(!*once || *once == '/');
	CHECK(!strstr(once, "//") && !strstr(once, "/./") && !strstr(once, "/../"));
	CHECK(strlen(once) <= strlen(text) + 1);
	CHECK(!cgroup_normalize(once, again) && !strcmp(once, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), buf[32] = "untouched";
	int r = cgroup_mount_parse(text, buf, sizeof(buf));

	check_normalize(text);
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
