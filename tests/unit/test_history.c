// SPDX-License-Identifier: GPL-2.0-only
/* The ring of windows on disk, what survives the end of its writer, and finding windows in it.
 */
#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "random_snapshot.h"
#include "history/history.h"
#include "history/ring.h"
#include "history/segment_dir.h"
#include "history/segment_text.h"
#include "snapshot/snapshot_line.h"

#define BOOT  "0c5e1bd8-6a02-4ffd-9f2c-1f4d5b7a9e11"
#define OTHER "7b9a2f0e-1111-4222-8333-444455556666"
#define START UINT64_C(1796100000)
#define MIB   (UINT64_C(1) << 20)

/* What does not get smaller when it is compressed; 0: no such thing. */
static size_t noise;

static char *root, dir[4096];
static struct probe *probe;

static int set_up(void **state)
{
	root = tree_new();
	noise = 0;
	snprintf(dir, sizeof(dir), "%s/history", root);
	probe = probe_new();
	return 0;
}

static int tear_down(void **state)
{
	probe_free(probe);
	tree_free(root);
	return 0;
}

static void add_noise(struct snapshot *s)
{
	static uint64_t state = 88172645463325252;
	char text[8192];

	for (size_t i = 0; i < noise; i++)
		text[i] = '!' + random_next(&state) % 90;
	text[noise] = '\0';
	if (noise)
		snapshot_fact(s, FACT_CPU_MODEL, text);
}

/* Window @i: 10 s after the one before; every sixth walks page tables. */
static struct snapshot *window(unsigned int i, uint64_t real_s)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	struct row *r = table_row(t, 42, "work");

	s->mono_ns = UINT64_C(10000000000) * (i + 1);
	s->real_ns = real_s * 1000000000 + 500000000;
	add_noise(s);
	snapshot_set(s, F_VM_MINOR_FAULTS, 7919 * i, "/proc/vmstat");
	row_set(t, r, table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT), 31 * i, "fentry");
	if (i % 6)
		return s;
	snapshot_set(s, F_USER_WALKED, 4096 * (i + 1), "page walk");
	row_set(t, r, table_column(t, "present_bytes", VALUE_GAUGE, UNIT_BYTES),
		4096 * (i + 1), "page walk");
	return s;
}

static int add(struct ring *r, unsigned int i, uint64_t real_s)
{
	struct snapshot *s = window(i, real_s);
	size_t len;
	char *line;
	int err;

	assert_int_equal(snapshot_line_write(s, &line, &len), 0);
	err = ring_add(r, line, len);
	free(line);
	snapshot_free(s);
	return err;
}

static struct ring *open_ring(uint64_t bound, const char *boot, uint64_t run)
{
	struct segment_header h = { .run = run, .window_ns = 10000000000 };
	struct ring *r = NULL;
	char why[512] = "";

	strcpy(h.boot, boot);
	if (ring_open(dir, bound, &h, probe, &r, why, sizeof(why)))
		fail_msg("%s", why);
	return r;
}

/* @n windows from @from on, by one pgtopd */
static void write_windows(unsigned int from, unsigned int n)
{
	struct ring *r = open_ring(200 * MIB, BOOT, 1);

	for (unsigned int i = from; i < from + n; i++)
		assert_int_equal(add(r, i, START + 10 * i), 0);
	ring_close(r);
}

/* As a process that is killed leaves it. */
static void write_and_die(unsigned int from, unsigned int n)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct ring *r = open_ring(200 * MIB, BOOT, 2);

		for (unsigned int i = from; i < from + n; i++)
			assert_int_equal(add(r, i, START + 10 * i), 0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static struct history *open_history(void)
{
	struct history *h = NULL;
	char why[512] = "";

	if (history_open(dir, &h, why, sizeof(why)))
		fail_msg("%s", why);
	return h;
}

/* Which window is at the place: from what it counted. */
static unsigned int which(struct history *h)
{
	struct history_window w;
	unsigned int i;

	assert_int_equal(history_read(h, &w), 0);
	i = w.snapshot->field[F_VM_MINOR_FAULTS].n / 7919;
	assert_int_equal(w.snapshot->field[F_VM_MINOR_FAULTS].n % 7919, 0);
	assert_int_equal(w.snapshot->real_ns, history_time(h));
	snapshot_free(w.snapshot);
	return i;
}

/* All files in the directory, in bytes. */
static uint64_t disk_usage(unsigned int *ret_files)
{
	struct dirent *e;
	uint64_t bytes = 0;
	DIR *d = opendir(dir);

	assert_non_null(d);
	*ret_files = 0;
	while ((e = readdir(d))) {
		struct stat st;

		if (fstatat(dirfd(d), e->d_name, &st, 0) || !S_ISREG(st.st_mode))
			continue;
		bytes += st.st_size;
		++*ret_files;
	}
	closedir(d);
	return bytes;
}

/* --- writing ------------------------------------------------------------------- */

static void test_write(void **state)
{
	struct history_extent e;
	struct history *h;

	write_windows(0, 131);
	h = open_history();
	e = history_extent(h);
	assert_int_equal(e.segments, 3); /* 60, 60, 11 */
	assert_int_equal(e.windows, 131);
	assert_int_equal(e.first_s, START);
	assert_int_equal(e.last_s, START + 1300);
	assert_int_equal(history_first(h), 0);
	for (unsigned int i = 0; i < 131; i++) {
		assert_int_equal(which(h), i);
		assert_int_equal(history_next(h), i < 130);
	}
	for (unsigned int i = 130; i; i--) {
		assert_int_equal(which(h), i);
		assert_int_equal(history_previous(h), 1);
	}
	assert_int_equal(history_previous(h), 0);
	assert_int_equal(which(h), 0);
	assert_string_equal(history_skipped(h), "");
	history_close(h);
}

static void test_bound(void **state)
{
	struct ring *r = open_ring(MIB, BOOT, 1);
	struct history *h;
	unsigned int files, first;
	uint64_t most = 0;

	noise = 3000;
	for (unsigned int i = 0; i < 900; i++) {
		assert_int_equal(add(r, i, START + 10 * i), 0);
		if (i % 7 == 0)
			most = most > disk_usage(&files) ? most : disk_usage(&files);
	}
	assert_true(most > MIB / 2);
	assert_true(most <= MIB);
	assert_true(ring_extent(r).bytes <= MIB);
	assert_true(ring_extent(r).bytes >= disk_usage(&files));
	assert_int_equal(ring_extent(r).segments, files);
	ring_close(r);
	h = open_history();
	assert_int_equal(history_first(h), 0);
	first = which(h);
	assert_true(first > 0 && first < 900);
	assert_int_equal(history_last(h), 0);
	assert_int_equal(which(h), 899);
	history_close(h);
}

/* A smaller one takes effect at the next window, and leaves files that are not its own alone.
 */
static void test_smaller(void **state)
{
	struct ring *r = open_ring(200 * MIB, BOOT, 1);
	unsigned int files;

	tree_file(root, "/history/notes", "not a segment");
	for (unsigned int i = 0; i < 3000; i++)
		assert_int_equal(add(r, i, START + 10 * i), 0);
	assert_int_equal(ring_extent(r).windows, 3000);
	ring_bound(r, MIB / 4);
	assert_int_equal(add(r, 3000, START + 30000), 0);
	assert_true(disk_usage(&files) <= MIB / 4);
	assert_true(ring_extent(r).windows < 3000);
	ring_close(r);
	snprintf(dir, sizeof(dir), "%s/history/notes", root);
	assert_int_equal(access(dir, F_OK), 0);
}

/* --- the end of a writer -------------------------------------------------------- */

static void test_killed(void **state)
{
	struct history *h;
	struct ring *r;

	write_and_die(0, 7);
	h = open_history();
	assert_int_equal(history_extent(h).windows, 0); /* its name does not tell yet */
	assert_int_equal(history_last(h), 0);
	assert_int_equal(which(h), 6);
	assert_string_equal(history_skipped(h), "");
	history_close(h);
	r = open_ring(200 * MIB, BOOT, 3);
	assert_int_equal(ring_extent(r).windows, 7);
	assert_int_equal(add(r, 7, START + 70), 0);
	ring_close(r);
	h = open_history();
	assert_int_equal(history_extent(h).windows, 8);
	assert_int_equal(history_first(h), 0);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(which(h), i);
		assert_int_equal(history_next(h), i < 7);
	}
	history_close(h);
}

static void cut(const char *name, off_t len)
{
	char path[sizeof(dir) + 64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(truncate(path, len), 0);
}

/* What a power cut leaves: cut at every byte, whatever is whole is there, in its order. */
static void test_torn(void **state)
{
	static const char name[] = "0000000001-1796100000";
	char path[sizeof(dir) + 64];
	unsigned int before = 7;
	struct stat st;

	write_and_die(0, 7);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(stat(path, &st), 0);
	for (off_t len = st.st_size; len--;) {
		struct history *h;
		unsigned int n = 0;

		cut(name, len);
		h = open_history();
		if (!history_first(h)) {
			do
				assert_int_equal(which(h), n++);
			while (history_next(h) > 0);
		}
		assert_true(n <= before && before - n <= 1);
		before = n;
		history_close(h);
	}
	assert_int_equal(before, 0);
	/* without a window it goes at the next start */
	write_windows(20, 1);
	assert_int_equal(access(path, F_OK), -1);
}

/* What is changed is found by its sum, and what comes after it in that segment is left out. */
static void test_changed(void **state)
{
	char path[sizeof(dir) + 64];
	struct history *h;
	unsigned int n = 1;
	struct stat st;
	int fd;

	write_windows(0, 130);
	snprintf(path, sizeof(path), "%s/0000000002-%lu-%lu-60", dir, START + 600,
		 START + 1190);
	fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, "\xa5\xa5\xa5", 3, st.st_size / 2), 3);
	close(fd);
	h = open_history();
	assert_int_equal(history_first(h), 0);
	while (history_next(h) > 0) {
		unsigned int i = which(h);

		assert_true(i == n || i == 120);
		n = i + 1;
	}
	assert_int_equal(n, 130);
	assert_non_null(strstr(history_skipped(h), "is damaged"));
	history_close(h);
}

/* --- finding ------------------------------------------------------------------- */

static void test_seek(void **state)
{
	struct history *h;
	size_t others = 9;

	write_windows(0, 131);
	h = open_history();
	assert_int_equal(history_seek(h, START - 1, &others), -ENOENT);
	assert_non_null(strstr(history_why(h), "begins later"));
	assert_int_equal(others, 9);
	assert_int_equal(history_seek(h, START, &others), 0);
	assert_int_equal(which(h), 0);
	assert_int_equal(others, 0);
	assert_int_equal(history_seek(h, START + 609, NULL), 0);
	assert_int_equal(which(h), 60);
	assert_int_equal(history_seek(h, START + 610, NULL), 0);
	assert_int_equal(which(h), 61);
	assert_int_equal(history_seek(h, START + 599, NULL), 0); /* between two segments */
	assert_int_equal(which(h), 59);
	assert_int_equal(history_seek(h, UINT64_MAX, NULL), 0);
	assert_int_equal(which(h), 130);
	history_close(h);
}

static void test_clock_set_back(void **state)
{
	struct ring *r = open_ring(200 * MIB, BOOT, 1);
	struct history *h;
	size_t others = 9;

	for (unsigned int i = 0; i < 20; i++) /* an hour back after the tenth */
		assert_int_equal(add(r, i, START + 10 * i - (i < 10 ? 0 : 3600)), 0);
	for (unsigned int i = 20; i < 400; i++) /* until it has caught up */
		assert_int_equal(add(r, i, START + 10 * i - 3600), 0);
	ring_close(r);
	h = open_history();
	assert_int_equal(history_seek(h, START + 50, &others), 0);
	assert_int_equal(which(h), 5);
	assert_int_equal(others, 1);
	assert_int_equal(history_seek(h, START + 200, &others), 0);
	assert_int_equal(which(h), 380);
	assert_int_equal(others, 0);
	assert_int_equal(history_seek(h, START - 3000, &others), 0);
	assert_int_equal(which(h), 60);
	assert_int_equal(others, 0);
	assert_int_equal(history_first(h), 0); /* in the order written */
	for (unsigned int i = 0; i < 400; i++) {
		assert_int_equal(which(h), i);
		assert_int_equal(history_next(h), i < 399);
	}
	history_close(h);
}

static void test_boot(void **state)
{
	struct history *h;
	struct ring *r;

	write_windows(0, 70);
	r = open_ring(200 * MIB, OTHER, 5);
	for (unsigned int i = 0; i < 200; i++)
		assert_int_equal(add(r, i, START + 5000 + 10 * i), 0);
	ring_close(r);
	h = open_history();
	assert_int_equal(history_last(h), 0);
	assert_int_equal(history_boot(h), 0);
	assert_int_equal(which(h), 0);
	assert_int_equal(history_time(h) / 1000000000, START + 5000);
	assert_int_equal(history_seek(h, START + 650, NULL), 0);
	assert_int_equal(history_boot(h), 0);
	assert_int_equal(history_time(h) / 1000000000, START);
	history_close(h);
}

/* Page tables are walked seldom: a window has what the last walk found, and says when. */
static void test_walk(void **state)
{
	struct history_window w;
	struct history *h;
	struct table *t;

	write_windows(0, 63);
	h = open_history();
	assert_int_equal(history_seek(h, START + 80, NULL), 0);
	assert_int_equal(history_read(h, &w), 0);
	assert_int_equal(w.walk_ns / 1000000000, START + 60);
	assert_int_equal(w.snapshot->field[F_USER_WALKED].n, 4096 * 7);
	assert_string_equal(w.snapshot->field[F_USER_WALKED].via, "page walk");
	t = &w.snapshot->table[TABLE_PROCESS];
	assert_int_equal(t->nrows, 1);
	assert_int_equal(row_get(t, t->rows[0], "present_bytes").n, 4096 * 7);
	assert_int_equal(row_get(t, t->rows[0], "unfolds").n, 31 * 8); /* not the older one */
	assert_int_equal(w.snapshot->field[F_VM_MINOR_FAULTS].n, 7919 * 8);
	assert_string_equal(w.header.boot, BOOT);
	snapshot_free(w.snapshot);
	/* it itself walked */
	assert_int_equal(history_seek(h, START + 120, NULL), 0);
	assert_int_equal(history_read(h, &w), 0);
	assert_int_equal(w.walk_ns, w.snapshot->real_ns);
	snapshot_free(w.snapshot);
	history_close(h);
}

/* The last walk was in the segment before; that of another pgtopd is none. */
static void test_walk_before(void **state)
{
	struct history_window w;
	struct history *h;
	struct ring *r = open_ring(200 * MIB, BOOT, 1);

	for (unsigned int i = 1; i < 62; i++) /* 60 is the last one of its segment */
		assert_int_equal(add(r, i, START + 10 * i), 0);
	ring_close(r);
	r = open_ring(200 * MIB, BOOT, 2);
	assert_int_equal(add(r, 62, START + 620), 0);
	ring_close(r);
	h = open_history();
	assert_int_equal(history_seek(h, START + 610, NULL), 0);
	assert_int_equal(history_read(h, &w), 0);
	assert_int_equal(w.walk_ns / 1000000000, START + 600);
	assert_int_equal(w.snapshot->field[F_USER_WALKED].n, 4096 * 61);
	snapshot_free(w.snapshot);
	assert_int_equal(history_next(h), 1);
	assert_int_equal(history_read(h, &w), 0);
	assert_int_equal(w.walk_ns, 0);
	assert_false(w.snapshot->field[F_USER_WALKED].known);
	snapshot_free(w.snapshot);
	history_close(h);
}

/* A reader sees what is written meanwhile, when it asks. */
static void test_refresh(void **state)
{
	struct ring *r = open_ring(MIB, BOOT, 1);
	struct history *h;

	for (unsigned int i = 0; i < 30; i++)
		assert_int_equal(add(r, i, START + 10 * i), 0);
	h = open_history();
	assert_int_equal(history_last(h), 0);
	assert_int_equal(which(h), 29);
	for (unsigned int i = 30; i < 90; i++)
		assert_int_equal(add(r, i, START + 10 * i), 0);
	assert_int_equal(history_next(h), 0);
	assert_int_equal(history_refresh(h), 0);
	assert_int_equal(which(h), 29);
	for (unsigned int i = 30; i < 90; i++) {
		assert_int_equal(history_next(h), 1);
		assert_int_equal(which(h), i);
	}
	/* the segment of the place is gone */
	noise = 3000;
	ring_bound(r, MIB / 8);
	for (unsigned int i = 90; i < 900; i++)
		assert_int_equal(add(r, i, START + 10 * i), 0);
	ring_close(r);
	assert_int_equal(history_refresh(h), 0);
	assert_true(which(h) > 89);
	history_close(h);
}

/* --- directories that are not to be trusted --------------------------------------- */

static void expect_refused(const char *what)
{
	struct history *h = NULL;
	char why[512] = "";

	assert_true(history_open(dir, &h, why, sizeof(why)) < 0);
	assert_null(h);
	if (!strstr(why, what))
		fail_msg("'%s' instead of '%s'", why, what);
}

static void test_refused(void **state)
{
	char target[sizeof(dir) + 8];

	expect_refused("there is no history in");
	tree_file(root, "/history", "a file");
	expect_refused("is not a directory");
	assert_int_equal(unlink(dir), 0);
	snprintf(target, sizeof(target), "%s2", dir);
	assert_int_equal(mkdir(target, 0700), 0);
	assert_int_equal(symlink(target, dir), 0);
	expect_refused("is not a directory");
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	expect_refused("is not trusted");
}

/* Whatever is beside good segments is left out, and the good ones are read. */
static void test_hostile_files(void **state)
{
	char path[sizeof(dir) + 64];
	struct history *h;

	write_windows(0, 5);
	tree_file(root, "/history/0000000000-1796099000-1796099010-2", "garbage");
	tree_file(root, "/history/0000000009-1796200000", "");
	tree_file(root, "/history/0000000010-1796200000-1796200010-2", "\x1f\x8b\x08");
	snprintf(path, sizeof(path), "%s/0000000011-1796300000", dir);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/0000000012-1796300000", dir);
	assert_int_equal(mkfifo(path, 0600), 0); /* whoever opens it must not wait */
	snprintf(path, sizeof(path), "%s/0000000013-1796300000", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	h = open_history();
	assert_int_equal(history_last(h), 0);
	assert_int_equal(which(h), 4);
	assert_int_equal(history_first(h), 0);
	assert_int_equal(which(h), 0);
	assert_non_null(strstr(history_skipped(h), "is not a pgtop record"));
	assert_int_equal(segment_dir_file(AT_FDCWD, "0000000012-../1"), -EINVAL);
	history_close(h);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write),   TEST(test_bound),	      TEST(test_smaller),
		TEST(test_killed),  TEST(test_torn),	      TEST(test_changed),
		TEST(test_seek),    TEST(test_boot),	      TEST(test_clock_set_back),
		TEST(test_walk),    TEST(test_walk_before),   TEST(test_refresh),
		TEST(test_refused), TEST(test_hostile_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
