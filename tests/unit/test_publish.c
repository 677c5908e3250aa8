// SPDX-License-Identifier: GPL-2.0-only
#include "faults.h"

#include <sys/resource.h>

#include "util/file.h"
#include "util/publish.h"

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

static void path_in(const char *root, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", root, name);
}

/* @root has exactly one entry, "a", which holds @text. */
static void expect_only(const char *root, const char *text)
{
	char **names, *got;

	assert_int_equal(file_list(root, "", &names), 0);
	assert_non_null(names[0]);
	assert_string_equal(names[0], "a");
	assert_null(names[1]);
	strings_free(names);
	assert_int_equal(file_read(root, "/a", &got, NULL), 0);
	assert_string_equal(got, text);
	free(got);
}

static void test_new_and_again(void **state)
{
	char path[256];
	struct stat st;

	path_in(*state, "a", path);
	assert_int_equal(publish(path, "one", 3, 0640), 0);
	expect_only(*state, "one");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(publish(path, "", 0, 0600), 0);
	expect_only(*state, "");
}

static char order[256];

static void note(const struct call *c)
{
	const char *slash = strrchr(c->path, '/');
	size_t len = strlen(order);

	snprintf(order + len, sizeof(order) - len, "%s %s, ", c->name,
		 slash && strstr(slash, "a.new") ? "a.new" : "other");
}

/* What a power cut leaves is the old file or the new one, and afterwards the new one. */
static void test_order(void **state)
{
	char path[256], temp[256];

	path_in(*state, "a", path);
	path_in(*state, "a.new", temp);
	order[0] = '\0';
	faults.before = note;
	assert_int_equal(publish_by(temp, path, "one", 3, 0600), 0);
	faults_clear();
	assert_string_equal(order, "open a.new, write a.new, fsync a.new, rename a.new, "
				   "fsync other, ");
	order[0] = '\0';
	faults.before = note;
	assert_int_equal(publish_unsynced(temp, path, "two", 3, 0600), 0);
	faults_clear();
	assert_string_equal(order, "open a.new, write a.new, rename a.new, ");
	expect_only(*state, "two");
}

static void test_relative(void **state)
{
	int here = open(".", O_RDONLY | O_DIRECTORY);

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(publish("a", "one", 3, 0600), 0);
	assert_int_equal(sync_directory("a"), 0);
	assert_int_equal(fchdir(here), 0);
	close(here);
	expect_only(*state, "one");
}

static void test_by(void **state)
{
	char path[256], temp[256];

	path_in(*state, "a", path);
	path_in(*state, "a.new", temp);
	tree_file(*state, "/a.new", "left by one that was killed");
	assert_int_equal(publish_by(temp, path, "one", 3, 0600), 0);
	expect_only(*state, "one");
	/* never through a link */
	assert_int_equal(symlink("b", temp), 0);
	assert_int_equal(publish_by(temp, path, "two", 3, 0600), -ELOOP);
	assert_int_equal(unlink(temp), 0);
	expect_only(*state, "one");
}

static void test_no_directory(void **state)
{
	char path[256];

	path_in(*state, "none/a", path);
	assert_int_equal(publish(path, "one", 3, 0600), -ENOENT);
	assert_int_equal(sync_directory(path), -ENOENT);
	path_in(*state, "a", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(publish(path, "one", 3, 0600), -EISDIR);
	assert_int_equal(rmdir(path), 0);
}

/* No room for more than a part. */
static void test_no_room(void **state)
{
	struct rlimit was, limit;
	char path[256], text[8192];

	memset(text, 'x', sizeof(text));
	path_in(*state, "a", path);
	assert_int_equal(publish(path, "one", 3, 0600), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	limit = was;
	limit.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(publish(path, text, sizeof(text), 0600), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	expect_only(*state, "one");
}

static void test_write_all(void **state)
{
	int fd = open("/dev/full", O_WRONLY);

	assert_int_equal(write_all(fd, "one", 3), -ENOSPC);
	assert_int_equal(write_all(fd, "one", 0), 0);
	close(fd);
	assert_int_equal(write_all(-1, "one", 3), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_new_and_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relative, setup, teardown),
		cmocka_unit_test_setup_teardown(test_by, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_all, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
