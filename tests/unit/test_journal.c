// SPDX-License-Identifier: GPL-2.0-only
#include "faults.h"

#include <zlib.h>

#include "util/file.h"
#include "durable/journal.h"

#define BOOT  "11111111-2222-3333-4444-555555555555"
#define OTHER "99999999-2222-3333-4444-555555555555"
#define THP   "/sys/kernel/mm/transparent_hugepage"

static int setup(void **state)
{
	faults_clear();
	*state = tree_new();
	return 0;
}

static int teardown(void **state)
{
	faults_clear();
	tree_free(*state);
	return 0;
}

static struct journal *open_it(const char *dir)
{
	struct journal *j = NULL;

	assert_int_equal(journal_open(dir, BOOT, &j), 0);
	return j;
}

static struct journal_knob knob(const char *size, const char *original, const char *ours)
{
	struct journal_knob k = { 0 };

	snprintf(k.path, sizeof(k.path), THP "/hugepages-%skB/enabled", size);
	snprintf(k.lever, sizeof(k.lever), "mthp.%sK", size);
	snprintf(k.original, sizeof(k.original), "%s", original);
	snprintf(k.ours, sizeof(k.ours), "%s", ours);
	return k;
}

static struct decision decision(uint64_t id)
{
	struct decision d = { .id = id, .real_ns = id * 1000000007, .action = DECISION_KEEP };

	snprintf(d.lever, sizeof(d.lever), "mthp.64K");
	snprintf(d.reason, sizeof(d.reason), "decision %llu: \"it\" helped",
		 (unsigned long long)id);
	return d;
}

static void intend(struct journal *j, struct journal_knob k)
{
	assert_int_equal(journal_intend(j, &k), 0);
}

static void forget(struct journal *j, struct journal_knob k)
{
	assert_int_equal(journal_forget(j, k.path, k.lever), 0);
}

static void decide(struct journal *j, uint64_t id)
{
	struct decision d = decision(id);

	assert_int_equal(journal_decide(j, &d), 0);
}

static size_t read_journal(const char *dir, char **text)
{
	size_t len = 0;

	assert_int_equal(file_read(dir, "/journal", text, &len), 0);
	return len;
}

static size_t size_of(const char *dir)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/journal", dir);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void assert_knob(const struct journal *j, size_t i, struct journal_knob want)
{
	size_t n;
	const struct journal_knob *k = journal_knobs(j, &n);

	assert_in_range(i, 0, n - 1);
	assert_memory_equal(&k[i], &want, sizeof(want));
}

static size_t count_knobs(const struct journal *j)
{
	size_t n;

	journal_knobs(j, &n);
	return n;
}

static size_t count_decisions(const struct journal *j)
{
	size_t n;

	journal_decisions(j, &n);
	return n;
}

/* --- what it keeps ---------------------------------------------------------- */

static void test_empty(void **state)
{
	struct journal *j = open_it(*state);

	assert_int_equal(count_knobs(j), 0);
	assert_int_equal(count_decisions(j), 0);
	assert_int_equal(journal_next_id(j), 1);
	assert_int_equal(journal_error(j), 0);
	assert_int_equal(journal_damage(j), 0);
	assert_null(journal_find(j, 1));
	journal_close(j);
	journal_close(NULL);
}

static void test_kept(void **state)
{
	struct journal *j = open_it(*state);
	struct journal_knob moved = { .path = "/proc/sys/vm/min_free_kbytes",
				      .lever = "mthp.64K",
				      .moved = true,
				      .original = "67584" };
	const struct decision *d;

	intend(j, knob("64", "never", "always"));
	intend(j, moved);
	intend(j, knob("2048", "madvise", "always"));
	decide(j, 1);
	decide(j, 2);
	snprintf(moved.ours, sizeof(moved.ours), "99000");
	snprintf(moved.before, sizeof(moved.before), "it held this");
	intend(j, moved);
	journal_close(j);

	j = open_it(*state);
	assert_int_equal(count_knobs(j), 3);
	assert_knob(j, 0, knob("64", "never", "always"));
	assert_knob(j, 1, moved);
	assert_knob(j, 2, knob("2048", "madvise", "always"));
	assert_int_equal(count_decisions(j), 2);
	d = journal_find(j, 2);
	assert_non_null(d);
	assert_string_equal(d->reason, "decision 2: \"it\" helped");
	assert_int_equal(journal_next_id(j), 3);
	forget(j, knob("64", "never", "always"));
	assert_int_equal(journal_forget(j, THP "/hugepages-64kB/enabled", "mthp.64K"),
			 -ENOENT);
	/* the same path, another lever */
	assert_int_equal(journal_forget(j, moved.path, "mthp.2048K"), -ENOENT);
	journal_close(j);

	j = open_it(*state);
	assert_int_equal(count_knobs(j), 2);
	assert_knob(j, 0, moved);
	assert_int_equal(journal_damage(j), 0);
	journal_close(j);
}

static void test_same_decision_again(void **state)
{
	struct journal *j = open_it(*state);

	decide(j, 1);
	decide(j, 1);
	assert_int_equal(count_decisions(j), 1);
	journal_close(j);
	j = open_it(*state);
	assert_int_equal(count_decisions(j), 1);
	journal_close(j);
}

static void test_another_boot(void **state)
{
	struct journal *j = open_it(*state);

	intend(j, knob("64", "never", "always"));
	intend(j, knob("128", "never", "always"));
	forget(j, knob("128", "never", "always"));
	decide(j, 1);
	journal_close(j);
	/* forgotten: it was put back before; told once */
	assert_int_equal(journal_open(*state, OTHER, &j), 0);
	assert_int_equal(journal_stale(j), 1);
	assert_int_equal(count_knobs(j), 0);
	journal_close(j);
	assert_int_equal(journal_open(*state, OTHER, &j), 0);
	assert_int_equal(journal_stale(j), 0);
	assert_int_equal(count_knobs(j), 0);
	assert_int_equal(count_decisions(j), 1);
	intend(j, knob("64", "inherit", "always"));
	journal_close(j);
	assert_int_equal(journal_open(*state, OTHER, &j), 0);
	assert_knob(j, 0, knob("64", "inherit", "always"));
	journal_close(j);
}

static void test_refused(void **state)
{
	struct journal *j = open_it(*state);
	struct journal_knob k = knob("64", "never", "always");
	struct decision d = decision(0);
	size_t size = size_of(*state);

	strcpy(k.path, "/etc/passwd");
	assert_int_equal(journal_intend(j, &k), -EINVAL);
	strcpy(k.path, "/sys/../etc/passwd");
	assert_int_equal(journal_intend(j, &k), -EINVAL);
	k = knob("64", "never", "always");
	k.lever[0] = '\0';
	assert_int_equal(journal_intend(j, &k), -EINVAL);
	assert_int_equal(journal_decide(j, &d), -EINVAL);
	d.id = UINT64_MAX;
	assert_int_equal(journal_decide(j, &d), -EINVAL);
	assert_int_equal(count_knobs(j) + count_decisions(j), 0);
	assert_int_equal(size_of(*state), size);
	journal_close(j);
}

static void test_full_of_knobs(void **state)
{
	struct journal *j = open_it(*state);
	struct journal_knob k = knob("64", "never", "always");

	for (int i = 0; i < JOURNAL_KNOBS; i++) {
		snprintf(k.lever, sizeof(k.lever), "lever%d", i);
		intend(j, k);
	}
	intend(j, k);
	strcpy(k.lever, "one more");
	assert_int_equal(journal_intend(j, &k), -ENOBUFS);
	assert_int_equal(count_knobs(j), JOURNAL_KNOBS);
	journal_close(j);
	j = open_it(*state);
	assert_int_equal(count_knobs(j), JOURNAL_KNOBS);
	assert_int_equal(journal_damage(j), 0);
	journal_close(j);
}

/* --- who may open it -------------------------------------------------------- */

static void test_lock(void **state)
{
	struct journal *j = open_it(*state), *second = NULL;
	char why[256], want[256];

	assert_int_equal(journal_open(*state, BOOT, &second), -EBUSY);
	assert_null(second);
	snprintf(want, sizeof(want), "another pgtopd works with %s: stop it first",
		 (char *)*state);
	assert_string_equal(journal_why(-EBUSY, *state, why, sizeof(why)), want);
	/* also when it was written anew meanwhile */
	for (uint64_t id = 1; id < 2000; id++)
		decide(j, id);
	assert_int_equal(journal_open(*state, BOOT, &second), -EBUSY);
	journal_close(j);
	journal_close(open_it(*state));
}

static void put_lines(const char *dir, const char *const *json)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/journal", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	for (; *json; json++)
		fprintf(f, "%08lx %s\n", crc32(0, (const unsigned char *)*json, strlen(*json)),
			*json);
	assert_int_equal(fclose(f), 0);
}

static void test_newer_version(void **state)
{
	static const char *const lines[] = { "{\"journal\":2}", "{\"what\":[1]}", NULL };
	char *before, *after, why[256];
	struct journal *j = NULL;

	put_lines(*state, lines);
	read_journal(*state, &before);
	assert_int_equal(journal_open(*state, BOOT, &j), -EPROTONOSUPPORT);
	assert_null(j);
	read_journal(*state, &after);
	assert_string_equal(before, after);
	free(before);
	free(after);
	journal_why(-EPROTONOSUPPORT, *state, why, sizeof(why));
	assert_non_null(strstr(why, "was written by a newer pgtopd"));
	/* and the lock is free again */
	assert_int_equal(journal_open(*state, BOOT, &j), -EPROTONOSUPPORT);
}

/* Written by hand from what journal.h says. */
static void test_format(void **state)
{
	static const char *const lines[] = {
		"{\"journal\":1}",
		"{\"ids\":20}",
		"{\"knob\":{\"path\":\"/proc/sys/vm/x\",\"lever\":\"a\",\"original\":\"1\","
		"\"ours\":\"2\",\"boot\":\"" BOOT "\"}}",
		"{\"knob\":{\"path\":\"/proc/sys/vm/y\",\"lever\":\"a\",\"moved\":true,"
		"\"original\":\"1\",\"boot\":\"" BOOT "\"}}",
		"{\"forget\":{\"path\":\"/proc/sys/vm/x\",\"lever\":\"a\"}}",
		"{\"decision\":{\"id\":7,\"time\":5.000000000,\"action\":\"try\",\"reason\":"
		"\"r\"}}",
		NULL,
	};
	struct journal_knob want = {
		.path = "/proc/sys/vm/y", .lever = "a", .moved = true, .original = "1"
	};
	struct journal *j;

	put_lines(*state, lines);
	j = open_it(*state);
	assert_int_equal(journal_damage(j), 0);
	assert_int_equal(count_knobs(j), 1);
	assert_knob(j, 0, want);
	assert_non_null(journal_find(j, 7));
	assert_int_equal(journal_next_id(j), 20);
	journal_close(j);
}

static void test_not_a_journal(void **state)
{
	struct journal *j = NULL;
	char path[PATH_MAX];

	assert_int_equal(journal_open("/nowhere/at/all", BOOT, &j), -ENOENT);
	snprintf(path, sizeof(path), "%s/journal", (char *)*state);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(journal_open(*state, BOOT, &j), -EBADMSG);
	assert_int_equal(remove(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(journal_open(*state, BOOT, &j), -ELOOP);
	assert_int_equal(remove(path), 0);
	tree_file(*state, "/journal", "");
	assert_int_equal(truncate(path, 100 << 20), 0);
	assert_int_equal(journal_open(*state, BOOT, &j), -EFBIG);
	assert_null(j);
}

static void test_garbage(void **state)
{
	char *kept;
	struct journal *j;

	tree_file(*state, "/journal", "root:x:0:0\n\ndaemon:x:1:1\nno newline");
	j = open_it(*state);
	assert_int_equal(journal_damage(j), 4);
	assert_int_equal(journal_error(j), 0);
	intend(j, knob("64", "never", "always"));
	journal_close(j);
	assert_int_equal(file_read(*state, "/journal.damaged", &kept, NULL), 0);
	assert_string_equal(kept, "root:x:0:0\n\ndaemon:x:1:1\nno newline");
	free(kept);
	/* told once */
	j = open_it(*state);
	assert_int_equal(journal_damage(j), 0);
	assert_int_equal(count_knobs(j), 1);
	journal_close(j);
}

/* --- bounded ---------------------------------------------------------------- */

static void test_bounded(void **state)
{
	struct journal *j = open_it(*state);
	uint64_t last = 20000;
	size_t n, largest = 0;

	intend(j, knob("64", "never", "always"));
	for (uint64_t id = 1; id <= last; id++) {
		size_t size;

		decide(j, id);
		size = size_of(*state);
		largest = size > largest ? size : largest;
	}
	assert_in_range(largest, JOURNAL_MAX_BYTES / 2, JOURNAL_MAX_BYTES);
	assert_int_equal(count_decisions(j), JOURNAL_DECISIONS);
	journal_close(j);

	j = open_it(*state);
	n = count_decisions(j);
	assert_in_range(n, 200, JOURNAL_DECISIONS);
	for (uint64_t id = last - n + 1; id <= last; id++)
		assert_non_null(journal_find(j, id));
	assert_int_equal(journal_next_id(j), last + 1);
	assert_knob(j, 0, knob("64", "never", "always"));
	journal_close(j);
}

/* The longest decisions there can be. */
static void test_bounded_long(void **state)
{
	struct journal *j = open_it(*state);
	struct decision d = decision(1);

	/* six bytes of JSON each */
	memset(d.reason, 1, sizeof(d.reason) - 1);
	for (d.id = 1; d.id < 1000; d.id++) {
		assert_int_equal(journal_decide(j, &d), 0);
		assert_in_range(size_of(*state), 0, JOURNAL_MAX_BYTES);
	}
	journal_close(j);
	j = open_it(*state);
	assert_int_equal(journal_damage(j), 0);
	assert_non_null(journal_find(j, 999));
	assert_string_equal(journal_find(j, 999)->reason, d.reason);
	journal_close(j);
}

/* --- a journal as it grows, and what it said at each step ------------------- */

#define STEPS 40

struct step {
	size_t size; /* of the file when it had been taken */
	struct journal_knob knob[8];
	size_t nknobs, ndecisions;
	uint64_t last_id;
};

static struct {
	char *text;
	size_t len;
	struct step step[STEPS];
	size_t nsteps;
} grown;

static void note(const char *dir, const struct journal *j)
{
	struct step *s = &grown.step[grown.nsteps++];
	const struct journal_knob *k = journal_knobs(j, &s->nknobs);
	const struct decision *d = journal_decisions(j, &s->ndecisions);

	assert_in_range(grown.nsteps, 1, STEPS);
	assert_in_range(s->nknobs, 0, 8);
	memcpy(s->knob, k, s->nknobs * sizeof(*k));
	s->last_id = s->ndecisions ? d[s->ndecisions - 1].id : 0;
	s->size = size_of(dir);
}

/* A day: two levers, one with a companion, one given back, then two runs. */
static void grow(const char *dir)
{
	struct journal_knob moved = { .path = "/proc/sys/vm/min_free_kbytes",
				      .lever = "mthp.2048K",
				      .moved = true,
				      .original = "67584" };
	struct journal *j = open_it(dir);
	uint64_t id = 1;

	note(dir, j);
#define STEP(what)                                                                            \
	do {                                                                                  \
		what;                                                                         \
		note(dir, j);                                                                 \
	} while (0)
	STEP(decide(j, id++));
	STEP(intend(j, knob("64", "never", "always")));
	STEP(decide(j, id++));
	STEP(intend(j, knob("2048", "madvise", "always")));
	STEP(intend(j, moved));
	snprintf(moved.ours, sizeof(moved.ours), "99000");
	STEP(intend(j, moved));
	STEP(decide(j, id++));
	STEP(forget(j, knob("64", "never", "always")));
	STEP(decide(j, id++));
	journal_close(j);
	j = open_it(dir);
	note(dir, j);
	STEP(intend(j, knob("64", "never", "madvise")));
	STEP(forget(j, moved));
	STEP(forget(j, knob("2048", "madvise", "always")));
	STEP(decide(j, id++));
	STEP(intend(j, knob("128", "never", "always")));
	journal_close(j);
	grown.len = read_journal(dir, &grown.text);
}

static int setup_grown(void **state)
{
	char *dir;

	setup(state);
	if (grown.text)
		return 0;
	dir = tree_new();
	grow(dir);
	tree_free(dir);
	return 0;
}

/* Who else may write it could have anything written. */
static void test_owner(void **state)
{
	char path[300], text[256];
	struct journal *j;

	journal_close(open_it(*state));
	snprintf(path, sizeof(path), "%s/journal", (const char *)*state);
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(journal_open(*state, BOOT, &j), -EPERM);
	assert_non_null(strstr(journal_why(-EPERM, *state, text, sizeof(text)), "chown"));
	assert_int_equal(chmod(path, 0640), 0);
	journal_close(open_it(*state));
	assert_int_equal(chmod(*state, 0770), 0);
	assert_int_equal(journal_open(*state, BOOT, &j), -EPERM);
	assert_int_equal(chmod(*state, 0750), 0);
	journal_close(open_it(*state));
	if (geteuid())
		return;
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(journal_open(*state, BOOT, &j), -EPERM);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chown(*state, 65534, 65534), 0);
	assert_int_equal(journal_open(*state, BOOT, &j), -EPERM);
	assert_int_equal(chown(*state, 0, 0), 0);
	journal_close(open_it(*state));
}

static void assert_step(const struct journal *j, const struct step *s)
{
	assert_int_equal(count_knobs(j), s ? s->nknobs : 0);
	for (size_t i = 0; s && i < s->nknobs; i++)
		assert_knob(j, i, s->knob[i]);
	assert_int_equal(count_decisions(j), s ? s->ndecisions : 0);
	if (s && s->ndecisions)
		assert_non_null(journal_find(j, s->last_id));
	assert_true(journal_next_id(j) > (s ? s->last_id : 0));
}

/* Cut at each byte, followed by nothing or by zeros. */
static void torn(const char *dir, size_t zeros)
{
	const struct step *s = NULL;
	char *text = calloc(1, grown.len + zeros);

	for (size_t cut = 0; cut < grown.len; cut++) {
		struct journal *j;

		memset(text, 0, grown.len + zeros);
		memcpy(text, grown.text, cut);
		while ((s ? s + 1 : grown.step) < grown.step + grown.nsteps &&
		       (s ? s[1] : grown.step[0]).size <= cut)
			s = s ? s + 1 : grown.step;
		tree_bytes(dir, "/journal", text, cut + zeros);
		j = open_it(dir);
		assert_step(j, s);
		assert_int_equal(journal_damage(j), 0);
		assert_int_equal(journal_error(j), 0);
		/* what is appended now is not behind a torn line */
		intend(j, knob("512", "never", "always"));
		journal_close(j);
		j = open_it(dir);
		assert_int_equal(count_knobs(j), (s ? s->nknobs : 0) + 1);
		assert_int_equal(journal_damage(j), 0);
		journal_close(j);
	}
	assert_ptr_equal(s, &grown.step[grown.nsteps - 1]);
	free(text);
}

static void test_torn(void **state)
{
	torn(*state, 0);
}

static void test_torn_zeros(void **state)
{
	torn(*state, 77);
}

static bool was_known(const struct journal_knob *k)
{
	for (size_t s = 0; s < grown.nsteps; s++) {
		for (size_t i = 0; i < grown.step[s].nknobs; i++) {
			if (!memcmp(&grown.step[s].knob[i], k, sizeof(*k)))
				return true;
		}
	}
	return false;
}

static void damaged(const char *dir, const char *text, size_t at)
{
	uint64_t last = grown.step[grown.nsteps - 1].last_id;
	const struct journal_knob *k;
	struct journal *j;
	size_t n;

	tree_bytes(dir, "/journal", text, grown.len);
	j = open_it(dir);
	if (!journal_damage(j))
		fail_msg("byte %zu is 0x%02x: no damage was told", at, text[at]);
	assert_int_equal(journal_error(j), 0);
	k = journal_knobs(j, &n);
	for (size_t i = 0; i < n; i++)
		assert_true(was_known(&k[i]));
	/* At most two lines are lost, and no id is used again. */
	assert_in_range(count_decisions(j), last - 2, last);
	assert_true(journal_next_id(j) > last);
	journal_close(j);
	j = open_it(dir);
	assert_int_equal(journal_damage(j), 0);
	assert_int_equal(count_knobs(j), n);
	journal_close(j);
}

static void test_damaged(void **state)
{
	static const unsigned char flip[] = { 0x01, 0x20, 0x80, 0xff };
	char *text = malloc(grown.len);

	memcpy(text, grown.text, grown.len);
	for (size_t at = 0; at < grown.len; at++) {
		for (size_t i = 0; i < sizeof(flip); i++) {
			text[at] = grown.text[at] ^ flip[i];
			damaged(*state, text, at);
		}
		text[at] = '\0';
		damaged(*state, text, at);
		text[at] = '\n';
		if (grown.text[at] != '\n')
			damaged(*state, text, at);
		text[at] = grown.text[at];
	}
	free(text);
}

/* A line lost in the middle costs no knob behind it. */
static void test_knob_behind_damage(void **state)
{
	struct journal *j = open_it(*state);
	char *text;
	size_t len;

	decide(j, 1);
	intend(j, knob("64", "never", "always"));
	journal_close(j);
	len = read_journal(*state, &text);
	*strstr(text, "helped") = 'H';
	tree_bytes(*state, "/journal", text, len);
	free(text);
	j = open_it(*state);
	assert_int_equal(journal_damage(j), 1);
	assert_int_equal(count_decisions(j), 0);
	assert_knob(j, 0, knob("64", "never", "always"));
	assert_true(journal_next_id(j) > 1);
	journal_close(j);
}

/* --- ids -------------------------------------------------------------------- */

/* Killed without a close: ids that were told but are not here are not used again. */
static void test_ids_after_kill(void **state)
{
	uint64_t used = 0;

	for (int run = 0; run < 5; run++) {
		struct journal *j = open_it(*state);
		uint64_t id = journal_next_id(j);
		pid_t pid;

		assert_true(id > used);
		journal_close(j);
		pid = fork();
		if (!pid) {
			j = open_it(*state);
			/* the disk fills up after the first, or before */
			if (run % 2)
				decide(j, id);
			faults.fail_at = faults.calls + 1;
			faults.fail_n = UINT32_MAX / 2;
			faults.err = ENOSPC;
			for (uint64_t i = 1; i < 100; i++) {
				struct decision d = decision(id + i);

				journal_decide(j, &d);
			}
			_exit(0);
		}
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		used = id + 99;
	}
}

/* The line that reserved ids is damaged: decisions that found no room had used some. */
static void test_ids_after_damage(void **state)
{
	struct journal *j = open_it(*state);
	char *text;
	size_t len;

	decide(j, 300);
	faults.fail_at = faults.calls + 1;
	faults.fail_n = UINT32_MAX / 2;
	faults.err = ENOSPC;
	for (uint64_t id = 301; id <= 400; id++) {
		struct decision d = decision(id);

		assert_int_equal(journal_decide(j, &d), -ENOSPC);
	}
	journal_close(j);
	faults_clear();
	len = read_journal(*state, &text);
	assert_non_null(strstr(text, "{\"ids\":557}"));
	*strstr(text, "557") = '4';
	tree_bytes(*state, "/journal", text, len);
	free(text);
	j = open_it(*state);
	assert_int_equal(journal_damage(j), 1);
	assert_true(journal_next_id(j) > 400);
	journal_close(j);
}

/* --- failures --------------------------------------------------------------- */

/* How many calls the step from @first on needs. */
static unsigned int calls_of_intend(struct journal *j)
{
	unsigned int before = faults.calls;

	intend(j, knob("8", "never", "always"));
	forget(j, knob("8", "never", "always"));
	return (faults.calls - before) / 2;
}

/* Each call fails in turn, once or for ever; a write fails after a part. */
static void fails(const char *dir, unsigned int at, unsigned int n, size_t partial)
{
	struct journal *j = open_it(dir), *second;
	struct journal_knob k = knob("64", "never", "always");
	size_t before = size_of(dir);
	int r;

	decide(j, journal_next_id(j));
	before = size_of(dir);
	faults.fail_at = faults.calls + at;
	faults.fail_n = n;
	faults.err = ENOSPC;
	faults.partial = partial;
	r = journal_intend(j, &k);
	faults.fail_at = 0;
	if (r != -ENOSPC)
		fail_msg("call %u of %u, after %zu bytes: returned %d", at, n, partial, r);
	assert_int_equal(journal_error(j), -ENOSPC);
	assert_int_equal(count_knobs(j), 0);
	/* the part is gone, unless that failed, too */
	if (n < 2)
		assert_int_equal(size_of(dir), before);
	/* a success clears it, and nothing in between is lost */
	intend(j, knob("128", "never", "always"));
	assert_int_equal(journal_error(j), 0);
	journal_close(j);
	second = open_it(dir);
	assert_int_equal(journal_damage(second), 0);
	assert_int_equal(count_knobs(second), 1);
	assert_knob(second, 0, knob("128", "never", "always"));
	forget(second, knob("128", "never", "always"));
	journal_close(second);
}

static void test_full_disk(void **state)
{
	struct journal *j = open_it(*state);
	unsigned int calls = calls_of_intend(j);

	journal_close(j);
	assert_int_equal(calls, 2); /* write, fdatasync */
	for (unsigned int at = 1; at <= calls; at++) {
		fails(*state, at, 0, 0);
		fails(*state, at, 10, 0);
	}
	/* a part of the line, then no more; with and without the cut */
	for (size_t partial = 1; partial < 40; partial += 13) {
		fails(*state, 1, 1, partial);
		fails(*state, 1, 10, partial);
	}
}

/* The next call fails, the ones after it do not. */
static void fail_next(int err)
{
	faults.fail_at = faults.calls + 1;
	faults.fail_n = 0;
	faults.err = err;
}

static void test_lost_and_found(void **state)
{
	struct journal *j = open_it(*state);
	struct journal_knob k = knob("64", "never", "always");
	struct decision d = decision(1);

	intend(j, k);
	fail_next(EIO);
	assert_int_equal(journal_decide(j, &d), -EIO);
	assert_non_null(journal_find(j, 1));
	decide(j, 2);
	fail_next(EIO);
	assert_int_equal(journal_forget(j, k.path, k.lever), -EIO);
	assert_int_equal(count_knobs(j), 0);
	strcpy(k.ours, "madvise");
	fail_next(EIO);
	assert_int_equal(journal_intend(j, &k), -EIO);
	assert_int_equal(count_knobs(j), 0);
	decide(j, 3);
	journal_close(j);
	j = open_it(*state);
	assert_int_equal(count_decisions(j), 3);
	assert_int_equal(count_knobs(j), 0);
	journal_close(j);
}

/* What found no room is made durable when there is some, at the latest at the end. */
static void test_flush(void **state)
{
	for (int at_end = 0; at_end < 2; at_end++) {
		struct journal *j = open_it(*state);
		struct decision d = decision(1 + at_end);

		assert_int_equal(journal_flush(j), 0);
		faults.fail_at = faults.calls + 1;
		faults.fail_n = 1000;
		faults.err = ENOSPC;
		assert_int_equal(journal_decide(j, &d), -ENOSPC);
		assert_int_equal(journal_flush(j), -ENOSPC);
		assert_int_equal(journal_error(j), -ENOSPC);
		faults_clear();
		if (!at_end)
			assert_int_equal(journal_flush(j), 0);
		journal_close(j);
		j = open_it(*state);
		assert_int_equal(count_decisions(j), 1 + at_end);
		journal_close(j);
	}
}

static void say(struct journal *j, uint64_t id, const char *lever, enum decision_action action)
{
	struct decision d = { .id = id, .real_ns = id, .action = action };

	snprintf(d.lever, sizeof(d.lever), "%s", lever);
	snprintf(d.reason, sizeof(d.reason), "%400d", 7);
	assert_int_equal(journal_decide(j, &d), 0);
}

/* Whose a lever is does not get old. */
static void test_what_stands(void **state)
{
	struct journal *j = open_it(*state);
	uint64_t id = 1;

	say(j, id++, "mthp.1M", DECISION_HOLD);
	say(j, id++, "mthp.2M", DECISION_YIELD);
	say(j, id++, "mthp.64K", DECISION_KEEP);
	say(j, id++, "mthp.128K", DECISION_HOLD);
	say(j, id++, "mthp.128K", DECISION_RELEASE);
	say(j, id++, "mthp.256K", DECISION_KEEP);
	say(j, id++, "mthp.256K", DECISION_REVERT);
	while (id < 3 * JOURNAL_DECISIONS)
		say(j, id++, "mthp.1M", DECISION_VETO);
	for (int again = 0; again < 2; again++) {
		for (id = 1; id <= 7; id++)
			assert_int_equal(journal_find(j, id) != NULL, id <= 3);
		assert_true(size_of(*state) <= JOURNAL_MAX_BYTES);
		journal_close(j);
		j = open_it(*state);
	}
	/* until it is released */
	id = 3 * JOURNAL_DECISIONS;
	say(j, id++, "mthp.1M", DECISION_RELEASE);
	while (id < 5 * JOURNAL_DECISIONS)
		say(j, id++, "mthp.1M", DECISION_VETO);
	assert_null(journal_find(j, 1));
	assert_non_null(journal_find(j, 2));
	journal_close(j);
}

/* An intention that could not be renewed leaves the one before. */
static void test_renewal_fails(void **state)
{
	struct journal *j = open_it(*state);
	struct journal_knob k = knob("64", "never", "madvise");

	intend(j, knob("64", "never", "always"));
	faults.fail_at = faults.calls + 1;
	faults.err = ENOSPC;
	assert_int_equal(journal_intend(j, &k), -ENOSPC);
	assert_knob(j, 0, knob("64", "never", "always"));
	journal_close(j);
	faults.fail_at = 0;
	j = open_it(*state);
	assert_knob(j, 0, knob("64", "never", "always"));
	journal_close(j);
}

/* No write works from the start: it opens, and says so. */
static void test_read_only(void **state)
{
	struct journal_knob k = knob("64", "never", "always");
	struct decision d;
	struct journal *j = open_it(*state);

	intend(j, k);
	decide(j, 1);
	journal_close(j);
	faults.fail_at = faults.calls + 1;
	faults.fail_n = 1000;
	faults.err = EROFS;
	j = open_it(*state);
	assert_int_equal(journal_error(j), -EROFS);
	assert_knob(j, 0, k);
	assert_int_equal(journal_next_id(j), 2);
	d = decision(2);
	assert_int_equal(journal_decide(j, &d), -EROFS);
	assert_int_equal(journal_forget(j, k.path, k.lever), -EROFS);
	assert_int_equal(count_knobs(j), 0);
	journal_close(j);
	/* and for the first time */
	faults.fail_at = 1;
	faults.fail_n = UINT32_MAX / 2;
	tree_dir(*state, "/fresh");
	{
		char dir[PATH_MAX];

		snprintf(dir, sizeof(dir), "%s/fresh", (char *)*state);
		assert_int_equal(journal_open(dir, BOOT, &j), 0);
		assert_int_equal(journal_error(j), -EROFS);
		assert_int_equal(journal_intend(j, &k), -EROFS);
		journal_close(j);
	}
}

/* --- killed at each call ---------------------------------------------------- */

/* In a child: nothing of cmocka here. */
static void run_a_little(void *arg)
{
	struct journal_knob k = knob("64", "never", "always");
	struct decision d;
	struct journal *j;

	if (journal_open(arg, BOOT, &j) || journal_intend(j, &k))
		_exit(1);
	d = decision(journal_next_id(j));
	if (journal_decide(j, &d))
		_exit(1);
	journal_close(j);
}

/* After a failure it is written anew. */
static void run_anew(void *arg)
{
	struct journal_knob k = knob("64", "never", "always");
	struct decision d;
	struct journal *j;

	if (journal_open(arg, BOOT, &j))
		_exit(1);
	d = decision(journal_next_id(j));
	faults.fail_at = faults.calls + 1;
	faults.err = EIO;
	if (journal_decide(j, &d) != -EIO || journal_intend(j, &k))
		_exit(1);
	journal_close(j);
}

/* Whatever is killed, the journal opens without damage, and @always knob stays known. */
static void kill_everywhere(const char *dir, void (*run)(void *arg), const char *always)
{
	unsigned int n = 1;
	struct journal *j;

	for (bool alive = false; !alive; n++) {
		alive = !killed_before(n, run, (void *)dir);
		j = open_it(dir);
		assert_int_equal(journal_damage(j), 0);
		if (always)
			assert_knob(j, 0, knob(always, "never", "always"));
		if (count_knobs(j) > (always != NULL))
			forget(j, knob("64", "never", "always"));
		journal_close(j);
	}
	assert_in_range(n, 8, 1000);
}

static void test_killed(void **state)
{
	kill_everywhere(*state, run_a_little, NULL);
}

static void test_killed_anew(void **state)
{
	struct journal *j = open_it(*state);
	char **names;

	intend(j, knob("2048", "never", "always"));
	journal_close(j);
	kill_everywhere(*state, run_anew, "2048");
	/* nothing piled up */
	assert_int_equal(file_list(*state, "", &names), 0);
	for (size_t i = 0; names[i]; i++)
		assert_true(!strcmp(names[i], "journal") || !strcmp(names[i], "journal.new"));
	strings_free(names);
}

#define CASE(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
#define GROWN(name) cmocka_unit_test_setup_teardown(name, setup_grown, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_empty),
		CASE(test_kept),
		CASE(test_same_decision_again),
		CASE(test_another_boot),
		CASE(test_refused),
		CASE(test_full_of_knobs),
		CASE(test_lock),
		CASE(test_owner),
		CASE(test_newer_version),
		CASE(test_format),
		CASE(test_not_a_journal),
		CASE(test_garbage),
		CASE(test_bounded),
		CASE(test_bounded_long),
		GROWN(test_torn),
		GROWN(test_torn_zeros),
		GROWN(test_damaged),
		CASE(test_knob_behind_damage),
		CASE(test_ids_after_kill),
		CASE(test_ids_after_damage),
		CASE(test_full_disk),
		CASE(test_lost_and_found),
		CASE(test_flush),
		CASE(test_what_stands),
		CASE(test_renewal_fails),
		CASE(test_read_only),
		CASE(test_killed),
		CASE(test_killed_anew),
	};
	int r;

	/* Tens of thousands of small files are no work for a disk. */
	if (!access("/dev/shm", W_OK))
		setenv("TMPDIR", "/dev/shm", 0);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(grown.text);
	return r;
}
