// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/clock.h"
#include "util/file.h"
#include "durable/knob.h"
#include "log.h"
#include "durable/undo.h"
#include "util/util.h"

int undo_open(const struct host *h, const char *dir, struct journal **ret)
{
	_cleanup_free_ char *boot_id = NULL;
	int r = file_read_line(h->root, "/proc/sys/kernel/random/boot_id", &boot_id);

	if (r == -ENOMEM)
		return r;
	r = journal_open(dir, boot_id ? boot_id : "", ret);
	if (!r && journal_damage(*ret))
		log_warning("%zu lines of the journal in %s were lost; it is kept as "
			    "journal.damaged",
			    journal_damage(*ret), dir);
	if (!r && journal_stale(*ret))
		log_info(
			"the machine was booted while %zu knobs were changed: they are as the "
			"kernel makes them, and are forgotten",
			journal_stale(*ret));
	return r;
}

bool undo_is_kept(const struct journal *j, const char *lever)
{
	const struct decision *d;
	size_t n;

	d = journal_decisions(j, &n);
	while (n--) {
		if (!strcmp(d[n].lever, lever) &&
		    (d[n].action == DECISION_APPLY || d[n].action == DECISION_KEEP ||
		     d[n].action == DECISION_REVERT))
			return d[n].action == DECISION_KEEP;
	}
	return false;
}

/* Whoever wrote the knob while no policy looked owns it, as if one had looked. */
static void undo_yield(struct journal *j, const struct journal_knob *k)
{
	struct decision d = { .id = journal_next_id(j),
			      .real_ns = clock_ns(CLOCK_REALTIME),
			      .action = DECISION_YIELD };

	snprintf(d.lever, sizeof(d.lever), "%s", k->lever);
	snprintf(
		d.reason, sizeof(d.reason),
		"%s left alone: its knob no longer holds %s, which pgtopd had written; somebody "
		"else owns it until pgtop policy release %s",
		k->lever, k->ours, k->lever);
	(void)journal_decide(j, &d); /* journal_error() tells */
}

static void undo_note(struct journal *j, const struct journal_knob *k, int err)
{
	if (!err) {
		log_info("%s: %s holds '%s' again, as before", k->lever, k->path, k->original);
	} else if (err == -ESTALE) {
		log_info("%s: %s was changed by somebody else and is left alone", k->lever,
			 k->path);
		undo_yield(j, k);
	} else if (err == -EPERM && !lever_has_knob(k->path)) {
		log_error("%s: %s is no lever of pgtopd and is not written, whatever the "
			  "journal says",
			  k->lever, k->path);
	} else {
		log_error("%s: %s could not be set back to '%s': %s", k->lever, k->path,
			  k->original, strerror(-err));
	}
}

static void note_undone(void *arg, const struct knob_undone *u)
{
	undo_note(arg, u->knob, u->err);
}

/* The newest knob of a lever that is not kept; @after: those at and above are done. */
static const struct journal_knob *next_knob(const struct journal *j, size_t *after)
{
	const struct journal_knob *k;
	size_t n;

	k = journal_knobs(j, &n);
	if (*after > n)
		*after = n;
	while ((*after)--) {
		if (!k[*after].moved && !undo_is_kept(j, k[*after].lever))
			return &k[*after];
	}
	return NULL;
}

static int undo_others(const struct host *h, struct journal *j)
{
	const struct journal_knob *k;
	size_t after = JOURNAL_KNOBS;
	int r, first = 0;

	while ((k = next_knob(j, &after))) {
		const struct journal_knob copy = *k;

		r = knob_restore(h, j, copy.lever);
		undo_note(j, &copy, r);
		if (r && r != -ESTALE && !first)
			first = r;
	}
	return first;
}

int undo_all(const struct host *h, struct journal *j, bool keep)
{
	return keep ? undo_others(h, j) : knob_restore_all(h, j, note_undone, j);
}
