// SPDX-License-Identifier: GPL-2.0-only
#include "faults.h"

#include "util/file.h"
#include "durable/journal.h"
#include "durable/knob.h"

#define BOOT "11111111-2222-3333-4444-555555555555"
#define THP  "/sys/kernel/mm/transparent_hugepage"
#define A    THP "/hugepages-64kB/enabled"
#define B    THP "/hugepages-2048kB/enabled"
#define MIN  "/proc/sys/vm/min_free_kbytes"

static const struct lever a = { .name = "mthp.64K", .kind = LEVER_MTHP_ANON, .path = A };
static const struct lever b = { .name = "mthp.2M", .kind = LEVER_MTHP_ANON, .path = B };

/* --- a kernel --------------------------------------------------------------- */

/*
 * What mm/huge_memory.c, mm/khugepaged.c and mm/page_alloc.c make of a write, in numbers that
 * are easy to tell apart.  user_min is in a file, so that a child that is killed leaves it.
 */
#define DEFAULT_MIN	1000
#define RECOMMENDED_MIN 5000

static struct {
	const char *root;
	int err;	     /* a write of a policy is done and then fails so */
	const char *instead; /* a write of a policy does this: "" nothing */
	bool huge;	     /* another size is in use anyway */
} kernel;

static void put(const char *path, const char *text)
{
	char full[PATH_MAX];
	int fd;

	snprintf(full, sizeof(full), "%s%s", kernel.root, path);
	fd = syscall(SYS_openat, AT_FDCWD, full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || syscall(SYS_write, fd, text, strlen(text)) != (long)strlen(text))
		abort();
	syscall(SYS_close, fd);
}

static void put_number(const char *path, long n)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld\n", n);
	put(path, text);
}

static long number(const char *path)
{
	uint64_t n;

	if (file_read_u64(kernel.root, path, &n))
		abort();
	return n;
}

static bool chosen(const char *path, const char *word)
{
	char *now = NULL;
	bool is = !file_read_choice(kernel.root, path, &now) && !strcmp(now, word);

	free(now);
	return is;
}

/* set_recommended_min_free_kbytes(), calculate_min_free_kbytes() */
static void compute_min_free(void)
{
	bool huge = kernel.huge || !chosen(A, "never") || !chosen(B, "never");

	if (huge && number(MIN) < RECOMMENDED_MIN)
		put_number(MIN, RECOMMENDED_MIN);
	if (!huge && number("/user_min") < DEFAULT_MIN)
		put_number(MIN, DEFAULT_MIN);
}

static bool choose(const char *path, const char *word)
{
	if (!strcmp(word, "always"))
		put(path, "[always] inherit madvise never\n");
	else if (!strcmp(word, "madvise"))
		put(path, "always inherit [madvise] never\n");
	else if (!strcmp(word, "never"))
		put(path, "always inherit madvise [never]\n");
	else
		return false;
	compute_min_free();
	return true;
}

static ssize_t write_min_free(const char *word, size_t len)
{
	put_number("/user_min", atol(word));
	put_number(MIN, atol(word));
	return len;
}

static bool emulate(const char *full, const char *data, size_t len, ssize_t *ret)
{
	const char *path = full + strlen(kernel.root);
	char word[64] = "";

	if (strncmp(full, kernel.root, strlen(kernel.root)) || !is_kernels(path))
		return false;
	memcpy(word, data, len < sizeof(word) ? len : 0);
	word[strcspn(word, "\n")] = '\0';
	*ret = len;
	if (!strcmp(path, MIN)) {
		*ret = write_min_free(word, len);
		return true;
	}
	if (kernel.instead && *kernel.instead)
		choose(path, kernel.instead);
	else if (!kernel.instead && !choose(path, word))
		kernel.err = EINVAL;
	if (kernel.err) {
		errno = kernel.err;
		kernel.err = 0;
		*ret = -1;
	}
	return true;
}

/* --- a machine -------------------------------------------------------------- */

struct machine {
	char *root, dir[256];
	struct host host;
	struct journal *j;
};

static void reopen(struct machine *m)
{
	journal_close(m->j);
	m->j = NULL;
	assert_int_equal(journal_open(m->dir, BOOT, &m->j), 0);
	assert_int_equal(journal_damage(m->j), 0);
}

static int setup(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	faults_clear();
	memset(&kernel, 0, sizeof(kernel));
	assert_non_null(m);
	m->root = tree_new();
	m->host.root = m->root;
	kernel.root = m->root;
	tree_file(m->root, A, "always inherit madvise [never]\n");
	tree_file(m->root, B, "always inherit madvise [never]\n");
	tree_file(m->root, MIN, "1000\n");
	tree_file(m->root, "/user_min", "0\n");
	snprintf(m->dir, sizeof(m->dir), "%s/state", m->root);
	assert_int_equal(mkdir(m->dir, 0700), 0);
	faults.write = emulate;
	reopen(m);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct machine *m = *state;

	faults_clear();
	journal_close(m->j);
	tree_free(m->root);
	free(m);
	return 0;
}

static size_t known(const struct machine *m)
{
	size_t n;

	journal_knobs(m->j, &n);
	return n;
}

#define assert_holds(path, word)  assert_true(chosen(path, word))
#define assert_min_free(n)	  assert_int_equal(number(MIN), n)
#define WRITE(m, lever, from, to) knob_write(&(m)->host, (m)->j, lever, from, to)
#define RESTORE(m, lever)	  knob_restore(&(m)->host, (m)->j, (lever)->name)
#define RESTORE_ALL(m)		  knob_restore_all(&(m)->host, (m)->j, NULL, NULL)

/* The administrator's hand: does what a shell would, past the faults. */
static void admin(const char *path, const char *word)
{
	if (!strcmp(path, MIN))
		write_min_free(word, 0);
	else
		choose(path, word);
}

/* --- reading ---------------------------------------------------------------- */

static void expect_read(struct machine *m, const char *text, int r, const char *want)
{
	char got[JOURNAL_VALUE] = "untouched";

	tree_file(m->root, "/sys/x", text);
	assert_int_equal(knob_read(&m->host, "/sys/x", got), r);
	assert_string_equal(got, r ? "untouched" : want);
}

static void test_read(void **state)
{
	struct machine *m = *state;
	char got[JOURNAL_VALUE];

	expect_read(m, "always [madvise] never\n", 0, "madvise");
	expect_read(m, "[1]", 0, "1");
	expect_read(m, "67584\n", 0, "67584");
	expect_read(m, "two words\n", 0, "two words");
	expect_read(m, "", -EBADMSG, NULL);
	expect_read(m, "\n", -EBADMSG, NULL);
	expect_read(m, "a\nb\n", -EBADMSG, NULL);
	expect_read(m, "[a] [b]\n", -EBADMSG, NULL);
	expect_read(m, "[]\n", -EBADMSG, NULL);
	expect_read(m, "123456789012345678901234567890123456789012345678901234567890123", 0,
		    "123456789012345678901234567890123456789012345678901234567890123");
	expect_read(m, "1234567890123456789012345678901234567890123456789012345678901234",
		    -EBADMSG, NULL);
	assert_int_equal(knob_read(&m->host, "/sys/none", got), -ENODEV);
}

/* --- writing and restoring -------------------------------------------------- */

static void test_write_and_restore(void **state)
{
	struct machine *m = *state;

	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	assert_holds(A, "always");
	assert_string_equal(journal_knobs(m->j, &(size_t){ 0 })[0].original, "never");
	assert_int_equal(RESTORE(m, &a), 0);
	assert_holds(A, "never");
	assert_int_equal(known(m), 0);
	assert_int_equal(RESTORE(m, &a), -ENOENT);
}

static void test_nothing_to_write(void **state)
{
	struct machine *m = *state;
	unsigned int calls = faults.calls;

	assert_int_equal(WRITE(m, &a, "never", "never"), -EALREADY);
	assert_int_equal(WRITE(m, &a, "madvise", "always"), -ESTALE);
	assert_int_equal(WRITE(m, &a, "always", "always"), -ESTALE);
	assert_int_equal(faults.calls, calls);
	assert_int_equal(known(m), 0);
}

/* What was set by hand before, with the DEFAULT_MIN and RECOMMENDED_MIN of this kernel. */
static const char *const by_hand[] = { "0", "300", "1000", "2000", "5000", "8000" };

static void set_by_hand(struct machine *m, const char *min_free)
{
	admin(MIN, min_free);
	/* 0: never set */
	if (!strcmp(min_free, "0"))
		put_number(MIN, DEFAULT_MIN);
}

static void test_min_free_comes_back(void **state)
{
	struct machine *m = *state;

	for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
		long before;

		set_by_hand(m, by_hand[i]);
		before = number(MIN);
		assert_int_equal(WRITE(m, &a, "never", "always"), 0);
		assert_min_free(before < RECOMMENDED_MIN ? RECOMMENDED_MIN : before);
		reopen(m);
		assert_int_equal(RESTORE(m, &a), 0);
		assert_holds(A, "never");
		assert_min_free(before);
		assert_int_equal(known(m), 0);
	}
}

/* An administrator writes @file while ours is in place; then it is to be restored. */
static void admin_writes(struct machine *m, const char *file, const char *text, int restored,
			 const char *holds, long min_free)
{
	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	admin(file, text);
	assert_int_equal(RESTORE(m, &a), restored);
	assert_holds(A, holds);
	assert_min_free(min_free);
	assert_int_equal(known(m), 0);
}

static void test_admin_writes_the_knob(void **state)
{
	admin_writes(*state, A, "madvise", -ESTALE, "madvise", RECOMMENDED_MIN);
}

static void test_admin_writes_min_free(void **state)
{
	admin_writes(*state, MIN, "7777", 0, "never", 7777);
}

static void test_admin_undid_it(void **state)
{
	struct machine *m = *state;

	admin(MIN, "2000");
	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	admin(A, "never");
	assert_int_equal(RESTORE(m, &a), 0);
	assert_min_free(2000);
	assert_int_equal(known(m), 0);
}

static void test_forget(void **state)
{
	struct machine *m = *state;

	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	assert_int_equal(knob_forget(m->j, a.name), 0);
	assert_int_equal(known(m), 0);
	assert_int_equal(knob_forget(m->j, a.name), -ENOENT);
	assert_holds(A, "always");
	/* Taken up again later, what it holds then is the original. */
	assert_int_equal(WRITE(m, &a, "always", "madvise"), 0);
	assert_int_equal(RESTORE(m, &a), 0);
	assert_holds(A, "always");
}

static void test_write_again(void **state)
{
	struct machine *m = *state;

	admin(MIN, "2000");
	assert_int_equal(WRITE(m, &a, "never", "madvise"), 0);
	assert_int_equal(WRITE(m, &a, "madvise", "always"), 0);
	reopen(m);
	assert_int_equal(RESTORE(m, &a), 0);
	assert_holds(A, "never");
	assert_min_free(2000);
	/* back by a write */
	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	assert_int_equal(WRITE(m, &a, "always", "never"), 0);
	assert_holds(A, "never");
	assert_min_free(2000);
	assert_int_equal(known(m), 0);
}

static const struct lever *const order[][2] = { { &a, &b }, { &b, &a } };

static void two_levers(struct machine *m)
{
	for (size_t i = 0; i < 2; i++) {
		admin(MIN, "2000");
		assert_int_equal(WRITE(m, &a, "never", "always"), 0);
		assert_int_equal(WRITE(m, &b, "never", "always"), 0);
		assert_int_equal(RESTORE(m, order[i][0]), 0);
		assert_int_equal(RESTORE(m, order[i][1]), 0);
		assert_holds(A, "never");
		assert_holds(B, "never");
		assert_min_free(2000);
		assert_int_equal(known(m), 0);
	}
}

static void test_two_levers(void **state)
{
	two_levers(*state);
	/* where the last write back raises it, too */
	kernel.huge = true;
	two_levers(*state);
}

/* One goes and is tried again while the other stays. */
static void test_one_comes_and_goes(void **state)
{
	struct machine *m = *state;

	kernel.huge = true;
	for (size_t i = 0; i < 4; i++) {
		const struct lever *gone = order[i % 2][0];

		admin(MIN, "2000");
		assert_int_equal(WRITE(m, &a, "never", "always"), 0);
		assert_int_equal(WRITE(m, &b, "never", "always"), 0);
		assert_int_equal(RESTORE(m, gone), 0);
		assert_int_equal(WRITE(m, gone, "never", "always"), 0);
		assert_int_equal(RESTORE(m, order[i / 2][0]), 0);
		assert_int_equal(RESTORE(m, order[i / 2][1]), 0);
		assert_min_free(2000);
		assert_int_equal(known(m), 0);
	}
}

/* What somebody sets after both have moved it is not theirs any more. */
static void test_admin_writes_what_two_moved(void **state)
{
	struct machine *m = *state;

	for (size_t i = 0; i < 2; i++) {
		admin(MIN, "2000");
		assert_int_equal(WRITE(m, &a, "never", "always"), 0);
		assert_int_equal(WRITE(m, &b, "never", "always"), 0);
		assert_int_equal(RESTORE(m, order[i][0]), 0);
		admin(MIN, "7777");
		assert_int_equal(RESTORE(m, order[i][1]), 0);
		assert_min_free(7777);
		assert_int_equal(known(m), 0);
	}
}

/* Each moves it a bit further, as a kernel with other numbers would; the first goes first. */
static void test_chain(void **state)
{
	struct machine *m = *state;
	struct journal_knob second;
	size_t n;

	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	second = journal_knobs(m->j, &n)[1];
	assert_string_equal(second.ours, "5000");
	snprintf(second.lever, sizeof(second.lever), "%s", b.name);
	snprintf(second.original, sizeof(second.original), "5000");
	snprintf(second.ours, sizeof(second.ours), "6000");
	assert_int_equal(journal_intend(m->j, &second), 0);
	put(B, "[always] inherit madvise never\n");
	put_number(MIN, 6000);
	assert_int_equal(RESTORE(m, &a), 0);
	assert_min_free(6000);
	assert_int_equal(RESTORE(m, &b), 0);
	assert_min_free(1000);
	assert_int_equal(known(m), 0);
}

static void test_collapse_moves_nothing(void **state)
{
	struct machine *m = *state;
	const struct lever c = { .name = "linear_map.collapse",
				 .kind = LEVER_COLLAPSE,
				 .path = "/sys/kernel/mm/linear_map/collapse_auto" };

	faults.write = NULL;
	tree_file(m->root, c.path, "0\n");
	assert_int_equal(WRITE(m, &c, "0", "1"), 0);
	assert_int_equal(known(m), 1);
	assert_int_equal(RESTORE(m, &c), 0);
	assert_int_equal(number(c.path), 0);
}

/* --- what can go wrong ------------------------------------------------------ */

static void test_kernel_refuses(void **state)
{
	struct machine *m = *state;

	assert_int_equal(WRITE(m, &a, "never", "sometimes"), -EINVAL);
	assert_holds(A, "never");
	assert_int_equal(known(m), 0);
	assert_min_free(1000);
}

/* enabled_store() can fail after it has changed the policy. */
static void test_kernel_fails_after_it_did(void **state)
{
	struct machine *m = *state;

	admin(MIN, "2000");
	kernel.err = ENOMEM;
	assert_int_equal(WRITE(m, &a, "never", "always"), -ENOMEM);
	assert_holds(A, "never");
	assert_min_free(2000);
	assert_int_equal(known(m), 0);
}

static void test_kernel_ignores_it(void **state)
{
	struct machine *m = *state;

	kernel.instead = "";
	assert_int_equal(WRITE(m, &a, "never", "always"), -EIO);
	assert_int_equal(known(m), 0);
}

static void test_somebody_was_faster(void **state)
{
	struct machine *m = *state;

	kernel.instead = "madvise";
	assert_int_equal(WRITE(m, &a, "never", "always"), -ESTALE);
	assert_holds(A, "madvise");
	assert_int_equal(known(m), 0);
}

static void test_vanished(void **state)
{
	struct machine *m = *state;
	char full[PATH_MAX];

	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	snprintf(full, sizeof(full), "%s" A, m->root);
	assert_int_equal(remove(full), 0);
	assert_int_equal(WRITE(m, &a, "always", "madvise"), -ENODEV);
	assert_int_equal(RESTORE(m, &a), -ENODEV);
	assert_int_equal(RESTORE_ALL(m), -ENODEV);
	assert_true(known(m) > 0);
	tree_file(m->root, A, "[always] inherit madvise never\n");
	assert_int_equal(RESTORE(m, &a), 0);
	assert_holds(A, "never");
}

static void test_strange_files(void **state)
{
	struct machine *m = *state;
	struct lever strange = { .name = "strange", .path = "/sys/strange" };
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/sys/strange", m->root);
	assert_int_equal(mkdir(full, 0700), 0);
	assert_int_equal(WRITE(m, &strange, "never", "always"), -EISDIR);
	assert_int_equal(rmdir(full), 0);
	assert_int_equal(mkfifo(full, 0600), 0);
	assert_int_equal(WRITE(m, &strange, "never", "always"), -EBADMSG);
	assert_int_equal(remove(full), 0);
	/* what would move cannot be read, so could not be restored */
	snprintf(full, sizeof(full), "%s" MIN, m->root);
	assert_int_equal(remove(full), 0);
	assert_int_equal(mkdir(full, 0700), 0);
	assert_int_equal(WRITE(m, &a, "never", "always"), -EISDIR);
	assert_holds(A, "never");
	assert_int_equal(known(m), 0);
	assert_int_equal(rmdir(full), 0);
	/* where there is none, nothing moves */
	faults.write = NULL;
	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	assert_int_equal(known(m), 1);
	put(A, "[always] never\n");
	assert_int_equal(RESTORE(m, &a), 0);
}

/* Each call of a write fails in turn: an error is told, and all is as it was. */
static void test_each_call_fails(void **state)
{
	struct machine *m = *state;
	unsigned int calls;

	admin(MIN, "2000");
	calls = faults.calls;
	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	calls = faults.calls - calls;
	assert_int_equal(RESTORE(m, &a), 0);
	assert_in_range(calls, 8, 20);
	for (unsigned int at = 1; at <= calls; at++) {
		int r;

		faults.fail_at = faults.calls + at;
		faults.err = EIO;
		r = WRITE(m, &a, "never", "always");
		faults.fail_at = 0;
		if (r && r != -EIO)
			fail_msg("call %u: returned %d", at, r);
		if (r) {
			assert_holds(A, "never");
			assert_min_free(2000);
			assert_int_equal(known(m), 0);
			continue;
		}
		/* Past the write only the journal can fail, and that is made up for. */
		assert_holds(A, "always");
		assert_int_equal(RESTORE(m, &a), 0);
		assert_holds(A, "never");
		assert_min_free(2000);
	}
}

static void test_each_call_of_restore_fails(void **state)
{
	struct machine *m = *state;
	bool done = false;

	admin(MIN, "2000");
	for (unsigned int at = 1; !done; at++) {
		assert_int_equal(WRITE(m, &a, "never", "always"), 0);
		faults.fail_at = faults.calls + at;
		faults.err = EIO;
		if (RESTORE(m, &a)) {
			assert_true(known(m) > 0);
			faults.fail_at = 0;
			assert_int_equal(RESTORE(m, &a), 0);
		}
		done = faults.calls < faults.fail_at;
		faults.fail_at = 0;
		assert_holds(A, "never");
		assert_min_free(2000);
		assert_int_equal(known(m), 0);
		assert_in_range(at, 1, 50);
	}
}

/* No room for the journal: nothing is written; what was written is still restored. */
static void test_full_disk(void **state)
{
	struct machine *m = *state;

	assert_int_equal(WRITE(m, &b, "never", "always"), 0);
	faults.fail_at = faults.calls + 1;
	faults.err = ENOSPC;
	assert_int_equal(WRITE(m, &a, "never", "always"), -ENOSPC);
	/* From here on it is to be written anew, and a directory is in the way. */
	faults.fail_at = 0;
	tree_dir(m->dir, "/journal.new");
	assert_int_equal(WRITE(m, &a, "never", "always"), -EISDIR);
	assert_holds(A, "never");
	assert_int_equal(RESTORE_ALL(m), 0);
	assert_holds(B, "never");
	assert_min_free(1000);
	assert_int_equal(journal_error(m->j), -EISDIR);
	/* The file still tells of it; what the knob holds shows that it is done. */
	reopen(m);
	assert_true(known(m) > 0);
	assert_int_equal(RESTORE_ALL(m), 0);
	assert_int_equal(known(m), 0);
}

struct told {
	char lever[4][LEVER_NAME];
	int err[4];
	size_t n;
};

static void note(void *arg, const struct knob_undone *u)
{
	struct told *t = arg;

	assert_in_range(t->n, 0, 3);
	snprintf(t->lever[t->n], LEVER_NAME, "%s", u->knob->lever);
	t->err[t->n++] = u->err;
}

static void test_restore_all(void **state)
{
	struct machine *m = *state;
	struct lever c = { .name = "third", .path = THP "/hugepages-128kB/enabled" };
	struct told t = { 0 };
	char full[PATH_MAX];

	tree_file(m->root, c.path, "always inherit madvise [never]\n");
	assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	assert_int_equal(WRITE(m, &c, "never", "always"), 0);
	assert_int_equal(WRITE(m, &b, "never", "always"), 0);
	admin(B, "madvise");
	snprintf(full, sizeof(full), "%s%s", m->root, c.path);
	assert_int_equal(remove(full), 0);
	assert_int_equal(knob_restore_all(&m->host, m->j, note, &t), -ENODEV);
	assert_int_equal(t.n, 3);
	assert_string_equal(t.lever[0], b.name);
	assert_int_equal(t.err[0], -ESTALE);
	assert_string_equal(t.lever[1], c.name);
	assert_int_equal(t.err[1], -ENODEV);
	assert_string_equal(t.lever[2], a.name);
	assert_int_equal(t.err[2], 0);
	assert_holds(A, "never");
	assert_holds(B, "madvise");
}

/* --- killed ----------------------------------------------------------------- */

/* In a child: nothing of cmocka. */
static void run_writes(void *arg)
{
	struct machine *m = arg;
	struct journal *j;

	if (journal_open(m->dir, BOOT, &j) ||
	    knob_write(&m->host, j, &a, "never", "madvise") ||
	    knob_write(&m->host, j, &b, "never", "always") ||
	    knob_write(&m->host, j, &a, "madvise", "always"))
		_exit(1);
	/* no time to close */
}

static void run_restore(void *arg)
{
	struct machine *m = arg;
	struct journal *j;

	if (journal_open(m->dir, BOOT, &j) || knob_restore_all(&m->host, j, NULL, NULL))
		_exit(1);
	journal_close(j);
}

static void expect_original(struct machine *m, long min_free, unsigned int n)
{
	reopen(m);
	assert_int_equal(RESTORE_ALL(m), 0);
	if (!chosen(A, "never") || !chosen(B, "never") || number(MIN) != min_free)
		fail_msg("killed before call %u: min_free %ld, not %ld", n, number(MIN),
			 min_free);
	assert_int_equal(known(m), 0);
	journal_close(m->j);
	m->j = NULL;
}

static void killed_writing(struct machine *m, const char *min_free)
{
	unsigned int n = 1;
	long before;
	bool killed = true;

	set_by_hand(m, min_free);
	before = number(MIN);
	journal_close(m->j);
	m->j = NULL;
	for (; killed; n++) {
		killed = killed_before(n, run_writes, m);
		expect_original(m, before, n);
		set_by_hand(m, min_free);
	}
	assert_in_range(n, 25, 1000);
}

static void test_killed_writing(void **state)
{
	for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++)
		killed_writing(*state, by_hand[i]);
}

static void killed_restoring(struct machine *m, const char *min_free)
{
	unsigned int n = 1;
	long before;
	bool killed = true;

	set_by_hand(m, min_free);
	before = number(MIN);
	journal_close(m->j);
	m->j = NULL;
	for (; killed; n++) {
		assert_false(killed_before(UINT32_MAX, run_writes, m));
		killed = killed_before(n, run_restore, m);
		expect_original(m, before, n);
		set_by_hand(m, min_free);
	}
	assert_in_range(n, 15, 1000);
}

static void test_killed_restoring(void **state)
{
	for (size_t i = 1; i < sizeof(by_hand) / sizeof(by_hand[0]); i += 2)
		killed_restoring(*state, by_hand[i]);
}

/* As when pgtopd stops, which is not in the order of the writes. */
static void run_stop(void *arg)
{
	struct machine *m = arg;
	struct journal *j;

	if (journal_open(m->dir, BOOT, &j) || knob_restore(&m->host, j, a.name) ||
	    knob_restore(&m->host, j, b.name))
		_exit(1);
	journal_close(j);
}

static void test_killed_stopping(void **state)
{
	struct machine *m = *state;
	unsigned int n = 1;
	bool killed = true;

	kernel.huge = true;
	admin(MIN, "2000");
	journal_close(m->j);
	m->j = NULL;
	for (; killed; n++) {
		assert_false(killed_before(UINT32_MAX, run_writes, m));
		killed = killed_before(n, run_stop, m);
		expect_original(m, 2000, n);
	}
	assert_in_range(n, 15, 1000);
}

/* Killed at one call while writing and at each while restoring. */
static void test_killed_twice(void **state)
{
	struct machine *m = *state;
	bool alive = false;

	admin(MIN, "300");
	journal_close(m->j);
	m->j = NULL;
	for (unsigned int n = 1; !alive; n += 5) {
		bool restored = false;

		for (unsigned int again = 1 + n % 4; !restored; again += 4) {
			alive = !killed_before(n, run_writes, m);
			restored = !killed_before(again, run_restore, m);
			expect_original(m, 300, n);
			set_by_hand(m, "300");
		}
	}
}

/* --- the power is cut ------------------------------------------------------- */

/*
 * What would be left: a file as it was when it was last synced, and a directory as it was when
 * it was last synced, or, as file systems may do it earlier, as it is now.
 */
#define FILES 64

static struct {
	struct machine *m;
	struct {
		ino_t ino;
		char *text;
		size_t len;
	} file[FILES];
	size_t nfiles;
	ino_t journal; /* the file under that name when the directory was synced; 0: none */
	unsigned int looks;
} disk;

static void synced(int fd)
{
	char path[64];
	struct stat st;
	size_t i = 0;

	if (fstat(fd, &st))
		abort();
	while (i < disk.nfiles && disk.file[i].ino != st.st_ino)
		i++;
	disk.nfiles += i == disk.nfiles;
	if (i == FILES)
		abort();
	free(disk.file[i].text);
	disk.file[i].ino = st.st_ino;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (file_read("", path, &disk.file[i].text, &disk.file[i].len))
		abort();
}

static ino_t journal_now(void)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/journal", disk.m->dir);
	return stat(path, &st) ? 0 : st.st_ino;
}

static void expect_known(ino_t ino, const char *path, const char *original)
{
	struct journal *j = NULL;
	char dir[256];
	const struct journal_knob *k;
	size_t n = 0, i = 0;

	snprintf(dir, sizeof(dir), "%s/left", disk.m->root);
	tree_dir(disk.m->root, "/left");
	tree_file(dir, "/journal", "");
	for (size_t f = 0; f < disk.nfiles; f++) {
		if (disk.file[f].ino == ino)
			tree_bytes(dir, "/journal", disk.file[f].text, disk.file[f].len);
	}
	assert_int_equal(journal_open(dir, BOOT, &j), 0);
	k = journal_knobs(j, &n);
	while (i < n && (strcmp(k[i].path, path) || strcmp(k[i].original, original)))
		i++;
	if (i == n)
		fail_msg("%s was written before its original was durable", path);
	journal_close(j);
}

/* Before each call: whether what is about to be written is known on the disk. */
static void look(const struct call *c)
{
	const char *path = c->path + strlen(disk.m->root);
	struct stat st;

	faults.before = NULL;
	if (!strcmp(c->name, "fsync") && !fstat(c->fd, &st) && S_ISDIR(st.st_mode))
		disk.journal = journal_now();
	else if (!strcmp(c->name, "fsync") || !strcmp(c->name, "fdatasync"))
		synced(c->fd);
	else if (!strcmp(c->name, "write") && is_kernels(path)) {
		const char *original = strcmp(path, MIN) ? "never" : "2000";

		expect_known(disk.journal, path, original);
		expect_known(journal_now(), path, original);
		expect_known(disk.journal, MIN, "2000");
		disk.looks++;
	}
	faults.before = look;
}

static void test_power_cut(void **state)
{
	struct machine *m = *state;
	struct decision d = { .action = DECISION_ADVISE, .real_ns = 1 };

	admin(MIN, "2000");
	disk.m = m;
	disk.looks = 0;
	journal_close(m->j);
	m->j = NULL;
	/* from the very first file on, and through a journal written anew */
	put("/state/journal", "");
	faults.before = look;
	assert_int_equal(journal_open(m->dir, BOOT, &m->j), 0);
	for (int round = 0; round < 40; round++) {
		assert_int_equal(WRITE(m, &a, "never", "always"), 0);
		assert_int_equal(WRITE(m, &b, "never", "always"), 0);
		assert_int_equal(RESTORE(m, &b), 0);
		assert_int_equal(RESTORE(m, &a), 0);
		memset(d.reason, 'x', sizeof(d.reason) - 1);
		for (int i = 0; i < 12; i++) {
			d.id = journal_next_id(m->j);
			assert_int_equal(journal_decide(m->j, &d), 0);
		}
		if (round % 8)
			continue;
		/* After an error the next intention writes it anew. */
		faults.fail_at = faults.calls + 1;
		faults.err = EIO;
		assert_int_equal(journal_decide(m->j, &d), -EIO);
		faults.fail_at = 0;
	}
	faults.before = NULL;
	/* two levers written, written back, and what moved put back */
	assert_int_equal(disk.looks, 40 * 5);
	assert_in_range(disk.nfiles, 2, FILES);
	for (size_t i = 0; i < disk.nfiles; i++)
		free(disk.file[i].text);
	memset(&disk, 0, sizeof(disk));
}

/* Whatever a journal names: only levers, and what moves with them, are written. */
static void test_no_lever(void **state)
{
	struct machine *m = *state;
	static const struct journal_knob bad[] = {
		{ .path = "/sys/power/state",
		  .lever = "mthp.64K",
		  .original = "disk",
		  .ours = "1" },
		{ .path = "/proc/sys/kernel/core_pattern",
		  .lever = "mthp.64K",
		  .original = "|/x",
		  .ours = "1" },
		{ .path = THP "/hugepages-64kB/../enabled2",
		  .lever = "mthp.64K",
		  .original = "x",
		  .ours = "1" },
		{ .path = THP "/enabled", .lever = "mthp.64K", .original = "x", .ours = "1" },
		{ .path = "/proc/sys/vm/panic_on_oom",
		  .lever = "mthp.64K",
		  .moved = true,
		  .original = "2",
		  .ours = "1" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (journal_intend(m->j, &bad[i]))
			continue; /* refused even earlier */
		tree_file(m->root, bad[i].path, "1\n");
		assert_int_equal(RESTORE(m, &a), -EPERM);
		assert_int_equal(RESTORE_ALL(m), -EPERM);
		assert_int_equal(number(bad[i].path), 1);
		assert_int_equal(known(m), 1);
		assert_int_equal(knob_forget(m->j, a.name), 0);
	}
	assert_true(lever_has_knob(A) && lever_has_knob(THP "/hugepages-16kB/shmem_enabled"));
	assert_true(lever_has_knob("/sys/kernel/mm/linear_map/collapse_auto"));
}

/* --- somebody else writes in between --------------------------------------- */

static struct {
	unsigned int at; /* before this call of the journal */
	const char *path, *word;
	bool done;
} between;

/* The calls on a knob itself follow each other within microseconds. */
static void write_between(const struct call *c)
{
	if (is_kernels(c->path) || !between.at || --between.at)
		return;
	between.done = true;
	admin(between.path, between.word);
}

static void begin_anew(struct machine *m)
{
	admin(A, "never");
	admin(MIN, "1000");
	assert_int_equal(known(m), 0);
}

/* What is written between two calls of ours stays. */
static bool between_calls(struct machine *m, unsigned int at, bool restoring, const char *path,
			  const char *word)
{
	int r = 0;

	begin_anew(m);
	if (restoring)
		assert_int_equal(WRITE(m, &a, "never", "always"), 0);
	memset(&between, 0, sizeof(between));
	between.at = at;
	between.path = path;
	between.word = word;
	faults.before = write_between;
	if (!restoring)
		r = WRITE(m, &a, "never", "always");
	faults.before = restoring ? write_between : NULL;
	if (!r)
		(void)RESTORE(m, &a);
	faults.before = NULL;
	(void)RESTORE(m, &a);
	if (between.done && !strcmp(path, A) && !chosen(A, word))
		fail_msg("before call %u of %s: %s was overwritten", at,
			 restoring ? "restore" : "write", word);
	if (between.done && !strcmp(path, MIN) && number(MIN) != atol(word))
		fail_msg("before call %u of %s: min_free_kbytes is %ld", at,
			 restoring ? "restore" : "write", number(MIN));
	return between.done;
}

static void test_written_between(void **state)
{
	for (int restoring = 0; restoring < 2; restoring++) {
		unsigned int at = 1, min_at = 1;

		while (between_calls(*state, at, restoring, A, "madvise"))
			at++;
		while (between_calls(*state, min_at, restoring, MIN, "7777"))
			min_at++;
		assert_in_range(at, 3, 50);
		assert_in_range(min_at, 3, 50);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_read),
		CASE(test_write_and_restore),
		CASE(test_nothing_to_write),
		CASE(test_min_free_comes_back),
		CASE(test_admin_writes_the_knob),
		CASE(test_admin_writes_min_free),
		CASE(test_admin_undid_it),
		CASE(test_forget),
		CASE(test_write_again),
		CASE(test_two_levers),
		CASE(test_one_comes_and_goes),
		CASE(test_admin_writes_what_two_moved),
		CASE(test_chain),
		CASE(test_collapse_moves_nothing),
		CASE(test_kernel_refuses),
		CASE(test_kernel_fails_after_it_did),
		CASE(test_kernel_ignores_it),
		CASE(test_somebody_was_faster),
		CASE(test_vanished),
		CASE(test_strange_files),
		CASE(test_each_call_fails),
		CASE(test_each_call_of_restore_fails),
		CASE(test_full_disk),
		CASE(test_restore_all),
		CASE(test_killed_writing),
		CASE(test_killed_restoring),
		CASE(test_killed_stopping),
		CASE(test_killed_twice),
		CASE(test_power_cut),
		CASE(test_no_lever),
		CASE(test_written_between),
	};

	/* Many small files are no work for a disk. */
	if (!access("/dev/shm", W_OK))
		setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
