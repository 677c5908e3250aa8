// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "record/record.h"
#include "util/summed_line.h"
#include "text.h"

static void read_record(int fd)
{
	struct record_reader *r = NULL;
	struct snapshot *s;
	char path[64], why[512] = "";
	uint64_t n = 0, before = 0;
	int end;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (record_open(path, &r, why, sizeof(why))) {
		CHECK(!r && *why);
		return;
	}
	while ((end = record_read(r, &s)) > 0) {
		CHECK(s->version == SNAPSHOT_VERSION && (!n || s->mono_ns > before));
		before = s->mono_ns;
		n++;
		snapshot_free(s);
	}
	CHECK(record_count(r) == n);
	CHECK((end == 0) == (*record_why(r) == '\0'));
	record_close(r);
}

static void put_line(gzFile f, const char *text, size_t len, uint32_t *sum)
{
	char begin[SUMMED_LINE_TEXT + 1];

	summed_line_begin(text, len, sum, begin);
	gzwrite(f, begin, SUMMED_LINE_TEXT);
	gzwrite(f, text, len);
	gzputc(f, '\n');
}

/* Lines with the right sums, so that what is in them is reached. */
static void write_lines(int fd, const uint8_t *data, size_t size)
{
	gzFile f = gzdopen(dup(fd), "w1");
	uint32_t sum = 0;

	CHECK(f);
	while (size) {
		const uint8_t *newline = memchr(data, '\n', size);
		size_t len = newline ? (size_t)(newline - data) : size;

		put_line(f, (const char *)data, len, &sum);
		data += len + !!newline;
		size -= len + !!newline;
	}
	gzclose(f);
}

/* First byte: the input is a file as it is, or the lines of one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("record", MFD_CLOEXEC);

	CHECK(fd >= 0);
	if (size && data[0] == 'L')
		write_lines(fd, data + 1, size - 1);
	else
		CHECK(write(fd, data, size) == (ssize_t)size);
	read_record(fd);
	close(fd);
	return 0;
}
