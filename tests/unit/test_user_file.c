// SPDX-License-Identifier: GPL-2.0-only
#include "faults.h"

#include <sys/resource.h>

#include "util/file.h"
#include "util/user_file.h"

#define SOMEBODY 12345

static int setup(void **state)
{
	umask(022);
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

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

/* A new file as the umask has it, also the next one. */
static void test_umask(void **state)
{
	static const mode_t masks[] = { 022, 077, 0, 0137 };
	char path[256];

	path_in(*state, "a", path);
	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		umask(masks[i]);
		assert_int_equal(user_file_write(path, "one", 3), 0);
		assert_int_equal(mode_of(path), 0666 & ~masks[i]);
		assert_int_equal(umask(masks[i]), masks[i]);
		unlink(path);
	}
}

/* What was private stays so, whatever the umask; rights to be somebody else do not stay. */
static void test_mode_stays(void **state)
{
	static const mode_t modes[] = { 0600, 0640, 0666, 0400 };
	char path[256];

	path_in(*state, "a", path);
	tree_file(*state, "/a", "zero");
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(user_file_write(path, "one", 3), 0);
		assert_int_equal(mode_of(path), modes[i]);
	}
	assert_int_equal(chmod(path, 06755), 0);
	assert_int_equal(user_file_write(path, "two", 3), 0);
	assert_int_equal(mode_of(path), 0755);
	expect_only(*state, "two");
}

static void test_owner_stays(void **state)
{
	char path[256];
	struct stat st;

	if (geteuid())
		skip();
	path_in(*state, "a", path);
	tree_file(*state, "/a", "zero");
	assert_int_equal(chown(path, SOMEBODY, SOMEBODY + 1), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(user_file_write(path, "one", 3), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, SOMEBODY);
	assert_int_equal(st.st_gid, SOMEBODY + 1);
	assert_int_equal(st.st_mode & 07777, 0640);
}

/* Runs @f as SOMEBODY; returns what it returned. */
static int as_somebody(const char *root, int (*f)(const char *root))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(setgid(SOMEBODY) || setuid(SOMEBODY) ? 99 : -f(root));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static int write_a(const char *root)
{
	char path[256];

	path_in(root, "a", path);
	return user_file_write(path, "one", 3);
}

/* A group that the writer cannot give it to: his own gets no right to it. */
static void test_group_that_cannot_stay(void **state)
{
	char path[256];
	struct stat st;

	if (geteuid())
		skip();
	path_in(*state, "a", path);
	tree_file(*state, "/a", "zero");
	assert_int_equal(chown(path, SOMEBODY, 1), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(chmod(*state, 0777), 0);
	assert_int_equal(as_somebody(*state, write_a), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_gid, SOMEBODY);
	assert_int_equal(st.st_mode & 07777, 0600);
	expect_only(*state, "one");
}

/* Links of others, wherever they are, and wherever they lead. */
static void test_planted_link(void **state)
{
	char path[256], link[256], second[256];

	if (geteuid())
		skip();
	path_in(*state, "a", path);
	path_in(*state, "link", link);
	path_in(*state, "second", second);
	tree_file(*state, "/a", "zero");
	assert_int_equal(symlink("a", link), 0);
	assert_int_equal(lchown(link, SOMEBODY, SOMEBODY), 0);
	assert_int_equal(user_file_write(link, "one", 3), -EACCES);
	/* also behind a link of one's own */
	assert_int_equal(symlink("link", second), 0);
	assert_int_equal(user_file_write(second, "one", 3), -EACCES);
	/* to a device */
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("/dev/null", link), 0);
	assert_int_equal(lchown(link, SOMEBODY, SOMEBODY), 0);
	assert_int_equal(user_file_write(link, "one", 3), -EACCES);
	assert_int_equal(user_file_write(second, "one", 3), -EACCES);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(second), 0);
	expect_only(*state, "zero");
}

static int write_link(const char *root)
{
	char path[256];

	path_in(root, "link", path);
	return user_file_write(path, "one", 3);
}

static void test_link_of_root(void **state)
{
	char path[256], link[256];

	if (geteuid())
		skip();
	path_in(*state, "a", path);
	path_in(*state, "link", link);
	tree_file(*state, "/a", "zero");
	assert_int_equal(symlink("a", link), 0);
	assert_int_equal(chown(path, SOMEBODY, SOMEBODY), 0);
	assert_int_equal(chmod(*state, 0777), 0);
	assert_int_equal(as_somebody(*state, write_link), 0);
	assert_int_equal(unlink(link), 0);
	expect_only(*state, "one");
}

/* As fs.protected_regular and fs.protected_fifos have it. */
static void test_planted_file(void **state)
{
	char path[256];

	if (geteuid())
		skip();
	path_in(*state, "a", path);
	tree_file(*state, "/a", "zero");
	assert_int_equal(chown(path, SOMEBODY, SOMEBODY), 0);
	assert_int_equal(chmod(*state, 01777), 0);
	assert_int_equal(user_file_write(path, "one", 3), -EACCES);
	expect_only(*state, "zero");
	assert_int_equal(chown(*state, SOMEBODY, SOMEBODY), 0); /* his directory */
	assert_int_equal(user_file_write(path, "one", 3), 0);
	assert_int_equal(chown(*state, 0, 0), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0666), 0);
	assert_int_equal(chown(path, SOMEBODY, SOMEBODY), 0);
	assert_int_equal(user_file_write(path, "one", 3), -EACCES);
}

static void test_endless_link(void **state)
{
	char path[256];

	path_in(*state, "a", path);
	assert_int_equal(symlink("a", path), 0);
	assert_int_equal(user_file_write(path, "one", 3), -ELOOP);
}

/* Ctrl-C while the file is written: nothing stays but the file, and then it takes effect. */
static void interrupt(const struct call *c)
{
	if (!strcmp(c->name, "fsync")) {
		faults.before = NULL;
		raise(SIGTERM);
	}
}

static void test_interrupted(void **state)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		faults.before = interrupt;
		write_a(*state);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	expect_only(*state, "one");
}

/* What is no file is written into, and stays what it is. */
static void test_no_file(void **state)
{
	char path[256], link[256], got[8];
	struct stat st;
	int fd;

	path_in(*state, "pipe", path);
	path_in(*state, "link", link);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(symlink("pipe", link), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(user_file_write(path, "one", 3), 0);
	assert_int_equal(user_file_write(link, "two", 3), 0);
	assert_int_equal(read(fd, got, sizeof(got)), 6);
	assert_memory_equal(got, "onetwo", 6);
	close(fd);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(user_file_write(*state, "one", 3), -EISDIR);
	unlink(link);
	unlink(path);
}

/* The target of a link is replaced, not the link. */
static void test_link(void **state)
{
	char path[256], link[256];
	struct stat st;

	path_in(*state, "a", path);
	path_in(*state, "link", link);
	assert_int_equal(symlink("a", link), 0);
	assert_int_equal(user_file_write(link, "one", 3), -ENOENT);
	assert_int_equal(user_file_write(path, "one", 3), 0);
	assert_int_equal(user_file_write(link, "two", 3), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(unlink(link), 0);
	expect_only(*state, "two");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0666 & ~022);
}

/* ">> FILE" and /dev/stdout: what is in the file stays. */
static void test_stdout(void **state)
{
	char path[256];
	int was = dup(STDOUT_FILENO), fd, r;

	path_in(*state, "a", path);
	tree_file(*state, "/a", "zero");
	fd = open(path, O_WRONLY | O_APPEND);
	dup2(fd, STDOUT_FILENO);
	r = user_file_write("/dev/stdout", "one", 3);
	dup2(was, STDOUT_FILENO);
	close(was);
	close(fd);
	assert_int_equal(r, 0);
	expect_only(*state, "zeroone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_umask, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mode_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_that_cannot_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_planted_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link_of_root, setup, teardown),
		cmocka_unit_test_setup_teardown(test_planted_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_endless_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stdout, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
