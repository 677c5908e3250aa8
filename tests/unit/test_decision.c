// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <math.h>

#include <json-c/json.h>

#include "durable/decision_json.h"
#include "util/json_text.h"

static const struct decision full = {
	.id = 17,
	.trial = 16,
	.real_ns = 1763737000123456789,
	.lever = "mthp.64K",
	.action = DECISION_KEEP,
	.from = "never",
	.to = "always",
	.objective = "minor_faults",
	.proxy = true,
	.before = { .n = 6, .mean = 4.25, .sd = 0.5 },
	.after = { .n = 5, .mean = 0.1, .sd = 0 },
	.tested = true,
	.effect = 0.976,
	.p = 1e-12,
	.guard = "bloat",
	.guard_value = 0.25,
	.guard_limit = 0.1,
	.by = "user 0 (login 1000), process 42 (pgtop)",
	.reason = "faults fell from 4.25 to 0.1 a \"CPU-second\"\n\t\\ \x01 \xc3\xa9",
};

/* Through text, as it goes through the journal. */
static int reread(const struct decision *d, struct decision *ret)
{
	struct json_object *json = decision_to_json(d), *again;
	const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
	int r;

	assert_null(strchr(text, '\n'));
	assert_int_equal(json_text_read(text, strlen(text), 1000, &again), 0);
	r = decision_from_json(again, ret);
	json_object_put(json);
	json_object_put(again);
	return r;
}

static void assert_same(const struct decision *a, const struct decision *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->trial, b->trial);
	assert_int_equal(a->real_ns, b->real_ns);
	assert_int_equal(a->action, b->action);
	assert_string_equal(a->lever, b->lever);
	assert_string_equal(a->from, b->from);
	assert_string_equal(a->to, b->to);
	assert_string_equal(a->objective, b->objective);
	assert_string_equal(a->guard, b->guard);
	assert_string_equal(a->reason, b->reason);
	assert_memory_equal(&a->before, &b->before, sizeof(a->before));
	assert_memory_equal(&a->after, &b->after, sizeof(a->after));
	assert_true(a->proxy == b->proxy && a->tested == b->tested);
	assert_true(a->effect == b->effect && a->p == b->p);
	assert_true(a->guard_value == b->guard_value && a->guard_limit == b->guard_limit);
}

static void test_all_there(void **state)
{
	struct decision got;

	assert_int_equal(reread(&full, &got), 0);
	assert_same(&got, &full);
}

static void test_nothing_there(void **state)
{
	struct decision d = { .id = 1, .action = DECISION_PAUSE }, got = full;

	assert_int_equal(reread(&d, &got), 0);
	assert_same(&got, &d);
}

static void test_every_action(void **state)
{
	static const char *const names[DECISION_ACTIONS] = {
		"try",	  "apply", "confirm", "keep",	 "revert", "abandon", "veto",
		"advise", "yield", "hold",    "release", "pause",  "resume"
	};
	struct decision d = { .id = 1 }, got;

	for (int a = 0; a < DECISION_ACTIONS; a++) {
		assert_non_null(names[a]);
		d.action = a;
		assert_string_equal(decision_action_name(a), names[a]);
		assert_int_equal(reread(&d, &got), 0);
		assert_int_equal(got.action, a);
	}
}

/* What JSON has no word for is left out, and what is written can be read. */
static void test_no_number(void **state)
{
	struct decision d = full, got;

	d.effect = NAN;
	d.before.sd = NAN;
	d.after.mean = INFINITY;
	d.guard_limit = -INFINITY;
	assert_int_equal(reread(&d, &got), 0);
	assert_false(got.tested);
	assert_true(got.effect == 0 && got.p == 0);
	assert_int_equal(got.before.n, 0);
	assert_int_equal(got.after.n, 0);
	assert_string_equal(got.guard, "bloat");
	assert_true(got.guard_value == 0.25 && got.guard_limit == 0);
	d = full;
	d.p = 1.5;
	assert_int_equal(reread(&d, &got), 0);
	assert_false(got.tested);
}

static void test_limits(void **state)
{
	struct decision d = full, got;

	d.id = DECISION_ID_MAX;
	d.real_ns = UINT64_MAX;
	d.before.n = UINT32_MAX;
	memset(d.reason, '\x7f', sizeof(d.reason) - 1);
	memset(d.lever, '"', sizeof(d.lever) - 1);
	assert_int_equal(reread(&d, &got), 0);
	assert_same(&got, &d);
	d.id++;
	assert_int_equal(reread(&d, &got), -EBADMSG);
}

#define GOOD "\"id\":5,\"time\":1.000000002,\"action\":\"try\",\"reason\":\"r\""

static int read_text(const char *text, struct decision *ret)
{
	struct json_object *json = NULL;
	int r;

	if (json_text_read(text, strlen(text), 1000, &json))
		fail_msg("%s is no JSON", text);
	r = decision_from_json(json, ret);
	json_object_put(json);
	return r;
}

static void test_good_text(void **state)
{
	struct decision d;

	assert_int_equal(read_text("{" GOOD ",\"later\":[1,2],\"effect\":1,\"p\":0}", &d), 0);
	assert_int_equal(d.id, 5);
	assert_int_equal(d.real_ns, 1000000002);
	assert_true(d.tested && d.effect == 1 && d.p == 0);
}

static void test_bad_text(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{" GOOD ",\"id\":0}",
		"{" GOOD ",\"id\":-5}",
		"{" GOOD ",\"id\":5.0}",
		"{" GOOD ",\"id\":\"5\"}",
		"{" GOOD ",\"id\":9223372036854775808}",
		"{" GOOD ",\"trial\":6}",
		"{" GOOD ",\"time\":1}",
		"{" GOOD ",\"time\":1.5}",
		"{" GOOD ",\"time\":-1.000000000}",
		"{" GOOD ",\"time\":1.0000000000}",
		"{" GOOD ",\"time\":18446744073.709551616}",
		"{" GOOD ",\"time\":1e9}",
		"{" GOOD ",\"action\":\"trying\"}",
		"{" GOOD ",\"action\":\"\"}",
		"{" GOOD ",\"action\":1}",
		"{" GOOD ",\"action\":\"a word that is longer than any\"}",
		"{" GOOD ",\"reason\":7}",
		"{" GOOD ",\"reason\":\"a\\u0000b\"}",
		"{" GOOD ",\"lever\":\"0123456789012345678901234567890123\"}",
		"{" GOOD ",\"proxy\":1}",
		"{" GOOD ",\"before\":1}",
		"{" GOOD ",\"before\":{\"n\":0,\"mean\":1,\"sd\":1}}",
		"{" GOOD ",\"before\":{\"n\":4294967296,\"mean\":1,\"sd\":1}}",
		"{" GOOD ",\"after\":{\"n\":1,\"mean\":1,\"sd\":-1}}",
		"{" GOOD ",\"after\":{\"n\":1,\"mean\":Infinity,\"sd\":1}}",
		"{" GOOD ",\"effect\":1}",
		"{" GOOD ",\"p\":1}",
		"{" GOOD ",\"effect\":1,\"p\":1.01}",
		"{" GOOD ",\"effect\":NaN,\"p\":1}",
		"{" GOOD ",\"guard\":{}}",
		"{" GOOD ",\"guard\":{\"name\":\"\"}}",
		"{" GOOD ",\"guard\":{\"name\":\"psi\",\"value\":\"1\"}}",
	};
	struct decision d = full;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (read_text(bad[i], &d) != -EBADMSG)
			fail_msg("%s was taken", bad[i]);
		assert_same(&d, &full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_there),    cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_every_action), cmocka_unit_test(test_no_number),
		cmocka_unit_test(test_limits),	     cmocka_unit_test(test_good_text),
		cmocka_unit_test(test_bad_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
