// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable/journal.h"
#include "durable/journal_line.h"
#include "util/array.h"
#include "util/publish.h"
#include "util/util.h"

/* Larger than any that was written here, even if a limit is raised one day. */
#define READ_MAX (16 * JOURNAL_MAX_BYTES)
/* When it is written anew, it leaves room to append. */
#define ANEW_MAX (JOURNAL_MAX_BYTES / 4 * 3)
/* Ids are reserved in blocks of so many. */
#define IDS 256

struct journal {
	char path[PATH_MAX], temp[PATH_MAX], damaged[PATH_MAX];
	char boot[BOOT_ID];
	int lock;    /* the directory */
	int fd;	     /* to append; -1: there is none */
	size_t size; /* of the file, as far as it is whole */
	bool anew;   /* the file does not hold what memory holds */
	int error;
	size_t damage, doubt, stale;
	uint64_t next;	   /* above all ids seen */
	uint64_t reserved; /* ids below this may have been used */
	struct journal_knob knob[JOURNAL_KNOBS];
	size_t nknobs;
	struct decision decision[JOURNAL_DECISIONS];
	size_t ndecisions;
};

/* --- in memory -------------------------------------------------------------- */

static struct journal_knob *find_knob(struct journal *j, const char *path, const char *lever)
{
	for (size_t i = 0; i < j->nknobs; i++) {
		if (!strcmp(j->knob[i].path, path) && !strcmp(j->knob[i].lever, lever))
			return &j->knob[i];
	}
	return NULL;
}

static void remove_knob(struct journal *j, struct journal_knob *k)
{
	array_remove(j->knob, j->nknobs--, sizeof(*k), k - j->knob);
}

/* Those of another boot go; returns how many. */
static size_t drop_stale(struct journal *j)
{
	size_t n = 0;

	for (size_t i = j->nknobs; i > 0; i--) {
		if (j->knob[i - 1].stale) {
			remove_knob(j, &j->knob[i - 1]);
			n++;
		}
	}
	return n;
}

static int put_knob(struct journal *j, const struct journal_knob *k)
{
	struct journal_knob *known = find_knob(j, k->path, k->lever);

	if (!known && j->nknobs == JOURNAL_KNOBS)
		j->stale += drop_stale(j);
	if (!known && j->nknobs == JOURNAL_KNOBS)
		return -ENOBUFS;
	*(known ? known : &j->knob[j->nknobs++]) = *k;
	return 0;
}

static int drop_knob(struct journal *j, const char *path, const char *lever)
{
	struct journal_knob *k = find_knob(j, path, lever);

	if (!k)
		return -ENOENT;
	remove_knob(j, k);
	return 0;
}

/* Decisions that say whose a lever is, until the next of them. */
static bool says_whose(const struct decision *d)
{
	switch (d->action) {
	case DECISION_HOLD:
	case DECISION_YIELD:
	case DECISION_RELEASE:
	case DECISION_KEEP:
	case DECISION_REVERT:
		return true;
	default:
		return false;
	}
}

/* A lever that is held, somebody else's or kept is so because of this one. */
static bool journal_stands(const struct journal *j, size_t at)
{
	const struct decision *d = &j->decision[at];

	if (!says_whose(d) || d->action == DECISION_RELEASE || d->action == DECISION_REVERT)
		return false;
	for (size_t i = at + 1; i < j->ndecisions; i++) {
		if (says_whose(&j->decision[i]) && !strcmp(j->decision[i].lever, d->lever))
			return false;
	}
	return true;
}

/* The oldest @n, but for those that stand. */
static void drop_decisions(struct journal *j, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < j->ndecisions; i++) {
		if (n && !journal_stands(j, i))
			n--;
		else
			j->decision[left++] = j->decision[i];
	}
	j->ndecisions = left > n ? left - n : 0; /* n: all of them stand */
}

static struct decision *find_decision(const struct journal *j, uint64_t id)
{
	for (size_t i = j->ndecisions; i > 0; i--) {
		if (j->decision[i - 1].id == id)
			return (struct decision *)&j->decision[i - 1];
	}
	return NULL;
}

static void put_decision(struct journal *j, const struct decision *d)
{
	struct decision *known = find_decision(j, d->id);

	if (!known && j->ndecisions == JOURNAL_DECISIONS)
		drop_decisions(j, 1);
	*(known ? known : &j->decision[j->ndecisions++]) = *d;
	j->next = MAX(j->next, d->id + 1);
}

/* What a line of the file says. */
static int journal_apply(struct journal *j, const struct journal_line *l)
{
	struct journal_knob knob;

	switch (l->kind) {
	case LINE_VERSION:
		return l->n > JOURNAL_VERSION ? -EPROTONOSUPPORT : 0;
	case LINE_IDS:
		j->reserved = l->n;
		return 0;
	case LINE_KNOB:
		knob = l->knob;
		knob.stale = strcmp(l->boot, j->boot);
		return put_knob(j, &knob);
	case LINE_FORGET:
		drop_knob(j, l->knob.path, l->knob.lever);
		return 0;
	case LINE_DECISION:
		put_decision(j, &l->decision);
		return 0;
	}
	return -EBADMSG;
}

/* --- to the file ------------------------------------------------------------ */

static int print_all(const struct journal *j, FILE *out)
{
	struct journal_line l = { .kind = LINE_VERSION, .n = JOURNAL_VERSION };
	int r = journal_line_print(out, &l);

	l.kind = LINE_IDS;
	l.n = j->reserved;
	if (!r)
		r = journal_line_print(out, &l);
	l.kind = LINE_KNOB;
	memcpy(l.boot, j->boot, sizeof(l.boot));
	for (size_t i = 0; !r && i < j->nknobs; i++) {
		l.knob = j->knob[i];
		r = journal_line_print(out, &l);
	}
	l.kind = LINE_DECISION;
	for (size_t i = 0; !r && i < j->ndecisions; i++) {
		l.decision = j->decision[i];
		r = journal_line_print(out, &l);
	}
	return r;
}

static int whole_text(const struct journal *j, char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);
	int r = out ? print_all(j, out) : -ENOMEM;

	if (out && fclose(out) && !r)
		r = -ENOMEM;
	return r;
}

static int open_append(struct journal *j)
{
	j->fd = open(j->path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return j->fd < 0 ? -errno : 0;
}

static void close_append(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}

/* The oldest decisions make room. */
static int write_anew(struct journal *j)
{
	size_t len = 0;
	int r;

	for (;;) {
		_cleanup_free_ char *text = NULL;

		r = whole_text(j, &text, &len);
		if (!r && len > ANEW_MAX && j->ndecisions) {
			drop_decisions(j, MAX(j->ndecisions / 16, 1));
			continue;
		}
		if (!r)
			r = publish_by(j->temp, j->path, text, len, 0600);
		break;
	}
	close_append(j);
	if (!r)
		r = open_append(j);
	if (!r)
		j->size = len;
	return r;
}

static int journal_append(struct journal *j, const char *text, size_t len)
{
	int r = write_all(j->fd, text, len);

	if (!r && fdatasync(j->fd))
		r = -errno;
	if (!r)
		j->size += len;
	/* A part would be cut off when it is opened, too. */
	else if (ftruncate(j->fd, j->size))
		close_append(j);
	return r;
}

/*
 * Make durable what memory holds and @l, which memory holds, too, says.  After a failure the
 * file lacks something, or nobody knows what it holds: then it is written anew.
 */
static int journal_save(struct journal *j, const struct journal_line *l)
{
	struct journal_line ids = { .kind = LINE_IDS };
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r = out ? 0 : -ENOMEM;

	/* Some are always left for decisions that are told before they are here. */
	if (l->kind != LINE_IDS && j->next + IDS / 2 > j->reserved)
		ids.n = j->reserved = j->next + IDS;
	if (!r && ids.n)
		r = journal_line_print(out, &ids);
	if (!r)
		r = journal_line_print(out, l);
	if (out && fclose(out) && !r)
		r = -ENOMEM;
	if (!r && (j->anew || j->fd < 0 || j->size + len > JOURNAL_MAX_BYTES))
		r = write_anew(j);
	else if (!r)
		r = journal_append(j, text, len);
	j->anew = r != 0;
	j->error = r;
	return r;
}

int journal_flush(struct journal *j)
{
	if (j->anew || j->error) {
		j->error = write_anew(j);
		j->anew = j->error != 0;
	}
	return j->error;
}

int journal_intend(struct journal *j, const struct journal_knob *k)
{
	struct journal_line l = { .kind = LINE_KNOB, .knob = *k };
	const struct journal_knob *known = find_knob(j, k->path, k->lever);
	struct journal_knob was = known ? *known : *k;
	bool is_new = !known;
	int r;

	if (!journal_knob_valid(k))
		return -EINVAL;
	memcpy(l.boot, j->boot, sizeof(l.boot));
	r = put_knob(j, k);
	if (r)
		return r;
	r = journal_save(j, &l);
	if (r && is_new)
		drop_knob(j, k->path, k->lever);
	else if (r)
		put_knob(j, &was);
	return r;
}

int journal_forget(struct journal *j, const char *path, const char *lever)
{
	struct journal_line l = { .kind = LINE_FORGET };
	const struct journal_knob *k = find_knob(j, path, lever);

	if (!k)
		return -ENOENT;
	l.knob = *k;
	drop_knob(j, l.knob.path, l.knob.lever);
	return journal_save(j, &l);
}

int journal_decide(struct journal *j, const struct decision *d)
{
	struct journal_line l = { .kind = LINE_DECISION, .decision = *d };

	if (!d->id || d->id > DECISION_ID_MAX)
		return -EINVAL;
	put_decision(j, d);
	return journal_save(j, &l);
}

/* --- from the file ---------------------------------------------------------- */

static int journal_read_all(int fd, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *buf = NULL;
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (st.st_size > READ_MAX)
		return -EFBIG;
	buf = malloc(st.st_size + 1);
	if (!buf)
		return -ENOMEM;
	while (n && len < (size_t)st.st_size) {
		n = read(fd, buf + len, st.st_size - len);
		if (n < 0)
			return -errno;
		len += n;
	}
	*ret = buf;
	*ret_len = len;
	buf = NULL;
	return 0;
}

/* The file without an end that is torn or damaged: @end is where it begins. */
static int take_lines(struct journal *j, const char *text, size_t len, size_t *end)
{
	struct journal_line l;
	size_t at = 0, n;
	int r = 0;

	for (; at < len && memchr(text + at, '\n', len - at); at += n + 1) {
		n = (const char *)memchr(text + at, '\n', len - at) - (text + at);
		r = journal_line_read(text + at, n, &l);
		/* The first one says the version, and no other. */
		if (!r && (l.kind == LINE_VERSION) != !at)
			r = -EBADMSG;
		if (!r)
			r = journal_apply(j, &l);
		if (r == -EPROTONOSUPPORT)
			return r;
		j->damage += r != 0;
		j->doubt += r && journal_line_may_be_knob(text + at, n);
	}
	if (at < len && !journal_line_torn(text + at, len - at)) {
		j->damage++;
		j->doubt++;
	}
	*end = at;
	return 0;
}

/* What it says is done: nobody else may have written it. */
static int check_owner(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return (st.st_uid && st.st_uid != geteuid()) || st.st_mode & (S_IWGRP | S_IWOTH)
		       ? -EPERM
		       : 0;
}

static int take_file(struct journal *j, int fd)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0, end = 0;
	int r;

	r = check_owner(fd);
	if (!r)
		r = journal_read_all(fd, &text, &len);
	if (!r)
		r = take_lines(j, text, len, &end);
	if (r)
		return r;
	j->stale += drop_stale(j);
	j->size = end;
	/* Evidence; that it cannot be kept is no reason not to start. */
	if (j->damage)
		(void)publish(j->damaged, text, len, 0600);
	j->anew = !end || j->damage || j->stale || open_append(j) ||
		  (end < len && ftruncate(j->fd, end));
	return 0;
}

static int journal_load(struct journal *j)
{
	_cleanup_close_ int fd = open(j->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return -errno;
	j->anew = true;
	return fd < 0 ? 0 : take_file(j, fd);
}

/* Reserving a block of ids is also the first test of whether it can be written. */
static void journal_reserve(struct journal *j)
{
	struct journal_line ids = { .kind = LINE_IDS };

	/* Each line that was lost may have been a reservation. */
	j->next = MAX(j->next, MAX(j->reserved, 1)) + j->damage * IDS;
	j->reserved = ids.n = j->next + IDS;
	journal_save(j, &ids);
}

static int journal_lock(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = check_owner(fd);
	if (r) {
		close(fd);
		return r;
	}
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	r = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return r;
}

static int set_paths(struct journal *j, const char *dir)
{
	if (strlen(dir) > PATH_MAX - 32)
		return -ENAMETOOLONG;
	snprintf(j->path, sizeof(j->path), "%s/journal", dir);
	snprintf(j->temp, sizeof(j->temp), "%s/journal.new", dir);
	snprintf(j->damaged, sizeof(j->damaged), "%s/journal.damaged", dir);
	return 0;
}

static void close_journal(struct journal *j)
{
	close_append(j);
	if (j->lock >= 0)
		close(j->lock);
	free(j);
}

int journal_open(const char *dir, const char *boot_id, struct journal **ret)
{
	struct journal *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	j->fd = -1;
	snprintf(j->boot, sizeof(j->boot), "%s", boot_id);
	r = set_paths(j, dir);
	j->lock = r ? r : journal_lock(dir);
	r = j->lock < 0 ? j->lock : journal_load(j);
	if (r) {
		close_journal(j);
		return r;
	}
	journal_reserve(j);
	*ret = j;
	return 0;
}

void journal_close(struct journal *j)
{
	struct journal_line ids = { .kind = LINE_IDS };

	if (!j)
		return;
	/* What was not used is given back, unless ids may have been used that are not here. */
	if (!journal_flush(j)) {
		j->reserved = ids.n = j->next;
		journal_save(j, &ids);
	}
	close_journal(j);
}

const char *journal_why(int err, const char *dir, char *buf, size_t len)
{
	switch (-err) {
	case EBUSY:
		snprintf(buf, len, "another pgtopd works with %s: stop it first", dir);
		break;
	case EPROTONOSUPPORT:
		snprintf(
			buf, len,
			"%s/journal was written by a newer pgtopd, whose changes only that one "
			"can undo: run its --restore, then move the file away",
			dir);
		break;
	case EFBIG:
	case EBADMSG:
	case ELOOP:
		snprintf(buf, len, "%s/journal is not a journal of pgtopd: move it away", dir);
		break;
	case EPERM:
		snprintf(
			buf, len,
			"%s or its journal belongs to somebody else than user %u, or others may "
			"write it: see who wrote it, then chown and chmod go-w",
			dir, geteuid());
		break;
	case ENOENT:
	case ENOTDIR:
		snprintf(buf, len,
			 "%s is not a directory: make it, or set state_dir to another", dir);
		break;
	default:
		snprintf(buf, len, "%s/journal cannot be read: %s", dir, strerror(-err));
	}
	return buf;
}

size_t journal_stale(const struct journal *j)
{
	return j->stale;
}

const struct journal_knob *journal_knobs(const struct journal *j, size_t *n)
{
	*n = j->nknobs;
	return j->knob;
}

const struct decision *journal_decisions(const struct journal *j, size_t *n)
{
	*n = j->ndecisions;
	return j->decision;
}

const struct decision *journal_find(const struct journal *j, uint64_t id)
{
	return find_decision(j, id);
}

uint64_t journal_next_id(const struct journal *j)
{
	return j->next;
}

int journal_error(const struct journal *j)
{
	return j->error;
}

size_t journal_doubt(const struct journal *j)
{
	return j->doubt;
}

size_t journal_damage(const struct journal *j)
{
	return j->damage;
}
