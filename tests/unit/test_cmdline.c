// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel command line.  What is expected was worked out by hand from next_arg()
 * (lib/cmdline.c) and parameqn() (kernel/params.c).
 */
#include "tree.h"

#include "host/cmdline.h"
#include "util/util.h"

/* All words, as "<NAME>" or "<NAME=VALUE>". */
static void words(const char *line, char *buf, size_t len)
{
	struct cmdline_word w;
	size_t at = 0;

	*buf = '\0';
	while (cmdline_next(&line, &w))
		at += snprintf(buf + at, len - at, "<%.*s%s%.*s>", (int)w.name_len, w.name,
			       w.value ? "=" : "", (int)w.value_len, w.value ?: "");
}

static void test_words(void **state)
{
	static const struct {
		const char *line, *want;
	} lines[] = {
		{ "", "" },
		{ " \t\n", "" },
		{ "ro quiet\n", "<ro><quiet>" },
		{ "  a=1\t b=2 \v\f\r c\n", "<a=1><b=2><c>" },
		{ "a=b=c", "<a=b=c>" },
		{ "a=", "<a=>" },
		/* an '=' that comes first belongs to the name */
		{ "=a =b=c", "<=a><=b=c>" },
		{ "a=\"off\" b", "<a=off><b>" },
		{ "a=\"x y\" b", "<a=x y><b>" },
		{ "\"a=x y\" b", "<a=x y><b>" },
		{ "\"a b\" c", "<a b><c>" },
		{ "a=\"\" \"\" b", "<a=><><b>" },
		/* only quotes at both ends are taken away */
		{ "a=x\"y z\"w b", "<a=x\"y z\"w><b>" },
		{ "a=\"x\"y b", "<a=x\"y><b>" },
		{ "a=x\"y z\" b", "<a=x\"y z\"><b>" },
		/* nothing closes them */
		{ "a=\"x b=y\n", "<a=x b=y>" },
		{ "\"a b\n", "<a b>" },
		{ "a=\"", "<a=>" },
		{ "a -- b=1", "<a>" },
		{ "a --b -- c", "<a><--b>" },
		{ "a \"--\" c", "<a>" },
		{ "a --= c", "<a><--=><c>" },
		/* the blank of Latin-1 */
		{ "a\xa0 b", "<a><b>" },
	};
	char buf[128];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		words(lines[i].line, buf, sizeof(buf));
		if (strcmp(buf, lines[i].want))
			fail_msg("'%s': %s, not %s", lines[i].line, buf, lines[i].want);
	}
}

static void test_value(void **state)
{
	static const struct {
		const char *line, *name, *want; /* NULL: there is none */
	} lines[] = {
		{ "root=/dev/vda rodata=on quiet\n", "rodata", "on" },
		{ "rodata=on rodata=off", "rodata", "off" },
		{ "rodata=on rodata", "rodata", "on" },
		{ "rodata=", "rodata", "" },
		{ "rodata", "rodata", NULL },
		{ "norodata=on", "rodata", NULL },
		{ "rodatas=on", "rodata", NULL },
		{ "rodat=on", "rodata", NULL },
		{ "", "rodata", NULL },
		{ "Rodata=on", "rodata", NULL },
		{ "rodata=on -- rodata=off", "rodata", "on" },
		{ "init=\"/x rodata=off\"", "rodata", NULL },
		{ "\"rodata=off\"", "rodata", "off" },
		{ "kfence.sample-interval=100", "kfence.sample_interval", "100" },
		{ "kfence.sample_interval=100", "kfence.sample-interval", "100" },
		{ "kfence-sample_interval=100", "kfence.sample_interval", NULL },
		/* a value is taken as it is */
		{ "a-b=c-d_e", "a_b", "c-d_e" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char buf[16] = "untouched";
		int r = cmdline_value(lines[i].line, lines[i].name, buf, sizeof(buf));

		if (r != (lines[i].want ? 0 : -ENOENT) ||
		    strcmp(buf, lines[i].want ?: "untouched"))
			fail_msg("'%s': %d, %s", lines[i].line, r, buf);
	}
}

static void test_too_long(void **state)
{
	char buf[16];

	assert_int_equal(cmdline_value("a=0123456789abcde", "a", buf, sizeof(buf)), 0);
	assert_int_equal(cmdline_value("a=0123456789abcdef", "a", buf, sizeof(buf)), -ENOSPC);
}

static void test_says(void **state)
{
	const char *p = "a=on a=one a", *none = p;
	struct cmdline_word w;

	assert_true(cmdline_find(&p, "a", &w));
	assert_true(cmdline_says(&w, "on"));
	assert_false(cmdline_says(&w, "o"));
	assert_false(cmdline_says(&w, "one"));
	assert_true(cmdline_find(&p, "a", &w));
	assert_false(cmdline_says(&w, "on"));
	assert_true(cmdline_find(&p, "a", &w));
	assert_false(cmdline_says(&w, ""));
	assert_false(cmdline_find(&p, "a", &w));
	assert_false(cmdline_find(&none, "b", &w));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
