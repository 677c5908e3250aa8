// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "export.h"
#include "log.h"
#include "snapshot/metrics.h"
#include "util/publish.h"
#include "snapshot/topgroups.h"
#include "util/util.h"

/* Decisions by lever and action. */
struct tally {
	char lever[LEVER_NAME];
	uint64_t n[DECISION_ACTIONS];
	uint64_t adoptions; /* proven before, and written again without a trial */
	bool judged;
	double effect; /* of the last verdict */
};

struct export
{
	struct tally tally[LEVERS_MAX + 1]; /* and one for those that are about no lever */
	size_t ntallies;
	uint64_t next_id;
	struct topgroups *unfolds, *flushes;
	struct snapshot *held; /* what is not measured in every window */
	uint64_t journal_errors, write_errors, guard[GUARDS];
	int error;	     /* of the last write */
	char path[PATH_MAX]; /* of the file that was written; "": none */
	char tried[PATH_MAX];
};

/* Room for the samples of one file. */
struct samples {
	struct metric_sample s[(LEVERS_MAX + 1) * (DECISION_ACTIONS + 11) +
			       2 * (EXPORT_CGROUPS + 1) + GUARDS + 32];
	size_t n;
};

int export_new(uint64_t first_id, struct export **ret)
{
	struct export *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->next_id = first_id;
	e->unfolds = topgroups_new("unfolds", EXPORT_CGROUPS);
	e->flushes = topgroups_new("tlb_flushes", EXPORT_CGROUPS);
	if (!e->unfolds || !e->flushes) {
		export_free(e);
		return -ENOMEM;
	}
	*ret = e;
	return 0;
}

void export_free(struct export *e)
{
	if (!e)
		return;
	topgroups_free(e->unfolds);
	topgroups_free(e->flushes);
	snapshot_free(e->held);
	free(e);
}

/* --- what a window brought --------------------------------------------------- */

static struct tally *tally_of(struct export *e, const char *lever)
{
	struct tally *t = e->tally;

	while (t < e->tally + e->ntallies && strcmp(t->lever, lever))
		t++;
	if (t == e->tally + ARRAY_SIZE(e->tally))
		return NULL;
	if (t == e->tally + e->ntallies) {
		e->ntallies++;
		snprintf(t->lever, sizeof(t->lever), "%s", lever);
	}
	return t;
}

static void tally_decision(struct tally *t, const struct decision *d)
{
	t->n[d->action]++;
	t->adoptions += d->action == DECISION_KEEP && !d->trial;
	if (d->tested && (d->action == DECISION_KEEP || d->action == DECISION_REVERT)) {
		t->judged = true;
		t->effect = d->effect;
	}
}

static void count_decisions(struct export *e, const struct journal *j)
{
	size_t n = 0;
	const struct decision *d = j ? journal_decisions(j, &n) : NULL;

	for (size_t i = 0; i < n; i++) {
		const char *lever = *d[i].lever ? d[i].lever : "all";
		struct tally *t = d[i].id < e->next_id ? NULL : tally_of(e, lever);

		if (t)
			tally_decision(t, &d[i]);
		if (t && d[i].action == DECISION_REVERT && guard_named(d[i].guard) != GUARDS)
			e->guard[guard_named(d[i].guard)]++;
	}
	if (n)
		e->next_id = MAX(e->next_id, d[n - 1].id + 1);
	e->journal_errors += j && journal_error(j);
}

static bool was_tried(const struct snapshot *s, enum snapshot_field_id id)
{
	return s->field[id].known || s->field[id].why;
}

/* Page tables are not walked in every window: what the last walk saw holds until the next. */
static int export_hold(struct export *e, const struct snapshot *s)
{
	struct snapshot *held;

	if (!was_tried(s, F_USER_WALKED) && !was_tried(s, F_LINEAR_TOTAL))
		return 0;
	held = snapshot_new();
	if (!held)
		return -ENOMEM;
	if (metrics_hold(s, held)) {
		snapshot_free(held);
		return -ENOMEM;
	}
	snapshot_free(e->held);
	e->held = held;
	return 0;
}

/* What was never decided is known to be 0, where decisions are kept. */
static void tally_levers(struct export *e, const struct policy *p)
{
	struct lever_status status[LEVERS_MAX];
	size_t n = p ? policy_status(p, status, ARRAY_SIZE(status)) : 0;

	for (size_t i = 0; i < n; i++)
		tally_of(e, status[i].lever->name);
}

int export_take(struct export *e, const struct export_input *in)
{
	int r = export_hold(e, in->last);

	if (in->journal)
		tally_levers(e, in->policy);
	count_decisions(e, in->journal);
	if (!r && in->change)
		r = topgroups_update(e->unfolds, in->change);
	if (!r && in->change)
		r = topgroups_update(e->flushes, in->change);
	return r;
}

/* --- samples ----------------------------------------------------------------- */

/* The next sample, or one that is never written: there is room for all. */
static struct metric_sample *export_put(struct samples *s, const char *metric, double n)
{
	struct metric_sample *m = &s->s[s->n];

	if (s->n < ARRAY_SIZE(s->s) - 1)
		s->n++;
	*m = (struct metric_sample){ .metric = metric, .n = n };
	return m;
}

static struct metric_sample *export_put1(struct samples *s, const char *metric,
					 const char *label, const char *value, double n)
{
	struct metric_sample *m = export_put(s, metric, n);

	m->label[0][0] = label;
	m->label[0][1] = value;
	return m;
}

static void put_about(struct samples *s, const struct export_input *in)
{
	struct metric_sample about[METRICS_ABOUT];

	metrics_about(in->last, about);
	for (size_t i = 0; i < METRICS_ABOUT; i++)
		*export_put(s, NULL, 0) = about[i];
}

static void put_tally(struct samples *s, const struct tally *t)
{
	for (int a = 0; a < DECISION_ACTIONS; a++) {
		struct metric_sample *m =
			export_put1(s, "policy_decisions_total", "lever", t->lever, t->n[a]);

		m->label[1][0] = "action";
		m->label[1][1] = decision_action_name(a);
	}
	export_put1(s, "policy_adoptions_total", "lever", t->lever, t->adoptions);
	if (t->judged)
		export_put1(s, "policy_effect_ratio", "lever", t->lever, t->effect);
}

static void put_states(struct samples *s, const struct lever_status *l)
{
	static const char *const states[] = { "idle",	 "trial", "kept",   "cooldown",
					      "yielded", "held",  "blocked" };
	const char *now = l->of ? "trial" : lever_state_name(l->state);

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		struct metric_sample *m = export_put1(s, "policy_state", "lever",
						      l->lever->name, !strcmp(now, states[i]));

		m->label[1][0] = "state";
		m->label[1][1] = states[i];
	}
}

static void put_levers(struct samples *s, const struct policy *p)
{
	struct lever_status status[LEVERS_MAX];
	size_t n = p ? policy_status(p, status, ARRAY_SIZE(status)) : 0;

	for (size_t i = 0; i < n; i++) {
		export_put1(s, "policy_yielded", "lever", status[i].lever->name,
			    status[i].state == LEVER_YIELDED);
		put_states(s, &status[i]);
		if (status[i].changed_real_ns)
			export_put1(s, "policy_last_change_timestamp_seconds", "lever",
				    status[i].lever->name,
				    clock_seconds(status[i].changed_real_ns));
	}
}

static void put_policy(const struct export *e, const struct export_input *in,
		       struct samples *s)
{
	static const char *const modes[] = { "observe", "advise", "tune" };

	if (!in->policy)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		export_put1(s, "policy_mode", "mode", modes[i], in->mode == i);
	export_put(s, "policy_paused", in->paused != NULL);
	export_put(s, "policy_dropped_total", in->dropped);
	for (int g = 0; g < GUARDS; g++)
		export_put1(s, "policy_guard_reverts_total", "guard", guard_name(g),
			    e->guard[g]);
}

static void put_groups(struct samples *s, const char *metric, const struct topgroups *t)
{
	uint64_t other;
	size_t n;
	const struct topgroup *g = topgroups_list(t, &n, &other);

	for (size_t i = 0; i < n; i++)
		export_put1(s, metric, "cgroup", g[i].path, g[i].n);
	if (g)
		export_put1(s, metric, "cgroup", "other", other);
}

static void put_history(struct samples *s, const struct historian_state *h)
{
	if (!h->known)
		return;
	export_put(s, "history_bytes", h->extent.bytes);
	export_put(s, "history_windows", h->extent.windows);
}

static void export_collect(const struct export *e, const struct export_input *in,
			   struct samples *s)
{
	put_about(s, in);
	for (size_t i = 0; i < e->ntallies; i++)
		put_tally(s, &e->tally[i]);
	put_levers(s, in->policy);
	put_policy(e, in, s);
	export_put1(s, "update_errors_total", "stage", "read", in->failed);
	export_put1(s, "update_errors_total", "stage", "journal", e->journal_errors);
	export_put1(s, "update_errors_total", "stage", "textfile", e->write_errors);
	export_put1(s, "update_errors_total", "stage", "history", in->history.lost);
	put_history(s, &in->history);
	export_put(s, "update_interval_seconds", clock_seconds(in->interval_ns));
	export_put(s, "windows_total", in->windows);
	export_put(s, "window_overruns_total", in->overruns);
	put_groups(s, "cgroup_contpte_unfolds_total", e->unfolds);
	put_groups(s, "cgroup_tlb_flushes_total", e->flushes);
	export_put(s, "process_cpu_seconds_total", clock_seconds(in->self.cpu_ns));
	export_put(s, "process_resident_memory_bytes", in->self.resident);
}

int export_print(const struct export *e, const struct export_input *in, FILE *out)
{
	_cleanup_free_ struct samples *s = calloc(1, sizeof(*s));
	struct metrics_input m = { .snapshot = in->last, .held = e->held, .probe = in->probe };

	if (!s)
		return -ENOMEM;
	export_collect(e, in, s);
	m.sample = s->s;
	m.nsamples = s->n;
	return metrics_write(out, &m);
}

/* --- the file ---------------------------------------------------------------- */

static int replace_file(const struct export *e, const struct export_input *in,
			const char *path)
{
	_cleanup_free_ char *text = NULL;
	char temp[PATH_MAX];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r = out ? export_print(e, in, out) : -ENOMEM;

	if (out && fclose(out) && !r)
		r = -ENOMEM;
	if (!r && snprintf(temp, sizeof(temp), "%s.new", path) >= (int)sizeof(temp))
		r = -ENAMETOOLONG;
	return r ? r : publish_unsynced(temp, path, text, len, 0644);
}

/* Who may write where pgtopd may not: it keeps no right to pass over owners. */
static const char *directory_owner(const char *path, char *buf, size_t len)
{
	size_t n = strrchr(path, '/') - path;
	char directory[PATH_MAX];
	struct stat st;

	snprintf(directory, sizeof(directory), "%.*s", (int)MAX(n, 1u), path);
	if (stat(directory, &st))
		return "";
	snprintf(buf, len,
		 " (%s belongs to user %u and group %u, mode %04o; pgtopd writes as user %u "
		 "without CAP_DAC_OVERRIDE: chown or chgrp the directory so that it may)",
		 directory, st.st_uid, st.st_gid, st.st_mode & 07777, geteuid());
	return buf;
}

static bool is_refused(int r)
{
	return r == -EACCES || r == -EPERM;
}

static void export_tell(const struct export *e, const char *path, int r)
{
	char owner[PATH_MAX + 256] = "";

	if (r == -ENOENT || r == -ENOTDIR)
		log_warning("%s cannot be written: its directory does not exist; make it and "
			    "restart pgtopd, or set textfile in pgtopd.conf",
			    path);
	else if (r)
		log_warning("%s cannot be written: %s%s; its old content stays", path,
			    strerror(-r),
			    is_refused(r) ? directory_owner(path, owner, sizeof(owner)) : "");
	else
		log_info("%s can be written again", path);
}

void export_write(struct export *e, const struct export_input *in, const char *path)
{
	int r;

	if (strcmp(e->path, path))
		export_remove(e);
	if (strcmp(e->tried, path))
		e->error = 0;
	snprintf(e->tried, sizeof(e->tried), "%s", path);
	r = replace_file(e, in, path);
	if (!r)
		snprintf(e->path, sizeof(e->path), "%s", path);
	e->write_errors += r != 0;
	if (r != e->error)
		export_tell(e, path, r);
	e->error = r;
}

void export_remove(struct export *e)
{
	char owner[PATH_MAX + 256] = "";

	if (*e->path && unlink(e->path) && errno != ENOENT)
		log_warning("%s cannot be removed: %s%s; its content is out of date", e->path,
			    strerror(errno),
			    is_refused(-errno) ? directory_owner(e->path, owner, sizeof(owner))
					       : "");
	*e->path = '\0';
}
