// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "host/kconfig.h"
#include "util/array.h"
#include "util/file.h"
#include "util/util.h"

#define OWN_CONFIG "/proc/config.gz"

/* BEFORE RELEASE AFTER */
static const struct {
	const char *before, *after;
} places[] = {
	{ "/boot/config-", "" },		/* Debian, Fedora, SUSE */
	{ "/usr/lib/modules/", "/config" },	/* Fedora, SUSE: where /boot is not kept */
	{ "/lib/modules/", "/config" },		/* the same, without merged /usr */
	{ "/usr/lib/ostree-boot/config-", "" }, /* ostree: before it is deployed */
	{ "/usr/lib/kernel/config-", "" },
	{ "/usr/src/linux-headers-", "/.config" }, /* Debian: headers of a kernel */
	{ "/lib/modules/", "/build/.config" },	   /* where modules are built for it */
	{ "/usr/lib/modules/", "/build/.config" },
};

/* The room an unpacked configuration is given at a time */
#define UNPACK_BYTES (128u << 10)

static int inflate_all(z_stream *z, char **text)
{
	size_t capacity = 0;
	int state = Z_OK;

	while (state == Z_OK) {
		if (z->total_out >= FILE_MAX_BYTES)
			return -EFBIG;
		if (array_reserve(text, &capacity, z->total_out + UNPACK_BYTES, 1))
			return -ENOMEM;
		z->next_out = (Bytef *)*text + z->total_out;
		z->avail_out = capacity - z->total_out - 1;
		state = inflate(z, Z_NO_FLUSH);
	}
	if (state == Z_MEM_ERROR)
		return -ENOMEM;
	return state == Z_STREAM_END ? 0 : -EBADMSG;
}

int kconfig_gunzip(const void *data, size_t len, char **ret)
{
	const int gzip_only = 16 + MAX_WBITS;
	z_stream z = { .next_in = (Bytef *)data, .avail_in = len };
	_cleanup_free_ char *text = NULL;
	int r;

	if (len > FILE_MAX_BYTES)
		return -EFBIG;
	if (inflateInit2(&z, gzip_only) != Z_OK)
		return -ENOMEM;
	r = inflate_all(&z, &text);
	inflateEnd(&z);
	if (!r && memchr(text, '\0', z.total_out))
		r = -EBADMSG;
	if (r)
		return r;
	text[z.total_out] = '\0';
	*ret = text;
	text = NULL;
	return 0;
}

static int config_own(const char *root, char **ret)
{
	_cleanup_free_ char *packed = NULL;
	size_t len;
	int r = file_read_bytes(root, OWN_CONFIG, &packed, &len);

	return r ? r : kconfig_gunzip(packed, len, ret);
}

static bool is_configuration(const char *text)
{
	for (; *text; text = line_after(text)) {
		if (!strncmp(text, "CONFIG_", 7) || !strncmp(text, "# CONFIG_", 9))
			return true;
	}
	return false;
}

static int config_at(const char *root, size_t place, const char *release, char **ret)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s%s", places[place].before, release,
		     places[place].after) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return file_read(root, path, ret, NULL);
}

int kconfig_read(const char *root, const char *release, char **ret)
{
	int first = -ENOENT;

	for (size_t i = 0; i <= ARRAY_SIZE(places); i++) {
		char *text = NULL;
		int r = i ? config_at(root, i - 1, release, &text) : config_own(root, &text);

		if (!r && is_configuration(text)) {
			*ret = text;
			return 0;
		}
		free(text);
		if (r == -ENOMEM)
			return r;
		if (first == -ENOENT)
			first = r ? r : -EBADMSG;
	}
	return first;
}

const char *kconfig_why(int err, char *buf, size_t len)
{
	snprintf(buf, len,
		 "the kernel's configuration %s (" OWN_CONFIG ", /boot/config-RELEASE, "
		 "/lib/modules/RELEASE/config)",
		 err == -ENOENT	  ? "was not found"
		 : err == -EACCES ? "may not be read by this user"
				  : "cannot be read");
	return buf;
}

bool kconfig_has(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (; *text; text = line_after(text)) {
		if (!strncmp(text, line, len) && (!text[len] || text[len] == '\n'))
			return true;
	}
	return false;
}
