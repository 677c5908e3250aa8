// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <json-c/json.h>

#include "history/history_remote.h"
#include "util/array.h"
#include "util/base64.h"
#include "util/json_add.h"
#include "util/json_text.h"
#include "util/publish.h"
#include "util/util.h"

/* No segment is larger, and there are not more: the other side is not believed. */
#define FILE_MAX     SEGMENT_BYTES
#define SEGMENTS_MAX 100000

static int not_understood(char *why, size_t why_len)
{
	snprintf(why, why_len, "the history that pgtopd gives is not understood");
	return -EBADMSG;
}

static int take_segment(struct json_object *o, struct segment *ret)
{
	const char *name = json_text_member(o, "name");
	struct json_object *bytes = json_member(o, "bytes");

	if (!name || segment_parse(name, ret) || !json_object_is_type(bytes, json_type_int) ||
	    json_object_get_int64(bytes) < 0)
		return -EBADMSG;
	ret->bytes = json_object_get_uint64(bytes);
	return 0;
}

int history_list_read(struct json_object *answer, struct segment **ret, size_t *ret_n)
{
	struct json_object *list = json_member(answer, "segments");
	struct segment *s = NULL;
	size_t n = 0;
	int r = 0;

	if (!json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) > SEGMENTS_MAX)
		return -EBADMSG;
	while (!r && n < json_object_array_length(list)) {
		r = array_reserve_one(&s, n, sizeof(*s));
		if (!r)
			r = take_segment(json_object_array_get_idx(list, n), &s[n]);
		n += !r;
	}
	if (r) {
		free(s);
		return r;
	}
	segments_sort(s, n);
	*ret = s;
	*ret_n = n;
	return 0;
}

int history_remote_list(struct control_client *c, struct segment **ret, size_t *ret_n,
			char *why, size_t why_len)
{
	struct json_object *answer = NULL;
	int r = control_client_ask(c, control_request("history"), &answer, why, why_len);

	if (r)
		return r;
	r = history_list_read(answer, ret, ret_n);
	json_object_put(answer);
	return r ? not_understood(why, why_len) : 0;
}

/* Returns how many bytes were added to @fd, or a negative errno. */
static int take_piece(struct json_object *answer, int fd)
{
	const char *text = json_text_member(answer, "data");
	_cleanup_free_ unsigned char *data = NULL;
	size_t len = 0;
	int r = text ? base64_decode(text, &data, &len) : -EBADMSG;

	if (!r)
		r = write_all(fd, data, len);
	return r ? r : (int)len;
}

static int fetch_piece(struct control_client *c, const char *name, uint64_t offset, int fd,
		       char *why, size_t why_len)
{
	struct json_object *request = control_request("history"), *answer = NULL;
	int r;

	if (request) {
		json_add_text(request, "segment", name);
		json_add_u64(request, "offset", offset);
	}
	r = control_client_ask(c, request, &answer, why, why_len);
	if (r)
		return r;
	r = take_piece(answer, fd);
	json_object_put(answer);
	return r < 0 ? not_understood(why, why_len) : r;
}

int history_remote_file(struct control_client *c, const char *name, char *why, size_t why_len)
{
	int fd = memfd_create("pgtop history", MFD_CLOEXEC), n = 1;
	uint64_t offset = 0;

	if (fd < 0) {
		snprintf(why, why_len, "out of memory");
		return -errno;
	}
	while (n > 0 && offset < FILE_MAX) {
		n = fetch_piece(c, name, offset, fd, why, why_len);
		offset += MAX(n, 0);
	}
	if (!n && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return n < 0 ? n : not_understood(why, why_len);
}
