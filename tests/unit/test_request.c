// SPDX-License-Identifier: GPL-2.0-only
/* What clients of the control socket may ask, and how it is refused. */
#include "server/request.h"
#include "tree.h"
#include "util/util.h"

static int parse(const char *line, struct request *r, const char **why)
{
	return request_parse(line, strlen(line), r, why);
}

static void test_good(void **state)
{
	struct request r;
	const char *why;

	assert_int_equal(parse("{\"v\": 1, \"cmd\": \"status\"}", &r, &why), 0);
	assert_int_equal(r.command, REQUEST_STATUS);
	assert_int_equal(parse("  {\"cmd\":\"log\",\"v\":1} \r", &r, &why), 0);
	assert_int_equal(r.command, REQUEST_LOG);
	assert_int_equal(r.n, REQUEST_LOG_DEFAULT);
	assert_int_equal(parse("{\"v\":1,\"cmd\":\"log\",\"n\":7,\"later\":[]}", &r, &why), 0);
	assert_int_equal(r.n, 7);
	assert_int_equal(
		parse("{\"v\":1,\"cmd\":\"why\",\"id\":18446744073709551615}", &r, &why), 0);
	assert_true(r.id == UINT64_MAX);
	assert_int_equal(parse("{\"v\":1,\"cmd\":\"hold\",\"lever\":\"mthp.64K\"}", &r, &why),
			 0);
	assert_int_equal(r.command, REQUEST_HOLD);
	assert_string_equal(r.lever, "mthp.64K");
	assert_int_equal(parse("{\"v\":1,\"cmd\":\"release\",\"lever\":\"x\"}", &r, &why), 0);
	assert_int_equal(r.command, REQUEST_RELEASE);
	assert_int_equal(parse("{\"v\":1,\"cmd\":\"snapshot\"}", &r, &why), 0);
	assert_int_equal(r.command, REQUEST_SNAPSHOT);
	assert_false(r.no_walk);
	assert_int_equal(parse("{\"v\":1,\"cmd\":\"snapshot\",\"walk\":true}", &r, &why), 0);
	assert_false(r.no_walk);
	assert_int_equal(parse("{\"v\":1,\"cmd\":\"snapshot\",\"walk\":false}", &r, &why), 0);
	assert_true(r.no_walk);
}

static void test_bad(void **state)
{
	static const struct {
		const char *line;
		int err;
		const char *why;
	} bad[] = {
		{ "", -EBADMSG, "not a line of JSON" },
		{ "status", -EBADMSG, "not a line of JSON" },
		{ "[1]", -EBADMSG, "not a line of JSON" },
		{ "null", -EBADMSG, "not a line of JSON" },
		{ "{\"v\":1,\"cmd\":\"status\"", -EBADMSG, "not a line of JSON" },
		{ "{\"v\":1,\"cmd\":\"status\"}{}", -EBADMSG, "not a line of JSON" },
		{ "{'v':1,'cmd':'status'}", -EBADMSG, "not a line of JSON" },
		{ "{\"v\":1,\"cmd\":\"\xff\"}", -EBADMSG, "not a line of JSON" },
		{ "{\"v\":1,\"a\":[[[[[[[[[[]]]]]]]]]]}", -EBADMSG, "not a line of JSON" },
		{ "{}", -EPROTONOSUPPORT, "speaks version 1" },
		{ "{\"v\":2,\"cmd\":\"status\"}", -EPROTONOSUPPORT, "speaks version 1" },
		{ "{\"v\":\"1\",\"cmd\":\"status\"}", -EPROTONOSUPPORT, "speaks version 1" },
		{ "{\"v\":1}", -EINVAL, "expected status, log" },
		{ "{\"v\":1,\"cmd\":1}", -EINVAL, "expected status, log" },
		{ "{\"v\":1,\"cmd\":\"reboot\"}", -EINVAL, "expected status, log" },
		{ "{\"v\":1,\"cmd\":\"snapshot\",\"walk\":0}", -EINVAL, "walk is true or" },
		{ "{\"v\":1,\"cmd\":\"log\",\"n\":-1}", -EINVAL, "n is not a whole number" },
		{ "{\"v\":1,\"cmd\":\"log\",\"n\":\"5\"}", -EINVAL,
		  "n is not a whole number" },
		{ "{\"v\":1,\"cmd\":\"why\"}", -EINVAL, "id of a decision" },
		{ "{\"v\":1,\"cmd\":\"why\",\"id\":1.5}", -EINVAL, "id of a decision" },
		{ "{\"v\":1,\"cmd\":\"hold\"}", -EINVAL, "name of a lever" },
		{ "{\"v\":1,\"cmd\":\"hold\",\"lever\":\"\"}", -EINVAL, "name of a lever" },
		{ "{\"v\":1,\"cmd\":\"hold\",\"lever\":\"a\\u0000b\"}", -EINVAL,
		  "name of a lever" },
		{ "{\"v\":1,\"cmd\":\"hold\",\"lever\":\"0123456789012345678901234567890123\"}",
		  -EINVAL, "name of a lever" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct request r = { .n = 4711 };
		const char *why = NULL;
		int err = parse(bad[i].line, &r, &why);

		if (err != bad[i].err || !why || !strstr(why, bad[i].why))
			fail_msg("%s: %d, %s", bad[i].line, err, why);
		assert_int_equal(r.n, 4711);
	}
}

static void test_nul(void **state)
{
	static const char line[] = "{\"v\":1,\"cmd\":\"status\"}\0";
	struct request r;
	const char *why;

	assert_int_equal(request_parse(line, sizeof(line), &r, &why), -EBADMSG);
}

static void test_changes(void **state)
{
	for (int c = 0; c < REQUEST_COMMANDS; c++)
		assert_int_equal(request_changes(c),
				 c == REQUEST_HOLD || c == REQUEST_RELEASE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
