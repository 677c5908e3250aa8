// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/file.h"
#include "host/meminfo.h"
#include "host/mountinfo.h"
#include "util/number.h"
#include "util/util.h"

#define MEMINFO "/proc/meminfo"

static int parse_kib(const char *p, uint64_t *ret)
{
	uint64_t kib;

	if (scan_u64(&p, 10, &kib) || kib > UINT64_MAX / 1024)
		return -EBADMSG;
	if (strncmp(p, " kB", 3) || (p[3] && p[3] != '\n'))
		return -EBADMSG;
	*ret = kib * 1024;
	return 0;
}

static int find_line(const char *text, const char *key,
		     int (*compare)(const char *, const char *, size_t), uint64_t *ret)
{
	size_t len = strlen(key);

	for (const char *p = text; *p; p = line_after(p)) {
		if (!compare(p, key, len) && p[len] == ':')
			return parse_kib(p + len + 1, ret);
	}
	return -ENOENT;
}

int meminfo_bytes(const char *text, const char *key, uint64_t *ret)
{
	return find_line(text, key, strncmp, ret);
}

int meminfo_direct_bytes(const char *text, const char *key, uint64_t *ret)
{
	return find_line(text, key, strncasecmp, ret);
}

int meminfo_direct_map(const char **p, uint64_t *size, uint64_t *bytes)
{
	static const char prefix[] = "DirectMap";
	uint64_t leaf, n;
	char word[16];

	while (**p) {
		const char *line = *p;
		size_t len;

		*p = line_after(line);
		if (strncmp(line, prefix, strlen(prefix)))
			continue;
		line += strlen(prefix);
		len = strcspn(line, ":\n");
		if (line[len] != ':' || len >= sizeof(word))
			continue;
		memcpy(word, line, len);
		word[len] = '\0';
		if (parse_size(word, &leaf) || parse_kib(line + len + 1, &n))
			continue;
		*size = leaf;
		*bytes = n;
		return 0;
	}
	return -ENOENT;
}

static int read_ram(const char *root, uint64_t *ret, char *why, size_t len)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(root, MEMINFO, &text, NULL);

	if (r) {
		file_why(r, MEMINFO, why, len);
		return r;
	}
	r = meminfo_bytes(text, "MemTotal", ret);
	if (r == -ENOENT)
		snprintf(why, len, MEMINFO " has no line MemTotal");
	else if (r)
		file_why(r, MEMINFO, why, len);
	return r;
}

int meminfo_ram(const char *root, uint64_t *ret, char *why, size_t len)
{
	char over[32];
	int r = file_is_foreign(root, MEMINFO, over, sizeof(over));

	if (r > 0) {
		snprintf(why, len, MEMINFO " is not the kernel's here: %s is mounted over it",
			 over);
		return -EREMOTE;
	}
	return r ? r : read_ram(root, ret, why, len);
}
