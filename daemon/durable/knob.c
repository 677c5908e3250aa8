// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/file.h"
#include "durable/knob.h"
#include "util/util.h"

#define MIN_FREE "/proc/sys/vm/min_free_kbytes"

static bool knob_same(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static void knob_set(char buf[JOURNAL_VALUE], const char *value)
{
	snprintf(buf, JOURNAL_VALUE, "%s", value);
}

/* --- one file --------------------------------------------------------------- */

int knob_read(const struct host *h, const char *path, char *buf)
{
	_cleanup_free_ char *line = NULL, *chosen = NULL;
	const char *word;
	int r = file_read_line(h->root, path, &line);

	if (!r && strchr(line, '['))
		r = choice_parse(line, &chosen);
	if (r)
		return r == -ENOENT ? -ENODEV : r;
	word = chosen ? chosen : line;
	if (!*word || strlen(word) >= JOURNAL_VALUE)
		return -EBADMSG;
	knob_set(buf, word);
	return 0;
}

/* In one write, as the kernel wants it. */
static int knob_write_value(const struct host *h, const char *path, const char *value)
{
	char full[PATH_MAX], line[JOURNAL_VALUE + 1];
	_cleanup_close_ int fd = -1;
	int len = snprintf(line, sizeof(line), "%s\n", value);
	ssize_t n;

	if (snprintf(full, sizeof(full), "%s%s", h->root, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	do
		n = write(fd, line, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == len ? 0 : -EIO;
}

/*
 * Write @to over @from, if it is still @from: syncing the journal takes long enough for
 * somebody else to write.  The kernel has no way to compare and write at once, so a write
 * between these two calls, some microseconds, is lost.
 */
static int knob_replace(const struct host *h, const char *path, const char *from,
			const char *to)
{
	char now[JOURNAL_VALUE];
	int r = knob_read(h, path, now);

	if (r)
		return r;
	return knob_same(now, from) ? knob_write_value(h, path, to) : -ESTALE;
}

/* What a write of @to over @from left: 0, -EIO (the kernel ignored it) or -ESTALE. */
static int knob_verify(const struct host *h, const char *path, const char *from,
		       const char *to)
{
	char now[JOURNAL_VALUE];
	int r = knob_read(h, path, now);

	if (r || knob_same(now, to))
		return r;
	return knob_same(now, from) ? -EIO : -ESTALE;
}

/* Somebody else may have put it back already. */
int knob_put_back(const struct host *h, const char *path, const char *from, const char *to)
{
	int r = knob_replace(h, path, from, to);

	if (!r || r == -ESTALE)
		r = knob_verify(h, path, from, to);
	return r;
}

/* --- what the journal knows ------------------------------------------------- */

static const struct journal_knob *knob_find(const struct journal *j, const char *lever,
					    bool moved)
{
	size_t n;
	const struct journal_knob *k = journal_knobs(j, &n);

	for (size_t i = 0; i < n; i++) {
		if (k[i].moved == moved && knob_same(k[i].lever, lever))
			return &k[i];
	}
	return NULL;
}

bool knob_is_known(const struct journal *j, const char *lever)
{
	return knob_find(j, lever, false) != NULL;
}

/* Whether a knob that holds @value holds what we made of it. */
static bool is_ours(const struct journal_knob *k, const char *value)
{
	return (*k->ours && knob_same(value, k->ours)) ||
	       (*k->before && knob_same(value, k->before));
}

/* What is to be known of a knob that holds @now before it holds @ours ("": nobody knows). */
static void fill_in(struct journal_knob *k, const char *lever, const char *path,
		    const struct journal_knob *known, const char *now, const char *ours)
{
	memset(k, 0, sizeof(*k));
	snprintf(k->path, sizeof(k->path), "%s", path);
	snprintf(k->lever, sizeof(k->lever), "%s", lever);
	knob_set(k->original, known && is_ours(known, now) ? known->original : now);
	knob_set(k->before, known && is_ours(known, now) ? now : "");
	knob_set(k->ours, ours);
}

/* One write: of the knob and of what may move with it. */
struct change {
	const struct host *host;
	struct journal *journal;
	struct journal_knob knob, moved;	 /* moved: path "" if nothing can */
	struct journal_knob knob_was, moved_was; /* what the journal knew; path "": nothing */
	char before[JOURNAL_VALUE], moved_before[JOURNAL_VALUE];
};

static int prepare_moved(struct change *c, const struct lever *l)
{
	const struct journal_knob *known = knob_find(c->journal, l->name, true);
	int r;

	if (l->kind == LEVER_COLLAPSE)
		return 0;
	r = knob_read(c->host, MIN_FREE, c->moved_before);
	/* Where there is none, it cannot move. */
	if (r)
		return r == -ENODEV ? 0 : r;
	if (known)
		c->moved_was = *known;
	fill_in(&c->moved, l->name, MIN_FREE, known, c->moved_before, "");
	c->moved.moved = true;
	return 0;
}

static int knob_prepare(struct change *c, const struct lever *l, const char *value)
{
	const struct journal_knob *known = knob_find(c->journal, l->name, false);

	if (known)
		c->knob_was = *known;
	fill_in(&c->knob, l->name, l->path, known, c->before, value);
	return prepare_moved(c, l);
}

/* Back to what was known; a journal that cannot be written does so later. */
static void know_again(struct journal *j, const struct journal_knob *k,
		       const struct journal_knob *was)
{
	if (!*k->path)
		return;
	if (*was->path)
		(void)journal_intend(j, was);
	else
		(void)journal_forget(j, k->path, k->lever);
}

static void knob_withdraw(struct change *c)
{
	know_again(c->journal, &c->moved, &c->moved_was);
	know_again(c->journal, &c->knob, &c->knob_was);
}

static int knob_intend(struct change *c)
{
	int r = journal_intend(c->journal, &c->knob);

	if (!r && *c->moved.path)
		r = journal_intend(c->journal, &c->moved);
	if (r)
		knob_withdraw(c);
	return r;
}

/* --- writing ---------------------------------------------------------------- */

static int undo_moved(struct change *c)
{
	char now[JOURNAL_VALUE];
	int r = *c->moved.path ? knob_read(c->host, MIN_FREE, now) : -ENODEV;

	if (r)
		return r == -ENODEV ? 0 : r;
	return knob_same(now, c->moved_before)
		       ? 0
		       : knob_put_back(c->host, MIN_FREE, now, c->moved_before);
}

static int knob_give_up(struct change *c)
{
	(void)knob_forget(c->journal, c->knob.lever);
	return -ESTALE;
}

/* The write failed with @err: what it did all the same is undone. */
static int knob_undo(struct change *c, int err)
{
	char now[JOURNAL_VALUE];
	int r = knob_read(c->host, c->knob.path, now);

	if (!r && !knob_same(now, c->before)) {
		r = knob_put_back(c->host, c->knob.path, c->knob.ours, c->before);
		if (r == -ESTALE)
			return knob_give_up(c);
	}
	if (!r)
		r = undo_moved(c);
	/* Else the journal keeps it, for knob_restore(). */
	if (!r)
		knob_withdraw(c);
	return err;
}

/* What may move with it must be put back as it is now, not as it was before the sync. */
static bool has_moved(const struct change *c)
{
	char now[JOURNAL_VALUE];

	return *c->moved.path &&
	       (knob_read(c->host, MIN_FREE, now) || !knob_same(now, c->moved_before));
}

/* The journal knows of it: write, and see that it is there. */
static int knob_change(struct change *c)
{
	const char *path = c->knob.path, *value = c->knob.ours;
	int r;

	if (has_moved(c)) {
		knob_withdraw(c);
		return -EBUSY;
	}
	r = knob_replace(c->host, path, c->before, value);
	if (r == -ESTALE)
		return knob_give_up(c);
	if (r)
		return knob_undo(c, r);
	r = knob_verify(c->host, path, c->before, value);
	if (r == -EIO)
		knob_withdraw(c);
	return r == -ESTALE ? knob_give_up(c) : r;
}

/*
 * It is done: say so, and what the other one holds now.  Should the journal fail here, it
 * knows enough: the original, and that it may hold another value.
 */
static void knob_complete(struct change *c)
{
	char now[JOURNAL_VALUE];
	bool moved = *c->moved.path && !knob_read(c->host, MIN_FREE, now);

	if (*c->knob.before) {
		knob_set(c->knob.before, "");
		(void)journal_intend(c->journal, &c->knob);
	}
	if (!moved)
		return;
	knob_set(c->moved.ours, now);
	knob_set(c->moved.before, "");
	(void)journal_intend(c->journal, &c->moved);
}

int knob_write(const struct host *h, struct journal *j, const struct lever *lever,
	       const char *expect, const char *value)
{
	struct change c = { .host = h, .journal = j };
	int r = knob_read(h, lever->path, c.before);

	if (r)
		return r;
	if (!knob_same(c.before, expect))
		return -ESTALE;
	if (knob_same(c.before, value))
		return -EALREADY;
	r = knob_prepare(&c, lever, value);
	if (r)
		return r;
	if (*c.knob_was.path && knob_same(value, c.knob.original))
		return knob_restore(h, j, lever->name);
	r = knob_intend(&c);
	if (r)
		return r;
	r = knob_change(&c);
	if (!r)
		knob_complete(&c);
	return r;
}

/* --- restoring -------------------------------------------------------------- */

/*
 * Before a lever is written back: whether what moved with it is ours to put back, whatever
 * writing the lever back makes of it.  If its value is not known, we were killed between our
 * write and the look at what it did.  That a write is under way is made durable, because
 * afterwards nothing else tells.
 */
static bool knob_claim(const struct host *h, struct journal *j, struct journal_knob *moved)
{
	const struct journal_knob was = *moved;
	char now[JOURNAL_VALUE];

	if (knob_read(h, moved->path, now) || (*moved->ours && !is_ours(moved, now)))
		return false;
	knob_set(moved->before, now);
	knob_set(moved->ours, "");
	(void)journal_intend(j, moved);
	if (!knob_read(h, moved->path, now) && knob_same(now, moved->before))
		return true;
	*moved = was; /* somebody wrote it meanwhile */
	return false;
}

/* The lever holds its original already: was it we who wrote it back, or did we never write? */
static bool was_claimed(const struct host *h, const struct journal_knob *moved)
{
	char now[JOURNAL_VALUE];

	if (!*moved->ours)
		return *moved->before;
	return !knob_read(h, moved->path, now) && is_ours(moved, now);
}

/* Another lever moved it on from there: what was the original here is the original there. */
static void pass_on(struct journal *j, const struct journal_knob *moved)
{
	size_t n;
	const struct journal_knob *k = journal_knobs(j, &n);

	for (size_t i = 0; *moved->ours && i < n; i++) {
		struct journal_knob next = k[i];

		if (!next.moved || !knob_same(next.path, moved->path) ||
		    knob_same(next.lever, moved->lever) ||
		    !knob_same(next.original, moved->ours))
			continue;
		knob_set(next.original, moved->original);
		(void)journal_intend(j, &next);
		return;
	}
}

/*
 * Levers share it: where @moved is put back, it no longer holds what the others left there,
 * and yet it is theirs when they are written back, which can raise it again.
 * @under_way: it may still hold the value that all of them know
 */
static void knob_share(struct journal *j, const struct journal_knob *moved, bool under_way)
{
	const char *held = *moved->ours ? moved->ours : moved->before;
	bool older = true; /* what was there before an older one is no longer of interest */
	size_t n;
	const struct journal_knob *k = journal_knobs(j, &n);

	if (knob_same(held, moved->original))
		return;
	for (size_t i = 0; i < n; i++) {
		struct journal_knob other = k[i];

		if (!other.moved || !knob_same(other.path, moved->path))
			continue;
		if (knob_same(other.lever, moved->lever)) {
			older = false;
			continue;
		}
		if (!is_ours(&other, held))
			continue;
		if (older || knob_same(other.original, held))
			knob_set(other.original, moved->original);
		knob_set(other.ours, moved->original);
		knob_set(other.before, under_way ? held : "");
		(void)journal_intend(j, &other);
	}
}

static int put_moved_back(const struct host *h, struct journal *j,
			  const struct journal_knob *moved)
{
	char now[JOURNAL_VALUE];
	int r = knob_read(h, moved->path, now);

	if (r)
		return r;
	knob_share(j, moved, true);
	if (!knob_same(now, moved->original))
		r = knob_put_back(h, moved->path, now, moved->original);
	if (!r)
		knob_share(j, moved, false);
	return r;
}

static int restore_moved(const struct host *h, struct journal *j,
			 const struct journal_knob *moved, bool claimed)
{
	int r = claimed ? put_moved_back(h, j, moved) : 0;

	if (!claimed)
		pass_on(j, moved);
	if (r && r != -ENODEV && r != -ESTALE)
		return r;
	(void)journal_forget(j, moved->path, moved->lever);
	return 0;
}

/* Whoever wrote the journal: of all that is below /sys and /proc/sys only this is written. */
static bool may_hold(const struct journal_knob *k)
{
	return k->moved ? knob_same(k->path, MIN_FREE) : lever_has_knob(k->path);
}

static int restore_both(const struct host *h, struct journal *j, const struct journal_knob *k,
			struct journal_knob *moved)
{
	bool claimed = false;
	char now[JOURNAL_VALUE];
	int r = knob_read(h, k->path, now);

	if (r)
		return r;
	if (is_ours(k, now)) {
		claimed = moved && knob_claim(h, j, moved);
		r = knob_put_back(h, k->path, now, k->original);
	} else if (knob_same(now, k->original)) {
		claimed = moved && was_claimed(h, moved);
	} else {
		r = -ESTALE;
	}
	if (r == -ESTALE) {
		(void)knob_forget(j, k->lever);
		return r;
	}
	if (!r && moved)
		r = restore_moved(h, j, moved, claimed);
	if (!r)
		(void)journal_forget(j, k->path, k->lever);
	return r;
}

int knob_restore(const struct host *h, struct journal *j, const char *lever)
{
	const struct journal_knob *known = knob_find(j, lever, false);
	const struct journal_knob *known_moved = knob_find(j, lever, true);
	struct journal_knob k, moved;

	if ((known && !may_hold(known)) || (known_moved && !may_hold(known_moved)))
		return -EPERM;
	if (known_moved)
		moved = *known_moved;
	if (!known)
		return known_moved ? restore_moved(h, j, &moved, was_claimed(h, &moved))
				   : -ENOENT;
	k = *known;
	return restore_both(h, j, &k, known_moved ? &moved : NULL);
}

int knob_forget(struct journal *j, const char *lever)
{
	const struct journal_knob *k;
	int r = -ENOENT;

	for (int moved = 1; moved >= 0; moved--) {
		k = knob_find(j, lever, moved);
		if (k) {
			(void)journal_forget(j, k->path, k->lever);
			r = 0;
		}
	}
	return r;
}

int knob_restore_all(const struct host *h, struct journal *j,
		     void (*tell)(void *arg, const struct knob_undone *u), void *arg)
{
	struct journal_knob knob[JOURNAL_KNOBS];
	size_t n;
	const struct journal_knob *known = journal_knobs(j, &n);
	int err = 0;

	memcpy(knob, known, n * sizeof(*knob));
	for (size_t i = n; i > 0; i--) {
		const struct journal_knob *k = &knob[i - 1];
		struct knob_undone u = { .knob = k };

		/* What moved comes with its lever, unless that is not known any more. */
		if (k->moved && knob_find(j, k->lever, false))
			continue;
		u.err = knob_restore(h, j, k->lever);
		if (u.err == -ENOENT)
			continue;
		if (u.err && u.err != -ESTALE && !err)
			err = u.err;
		if (tell && !k->moved)
			tell(arg, &u);
	}
	return err;
}
