// SPDX-License-Identifier: GPL-2.0-only
/* What decides for a size: Documentation/admin-guide/mm/transhuge.rst. */
#include "tree.h"

#include <json-c/json.h>

#include "snapshot/snapshot_json.h"
#include "snapshot/thp_policy.h"
#include "util/util.h"

static const struct {
	const char *own, *all; /* NULL: not known */
	enum thp_memory m;
	const char *want, *text; /* NULL: nothing */
} words[] = {
	{ "always", "never", THP_ANON, "always", "always" },
	{ "madvise", "always", THP_ANON, "madvise", "madvise" },
	{ "never", "always", THP_ANON, "never", "never" },
	{ "inherit", "never", THP_ANON, "never", "inherit -> never" },
	{ "inherit", "always", THP_ANON, "always", "inherit -> always" },
	{ "inherit", NULL, THP_ANON, NULL, "inherit -> ?" },
	{ NULL, "always", THP_ANON, NULL, NULL },
	{ NULL, NULL, THP_ANON, NULL, NULL },
	{ "inherit", "within_size", THP_SHMEM, "within_size", "inherit -> within_size" },
	{ "inherit", "force", THP_SHMEM, "force", "inherit -> force" },
	{ "always", "force", THP_SHMEM, "always", "always" },
	/* nobody gets any, whatever the size says */
	{ "inherit", "deny", THP_SHMEM, "deny", "inherit -> deny" },
	{ "always", "deny", THP_SHMEM, "deny", "always -> deny" },
	{ NULL, "deny", THP_SHMEM, NULL, NULL },
};

static void test_words(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *got = thp_decides(words[i].own, words[i].all, words[i].m);
		char buf[THP_POLICY_BYTES];
		const char *text = thp_policy_text(words[i].own, got, buf);

		if (strcmp(got ?: "-", words[i].want ?: "-") ||
		    strcmp(text ?: "-", words[i].text ?: "-"))
			fail_msg("%s under %s: %s, '%s'", words[i].own ?: "-",
				 words[i].all ?: "-", got ?: "-", text ?: "-");
	}
}

static const char *cell(struct json_object *o, const char *key)
{
	struct json_object *v;

	for (const char *const *k = (const char *const[]){ "tables", "mthp", NULL }; *k; k++)
		assert_true(json_object_object_get_ex(o, *k, &o));
	o = json_object_array_get_idx(o, 0);
	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "-";
}

static void test_json(void **state)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_MTHP);
	struct row *r = table_row(t, 65536, NULL);
	struct json_object *o;

	row_label(t, r, THP_ANON, "inherit");
	snapshot_fact(s, FACT_THP_ENABLED, "never");
	o = snapshot_to_json(s, NULL);
	assert_string_equal(cell(o, "anon_policy"), "inherit");
	assert_string_equal(cell(o, "anon_policy_effective"), "never");
	assert_string_equal(cell(o, "shmem_policy_effective"), "-");
	json_object_put(o);
	snapshot_free(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
