// SPDX-License-Identifier: GPL-2.0-only
/* Names of segments, and which of them has a time, also where the clock was set. */
#include "tree.h"

#include <json-c/json.h>

#include "history/segment.h"
#include "snapshot/snapshot_line.h"
#include "util/util.h"

static void test_names(void **state)
{
	struct segment s;
	char name[SEGMENT_NAME];

	assert_int_equal(segment_parse("0000000017-1796100464", &s), 0);
	assert_int_equal(s.seq, 17);
	assert_int_equal(s.first_s, 1796100464);
	assert_int_equal(s.windows, 0);
	assert_string_equal(segment_name(&s, name), "0000000017-1796100464");
	assert_int_equal(segment_parse("0000000018-1796100464-1796101054-60", &s), 0);
	assert_int_equal(s.seq, 18);
	assert_int_equal(s.last_s, 1796101054);
	assert_int_equal(s.windows, 60);
	assert_string_equal(segment_name(&s, name), "0000000018-1796100464-1796101054-60");
}

static void test_bad_names(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"..",
		"journal",
		"17-1796100464",		    /* too few digits */
		"0000000017",			    /* no time */
		"0000000017-",			    /* the same */
		"0000000017-01",		    /* another notation */
		"0000000017-1796100464-1796101054", /* no windows */
		"0000000017-1796100464-1796101054-0",
		"0000000017-1796100464-1796100463-1", /* ends before it begins */
		"0000000017-1796100464-1796101054-60-",
		"0000000017-1796100464/../../journal",
		"0000000017-1796100464-1796101054-60.gz",
		"0000000017-+796100464",
		"0000000017- 796100464",
		"-000000017-1796100464",
		"99999999999999999999999-1796100464",
		"0000000017-99999999999999999999",
		"0000000017-0x10",
	};
	struct segment s = { .seq = 5 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (segment_parse(bad[i], &s) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
		assert_int_equal(s.seq, 5);
	}
}

static void expect_at(const struct segment *s, size_t n, uint64_t real_s, uint64_t seq,
		      size_t others)
{
	size_t at = 99, more = 99;

	assert_int_equal(segments_find(s, n, real_s, &at, &more), 0);
	assert_int_equal(s[at].seq, seq);
	assert_int_equal(more, others);
}

static void test_find(void **state)
{
	static const struct segment s[] = { { .seq = 3, 100, 150, 6 },
					    { .seq = 4, 160, 200, 5 },
					    { .seq = 5, .first_s = 210 } };
	size_t at = 7, more = 7;

	assert_int_equal(segments_find(s, 3, 99, &at, &more), -ENOENT);
	assert_int_equal(at, 7);
	assert_int_equal(segments_find(s, 0, 100, &at, &more), -ENOENT);
	expect_at(s, 3, 100, 3, 0);
	expect_at(s, 3, 150, 3, 0);
	expect_at(s, 3, 155, 3, 0); /* between two: the window before */
	expect_at(s, 3, 160, 4, 0);
	expect_at(s, 3, 205, 4, 0);
	expect_at(s, 3, 210, 5, 0);
	expect_at(s, 3, 99999, 5, 0); /* it may still grow */
}

/* At 200 somebody sets the clock back to 120; 120 to 200 come twice. */
static void test_clock_back(void **state)
{
	static const struct segment s[] = { { .seq = 1, 100, 200, 11 },
					    { .seq = 2, 120, 300, 19 },
					    { .seq = 3, 310, 400, 10 } };

	expect_at(s, 3, 110, 1, 0);
	expect_at(s, 3, 120, 1, 1);
	expect_at(s, 3, 200, 1, 1);
	expect_at(s, 3, 201, 2, 0);
	expect_at(s, 3, 305, 2, 0);
}

/* Killed, and started again: what it wrote last is not in a name. */
static void test_unfinished(void **state)
{
	static const struct segment s[] = {
		{ .seq = 1, .first_s = 100 },
		{ .seq = 2, 300, 400, 11 },
		{ .seq = 3, .first_s = 500 },
		{ .seq = 4, 450, 600, 16 }
	}; /* the clock went back */

	expect_at(s, 4, 299, 1, 0);
	expect_at(s, 4, 300, 2, 0);
	expect_at(s, 4, 420, 2, 0);
	expect_at(s, 4, 450, 4, 0);
	expect_at(s, 4, 500, 3, 1);
	expect_at(s, 4, 700, 4, 0);
}

static void test_sort(void **state)
{
	struct segment s[] = { { .seq = 9 }, { .seq = 3, .windows = 4 }, { .seq = 3 } };

	segments_sort(s, 3);
	assert_int_equal(s[0].seq, 3);
	assert_int_equal(s[0].windows, 0);
	assert_int_equal(s[1].windows, 4);
	assert_int_equal(s[2].seq, 9);
}

static void test_header(void **state)
{
	struct segment_header h = { "0c5e1bd8-6a02-4ffd-9f2c-1f4d5b7a9e11", 77, 10000000000 },
			      back = { 0 };
	static const char *const bad[] = {
		"null",
		"[]",
		"{}",
		"{\"run\":1}",
		"{\"run\":-1,\"window_ns\":1}",
		"{\"run\":1,\"window_ns\":\"1\"}",
		"{\"boot\":\"0c5e1bd8-6a02-4ffd-9f2c-1f4d5b7a9e11-and-more\",\"run\":1,"
		"\"window_ns\":1}"
	};
	struct json_object *o = segment_header_json(&h);

	assert_int_equal(segment_header_read(o, &back), 0);
	json_object_put(o);
	assert_string_equal(back.boot, h.boot);
	assert_int_equal(back.run, 77);
	assert_int_equal(back.window_ns, 10000000000);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		o = json_tokener_parse(bad[i]);
		assert_int_equal(segment_header_read(o, &back), -EBADMSG);
		json_object_put(o);
	}
}

static void test_line_times(void **state)
{
	struct snapshot *s = snapshot_new();
	uint64_t mono_ns = 1, real_ns = 2;
	size_t len;
	char *line;

	s->mono_ns = 1234567890123;
	s->real_ns = UINT64_MAX;
	assert_int_equal(snapshot_line_write(s, &line, &len), 0);
	assert_int_equal(segment_line_times(line, len, &mono_ns, &real_ns), 0);
	assert_int_equal(mono_ns, 1234567890123);
	assert_true(real_ns == UINT64_MAX);
	/* cut anywhere before the end of the second number it is none */
	for (size_t n = 0; n <= (size_t)(strstr(line, ",\"facts\"") - line); n++)
		assert_int_equal(segment_line_times(line, n, &mono_ns, &real_ns), -EBADMSG);
	free(line);
	snapshot_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	   cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_find),	   cmocka_unit_test(test_clock_back),
		cmocka_unit_test(test_unfinished), cmocka_unit_test(test_sort),
		cmocka_unit_test(test_header),	   cmocka_unit_test(test_line_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
