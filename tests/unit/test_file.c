// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "util/file.h"

static int setup(void **state)
{
	*state = tree_new();
	return 0;
}

static int teardown(void **state)
{
	tree_free(*state);
	return 0;
}

static void expect_read(const char *root, size_t len)
{
	char *want = malloc(len + 1), *got = NULL;
	size_t n = 0;

	assert_non_null(want);
	memset(want, 'x', len);
	want[len] = '\0';
	tree_file(root, "/proc/f", want);
	assert_int_equal(file_read(root, "/proc/f", &got, &n), 0);
	assert_int_equal(n, len);
	assert_string_equal(got, want);
	free(got);
	free(want);
}

static void test_read_sizes(void **state)
{
	static const size_t len[] = { 0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 100000 };

	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++)
		expect_read(*state, len[i]);
}

static void test_read_failures(void **state)
{
	char *got = NULL, long_path[5000];

	tree_bytes(*state, "/nul", "a\0b", 3);
	tree_dir(*state, "/dir");
	assert_int_equal(file_read(*state, "/absent", &got, NULL), -ENOENT);
	assert_int_equal(file_read(*state, "/nul", &got, NULL), -EBADMSG);
	assert_int_equal(file_read(*state, "/dir", &got, NULL), -EISDIR);
	assert_int_equal(file_read(*state, "/nul/below", &got, NULL), -ENOTDIR);
	memset(long_path, '/', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(file_read(*state, long_path, &got, NULL), -ENAMETOOLONG);
	assert_null(got);
}

static void test_read_endless(void **state)
{
	char *got = NULL;

	assert_int_equal(file_read("", "/dev/zero", &got, NULL), -EFBIG);
	assert_null(got);
}

struct lines_seen {
	size_t n, bytes, longest;
	int stop_at; /* this one ends the reading; 0: none */
};

static int see_line(void *arg, const char *line)
{
	struct lines_seen *s = arg;
	size_t len = strlen(line);

	assert_null(strchr(line, '\n'));
	s->bytes += len;
	s->longest = len > s->longest ? len : s->longest;
	return ++s->n == (size_t)s->stop_at ? -ECANCELED : 0;
}

/* Lines that end where the reader's room does, and around it. */
static void test_lines(void **state)
{
	static const size_t len[] = { 0, 1, 65534, 65535, 65536, 65537, 200000 };
	struct lines_seen s = { 0 };

	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		char *text = malloc(len[i] + 8);

		assert_non_null(text);
		memset(text, 'x', len[i]);
		strcpy(text + len[i], "\n\nab\nc");
		tree_file(*state, "/f", text);
		free(text);
		s = (struct lines_seen){ 0 };
		assert_int_equal(file_lines(*state, "/f", see_line, &s), 0);
		assert_int_equal(s.n, 4);
		assert_int_equal(s.bytes, len[i] + 3);
		assert_int_equal(s.longest, len[i] > 2 ? len[i] : 2);
	}
	s = (struct lines_seen){ .stop_at = 3 };
	assert_int_equal(file_lines(*state, "/f", see_line, &s), -ECANCELED);
	assert_int_equal(s.n, 3);
}

static void test_lines_failures(void **state)
{
	struct lines_seen s = { 0 };

	tree_bytes(*state, "/nul", "a\n\0b", 4);
	tree_file(*state, "/empty", "");
	assert_int_equal(file_lines(*state, "/absent", see_line, &s), -ENOENT);
	assert_int_equal(file_lines(*state, "/nul", see_line, &s), -EBADMSG);
	assert_int_equal(file_lines(*state, "/empty", see_line, &s), 0);
	assert_int_equal(file_lines("", "/dev/zero", see_line, &s), -EBADMSG);
	assert_int_equal(s.n, 0);
}

static void test_root_null_is_live(void **state)
{
	char *got = NULL;

	assert_int_equal(file_read(NULL, "/proc/self/stat", &got, NULL), 0);
	assert_int_equal(strtol(got, NULL, 10), getpid());
	free(got);
}

static void test_line(void **state)
{
	char *got = NULL;

	tree_file(*state, "/one", "a b\n");
	tree_file(*state, "/bare", "a b");
	tree_file(*state, "/two", "a\nb\n");
	tree_file(*state, "/blank", "a\n\n");
	tree_file(*state, "/empty", "");
	assert_int_equal(file_read_line(*state, "/one", &got), 0);
	assert_string_equal(got, "a b");
	free(got);
	assert_int_equal(file_read_line(*state, "/bare", &got), 0);
	assert_string_equal(got, "a b");
	free(got);
	assert_int_equal(file_read_line(*state, "/empty", &got), 0);
	assert_string_equal(got, "");
	free(got);
	got = NULL;
	assert_int_equal(file_read_line(*state, "/two", &got), -EBADMSG);
	assert_int_equal(file_read_line(*state, "/blank", &got), -EBADMSG);
	assert_null(got);
}

static void test_u64(void **state)
{
	uint64_t n = 99;

	tree_file(*state, "/n", "2097152\n");
	tree_file(*state, "/hex", "0x1f\n");
	assert_int_equal(file_read_u64(*state, "/n", &n), 0);
	assert_int_equal(n, 2097152);
	assert_int_equal(file_read_u64(*state, "/hex", &n), 0);
	assert_int_equal(n, 31);
	n = 99;
	tree_file(*state, "/minus", "-1\n");
	tree_file(*state, "/words", "12 monkeys\n");
	tree_file(*state, "/empty", "");
	tree_file(*state, "/huge", "18446744073709551616\n");
	assert_int_equal(file_read_u64(*state, "/minus", &n), -EBADMSG);
	assert_int_equal(file_read_u64(*state, "/words", &n), -EBADMSG);
	assert_int_equal(file_read_u64(*state, "/empty", &n), -EBADMSG);
	assert_int_equal(file_read_u64(*state, "/huge", &n), -EBADMSG);
	assert_int_equal(file_read_u64(*state, "/absent", &n), -ENOENT);
	assert_int_equal(n, 99);
}

static void test_choice(void **state)
{
	static const struct {
		const char *text, *word;
	} c[] = {
		{ "always [madvise] never", "madvise" },
		{ "[always] inherit madvise never", "always" },
		{ "always defer defer+madvise madvise [never]", "never" },
		{ "[x]", "x" },
		{ "always madvise never", NULL },
		{ "[always] [never]", NULL },
		{ "always [] never", NULL },
		{ "always [madvise never", NULL },
		{ "always madvise] never", NULL },
		{ "] [never]", NULL },
		{ "[[never]]", NULL },
		{ "[never]]", NULL },
		{ "[two words]", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		char *word = NULL;
		int r = choice_parse(c[i].text, &word);

		assert_int_equal(r, c[i].word ? 0 : -EBADMSG);
		if (c[i].word)
			assert_string_equal(word, c[i].word);
		else
			assert_null(word);
		free(word);
	}
}

static void test_choice_file(void **state)
{
	char *word = NULL;

	tree_file(*state, "/enabled", "always [madvise] never\n");
	tree_file(*state, "/lines", "[a]\nb\n");
	assert_int_equal(file_read_choice(*state, "/lines", &word), -EBADMSG);
	assert_int_equal(file_read_choice(*state, "/absent", &word), -ENOENT);
	assert_null(word);
	assert_int_equal(file_read_choice(*state, "/enabled", &word), 0);
	assert_string_equal(word, "madvise");
	free(word);
}

static void test_list(void **state)
{
	char **names = NULL;

	tree_file(*state, "/d/b", "");
	tree_file(*state, "/d/B", "");
	tree_file(*state, "/d/.hidden", "");
	tree_dir(*state, "/d/a");
	assert_int_equal(file_list(*state, "/absent", &names), -ENOENT);
	assert_int_equal(file_list(*state, "/d/b", &names), -ENOTDIR);
	assert_null(names);
	assert_int_equal(file_list(*state, "/d", &names), 0);
	assert_string_equal(names[0], "B");
	assert_string_equal(names[1], "a");
	assert_string_equal(names[2], "b");
	assert_null(names[3]);
	strings_free(names);
	assert_int_equal(file_list(*state, "/d/a", &names), 0);
	assert_null(names[0]);
	strings_free(names);
	strings_free(NULL);
}

static void test_exists(void **state)
{
	tree_file(*state, "/d/f", "");
	assert_int_equal(file_exists(*state, "/d/f"), 1);
	assert_int_equal(file_exists(*state, "/d"), 1);
	assert_int_equal(file_exists(*state, "/e"), 0);
}

static void test_line_after(void **state)
{
	const char *text = "a\n\nlast";
	const char *p = line_after(text);

	assert_ptr_equal(p, text + 2);
	p = line_after(p);
	assert_ptr_equal(p, text + 3);
	p = line_after(p);
	assert_ptr_equal(p, text + 7);
	assert_ptr_equal(line_after(p), p);
}

static void test_why_names_the_file(void **state)
{
	static const int err[] = { ENOENT, ENOTDIR, EACCES, EPERM, EBADMSG,
				   EFBIG,  ESRCH,   EIO,    EISDIR };
	char b[128];

	for (size_t i = 0; i < sizeof(err) / sizeof(err[0]); i++)
		assert_non_null(strstr(file_why(-err[i], "/proc/x", b, sizeof(b)), "/proc/x"));
	assert_string_equal(file_why(-ENOENT, "/proc/x", b, sizeof(b)), "/proc/x is missing");
	assert_string_equal(file_why(-EACCES, "/proc/x", b, sizeof(b)),
			    "/proc/x may not be read by this user");
	assert_string_equal(file_why(-EBADMSG, "/proc/x", b, sizeof(b)),
			    "/proc/x holds text pgtop cannot parse");
	assert_string_equal(file_why(-EIO, "/proc/x", b, sizeof(b)),
			    "/proc/x cannot be read: Input/output error");
	/* A path that does not fit is cut, not overrun. */
	assert_int_equal(strlen(file_why(-ENOENT, "/proc/some/long/path", b, 10)), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_failures, setup, teardown),
		cmocka_unit_test(test_read_endless),
		cmocka_unit_test(test_root_null_is_live),
		cmocka_unit_test_setup_teardown(test_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_u64, setup, teardown),
		cmocka_unit_test(test_choice),
		cmocka_unit_test_setup_teardown(test_choice_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exists, setup, teardown),
		cmocka_unit_test(test_line_after),
		cmocka_unit_test(test_why_names_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
