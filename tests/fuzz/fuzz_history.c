// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <json-c/json.h>

#include "history/history_remote.h"
#include "history/segment_text.h"
#include "util/base64.h"
#include "util/json_text.h"
#include "text.h"

static void take_name(const char *text)
{
	struct segment s = { .seq = UNTOUCHED };
	char name[SEGMENT_NAME];

	if (segment_parse(text, &s)) {
		CHECK(s.seq == UNTOUCHED);
		return;
	}
	CHECK(!strcmp(segment_name(&s, name), text) && !strchr(text, '/'));
}

static void take_base64(const char *text)
{
	unsigned char *data = NULL;
	char *again;
	size_t len;

	if (base64_decode(text, &data, &len))
		return;
	again = base64_encode(data, len);
	CHECK(again && !strcmp(again, text));
	free(again);
	free(data);
}

static void take_answer(const char *text, size_t len)
{
	struct json_object *json = NULL;
	struct segment_header h;
	struct segment *s = NULL;
	size_t n = 0;

	if (json_text_read(text, len, 100000, &json))
		return;
	if (!segment_header_read(json, &h))
		CHECK(memchr(h.boot, 0, sizeof(h.boot)));
	if (!history_list_read(json, &s, &n)) {
		for (size_t i = 1; i < n; i++)
			CHECK(s[i - 1].seq <= s[i].seq);
		free(s);
	}
	json_object_put(json);
}

/* A segment as it comes from a disk or a socket. */
static void take_file(const uint8_t *data, size_t size)
{
	struct segment_text t;
	char why[512] = "";
	int fd = memfd_create("segment", MFD_CLOEXEC);

	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && !lseek(fd, 0, SEEK_SET));
	if (segment_text_read(fd, "segment", &t, why, sizeof(why))) {
		CHECK(*why);
		return;
	}
	for (size_t i = 0; i < t.n; i++)
		CHECK(t.w[i].begin + t.w[i].len <= t.len &&
		      (!i || t.w[i].mono_ns > t.w[i - 1].mono_ns));
	segment_text_done(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	uint64_t mono_ns, real_ns;

	take_name(text);
	take_base64(text);
	take_answer(text, strlen(text));
	take_file(data, size);
	(void)!segment_line_times(text, strlen(text), &mono_ns, &real_ns);
	free(text);
	return 0;
}
