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

#include "host/cpus.h"
#include "util/clock.h"
#include "durable/knob.h"
#include "durable/memory_file.h"
#include "log.h"
#include "log_decision.h"
#include "machine_id.h"
#include "sentry.h"
#include "tuner.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

/* A step that fails leads to a plan, whose steps can fail: no plan goes deeper. */
#define DEPTH 4

#define MACHINE_DIR "/run/pgtop"

struct tuner {
	const struct host *host;
	struct journal *journal;
	const char *dir;
	struct policy *policy;
	struct sentry *sentry;			/* NULL: nothing is ever written */
	struct policy_config config, effective; /* as configured; on this machine, now */
	unsigned int cpus;			/* when pgtopd started; 0: not known */
	struct observation last;
	const struct levers *levers;
	double share;	    /* of the fleet that comes before this machine */
	uint64_t dropped;   /* see note_dropped() */
	int lock;	    /* of the machine; -1: not ours */
	const char *excuse; /* see tuner_excuse(); of the configuration in effect */
	bool paused;
	char why[160];
	struct memory memory;			  /* as it was last written */
	bool forgetful;				  /* it could not be written, which was told */
	struct decision followed[PLAN_DECISIONS]; /* of the last call from outside */
	size_t nfollowed;
};

static void tuner_carry_out(struct tuner *t, struct plan *p, int depth);

/* --- pausing ---------------------------------------------------------------- */

static void pause_tuning(struct tuner *t, int err)
{
	if (t->paused)
		return;
	t->paused = true;
	snprintf(t->why, sizeof(t->why), "the journal in %s cannot be written: %s", t->dir,
		 strerror(-err));
	log_warning("tuning is paused, observation continues: %s", t->why);
}

/* Whether this machine is among those that [policy] canary lets tune. */
static bool tuner_chosen(const struct tuner *t)
{
	return t->share < t->config.canary;
}

/* The switch of a site: a file that says off, whatever is in it. */
static bool is_switched_off(const struct tuner *t)
{
	static const char *const files[] = { "/etc/pgtop/off", MACHINE_DIR "/off" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s%s", t->host->root, files[i]);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

/*
 * Two of them must not tune one machine, whatever directories they have.  Where there is no
 * place for a lock nobody else has one.
 */
static bool tuner_has_machine(struct tuner *t)
{
	char path[PATH_MAX];
	int fd;

	if (t->lock >= 0)
		return true;
	snprintf(path, sizeof(path), "%s" MACHINE_DIR, t->host->root);
	mkdir(path, 0750);
	snprintf(path, sizeof(path), "%s" MACHINE_DIR "/tuning.lock", t->host->root);
	fd = open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return true;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return false;
	}
	t->lock = fd;
	return true;
}

/* Who does not tune does not keep others from it. */
static void leave_machine(struct tuner *t)
{
	if (t->lock >= 0)
		close(t->lock);
	t->lock = -1;
}

/* Why nothing is tuned although the configuration says so, a clause; or NULL. */
static const char *tuner_excuse(struct tuner *t)
{
	if (!t->journal)
		return t->why;
	if (is_switched_off(t))
		return "/etc/pgtop/off or " MACHINE_DIR "/off exists";
	if (!tuner_chosen(t))
		return "this machine is not among those that canary lets tune";
	return tuner_has_machine(t) ? NULL : "another pgtopd tunes this machine";
}

/* At most advice, where there is an excuse. */
static struct policy_config tuner_effective(struct tuner *t)
{
	struct policy_config c = t->config;

	policy_scale(&c, t->cpus, t->host->page_size);
	t->excuse = c.mode == POLICY_TUNE ? tuner_excuse(t) : NULL;
	if (t->excuse)
		c.mode = POLICY_ADVISE;
	c.excuse = t->excuse;
	if (c.mode != POLICY_TUNE)
		leave_machine(t);
	t->effective = c;
	return c;
}

/* A pause begins or ends: what was kept stays. */
static void tuner_suspend(struct tuner *t)
{
	struct plan plan = { 0 };

	policy_suspend(t->policy, t->paused ? t->why : NULL, clock_ns(CLOCK_REALTIME), &plan);
	tuner_carry_out(t, &plan, 0);
}

/* What was decided meanwhile is in the journal's memory. */
static void try_to_resume(struct tuner *t)
{
	if (journal_flush(t->journal))
		return;
	t->paused = false;
	log_info("tuning resumes: the journal in %s can be written again", t->dir);
	tuner_suspend(t);
}

/* --- plans ------------------------------------------------------------------ */

static void take_decision(struct tuner *t, const struct decision *d)
{
	int r;

	const struct log_fields fields = {
		.lever = d->lever,
		.action = decision_action_name(d->action),
		.guard = d->guard,
		.id = d->id,
	};

	log_decision(&fields, "%s%s%s [%llu]: %s", d->lever, *d->lever ? ": " : "",
		     fields.action, fields.id, d->reason);
	if (t->nfollowed < PLAN_DECISIONS)
		t->followed[t->nfollowed++] = *d;
	r = t->journal ? journal_decide(t->journal, d) : 0;
	if (r)
		pause_tuning(t, r);
}

static const struct lever *step_lever(const struct tuner *t, const struct step *s)
{
	return &t->levers->lever[s->lever];
}

static int write_knob(struct tuner *t, const struct step *s)
{
	int r;

	if (!t->journal || t->paused)
		return -EROFS;
	/* What the policy believes the knob holds: what the last window showed. */
	sentry_expect(t->sentry, s->lever, s->value, t->last.lever[s->lever].value);
	r = knob_write(t->host, t->journal, step_lever(t, s), t->last.lever[s->lever].value,
		       s->value);
	if (r && journal_error(t->journal))
		pause_tuning(t, journal_error(t->journal));
	return r;
}

static int do_step(struct tuner *t, const struct step *s)
{
	const char *name = step_lever(t, s)->name;
	int r;

	if (s->kind == STEP_WRITE)
		return write_knob(t, s);
	if (!t->journal)
		return 0;
	r = s->kind == STEP_RESTORE ? knob_restore(t->host, t->journal, name)
				    : knob_forget(t->journal, name);
	return r == -ENOENT ? 0 : r;
}

static const char *step_verb(enum step_kind kind)
{
	static const char *const verbs[] = {
		[STEP_WRITE] = "write",
		[STEP_RESTORE] = "restore",
		[STEP_FORGET] = "give up",
	};

	return verbs[kind];
}

/* A failed write that could not be undone: the journal still knows the knob. */
static bool left_behind(const struct tuner *t, const struct step *s, int err)
{
	return s->kind == STEP_WRITE && err && err != -ESTALE && err != -EALREADY &&
	       t->journal && knob_is_known(t->journal, step_lever(t, s)->name);
}

static void take_step(struct tuner *t, const struct step *s, int depth)
{
	const struct lever *l = step_lever(t, s);
	struct plan next = { 0 };
	int r = do_step(t, s);

	if (r && r != -ESTALE)
		log_warning("%s: could not %s %s: %s", l->name, step_verb(s->kind), l->path,
			    strerror(-r));
	if (left_behind(t, s, r))
		r = -EUCLEAN;
	policy_told(t->policy, s, r, clock_ns(CLOCK_REALTIME), &next);
	if (depth == DEPTH) {
		next.dropped += next.nsteps;
		next.nsteps = 0;
	}
	tuner_carry_out(t, &next, depth + 1);
}

/* It should never happen; if it does, a knob may wait for the next window. */
static void note_dropped(struct tuner *t, unsigned int n)
{
	if (!n)
		return;
	t->dropped += n;
	log_error("%u steps or decisions of the policy were not carried out (%llu since the "
		  "start): please report this",
		  n, (unsigned long long)t->dropped);
}

static void tuner_carry_out(struct tuner *t, struct plan *p, int depth)
{
	for (size_t i = 0; i < p->ndecisions; i++)
		take_decision(t, &p->decision[i]);
	for (size_t i = 0; i < p->nsteps; i++)
		take_step(t, &p->step[i], depth);
	note_dropped(t, p->dropped);
}

/* What changed of what must not be forgotten is written, when the plan is carried out. */
static void save_memory(struct tuner *t)
{
	bool changed = t->memory.n != t->levers->n;
	int r;

	if (!t->journal)
		return;
	t->memory.n = t->levers->n;
	for (size_t i = 0; i < t->levers->n; i++) {
		struct lever_memory now;

		policy_remember(t->policy, i, &now);
		changed |= !lever_memory_equal(&now, &t->memory.lever[i]);
		t->memory.lever[i] = now;
	}
	if (!changed && !t->forgetful)
		return;
	r = memory_save(t->dir, &t->memory);
	if (r && !t->forgetful)
		log_warning("%s/memory cannot be written: %s; after a restart, proven levers "
			    "are tried again",
			    t->dir, strerror(-r));
	t->forgetful = r;
}

/* A plan made by a call from outside; a pause it led to changes what is allowed. */
static void carry_out_all(struct tuner *t, struct plan *p)
{
	bool was_paused = t->paused;

	t->nfollowed = 0;
	tuner_carry_out(t, p, 0);
	if (t->paused && !was_paused)
		tuner_suspend(t);
	if (t->sentry)
		sentry_watch(t->sentry, &t->effective, t->policy);
	save_memory(t);
}

static void tuner_take_config(struct tuner *t)
{
	struct policy_config c = tuner_effective(t);
	struct plan plan = { 0 };

	policy_configure(t->policy, &c, clock_ns(CLOCK_REALTIME), &plan);
	carry_out_all(t, &plan);
}

/* --- life ------------------------------------------------------------------- */

/* A lever that is none any more, because all_sizes is no now, say: nobody would guard it. */
static void tuner_disown(struct tuner *t, const struct journal_knob *k)
{
	int r = knob_restore(t->host, t->journal, k->lever);

	if (r && r != -ESTALE)
		log_error("%s is not tuned here any more, and %s could not be set back to "
			  "'%s': %s",
			  k->lever, k->path, k->original, strerror(-r));
	else
		log_info("%s is not tuned here any more: %s %s", k->lever, k->path,
			 r ? "was changed by somebody else and is left alone"
			   : "holds again what it held before");
}

/* What an earlier run found good and left, as its exit policy said. */
static void tuner_adopt(struct tuner *t)
{
	struct journal_knob knob[JOURNAL_KNOBS];
	const struct journal_knob *known;
	size_t n;

	known = journal_knobs(t->journal, &n);
	memcpy(knob, known, n * sizeof(*knob));
	for (size_t i = 0; i < n; i++) {
		const struct journal_knob *k = &knob[i];

		if (!k->moved && policy_adopt(t->policy, k->lever, k->ours, k->original))
			tuner_disown(t, k);
	}
}

static void read_boot(const struct tuner *t, char boot[MEMORY_BOOT])
{
	_cleanup_free_ char *text = NULL;

	*boot = 0;
	if (!file_read_line(t->host->root, "/proc/sys/kernel/random/boot_id", &text))
		snprintf(boot, MEMORY_BOOT, "%s", text);
}

/* The memory says all that the journal's decisions say of a lever, and more. */
static void recall_memory(struct tuner *t)
{
	char boot[MEMORY_BOOT];
	int r = memory_load(t->dir, &t->memory);

	read_boot(t, boot);
	for (size_t i = 0; !r && i < t->memory.n; i++)
		policy_recall(t->policy, &t->memory.lever[i],
			      *boot && !strcmp(boot, t->memory.boot));
	if (r && r != -ENOENT)
		log_warning("%s/memory cannot be used: %s; what is known of the levers is "
			    "taken from the journal",
			    t->dir,
			    r == -EBADMSG	    ? "it is damaged"
			    : r == -EPROTONOSUPPORT ? "a newer pgtopd wrote it"
						    : strerror(-r));
	memset(&t->memory, 0, sizeof(t->memory));
	strcpy(t->memory.boot, boot);
}

/* What is left of the time that the machine is to be up. */
static uint64_t boot_remains(const struct tuner *t)
{
	_cleanup_free_ char *text = NULL;
	uint64_t up_s, wait_s = t->config.boot_wait_ns / NS_PER_S;
	const char *p;

	if (file_read_line(t->host->root, "/proc/uptime", &text))
		return 0;
	p = text;
	return scan_u64(&p, 10, &up_s) || up_s >= wait_s ? 0 : (wait_s - up_s) * NS_PER_S;
}

/* What differs between machines. */
static void tuner_spread(struct tuner *t)
{
	const char *root = t->host->root;

	policy_seed(t->policy, machine_id_hash(root, "jitter"));
	policy_wait(t->policy, boot_remains(t),
		    t->config.start_delay_ns * machine_id_share(root, "start"));
}

static void tuner_recall(struct tuner *t)
{
	const struct decision *d;
	size_t n;

	if (!t->journal)
		return;
	d = journal_decisions(t->journal, &n);
	for (size_t i = 0; i < n; i++)
		policy_history(t->policy, &d[i]);
	recall_memory(t);
	tuner_adopt(t);
}

int tuner_new(const struct host *h, const struct policy_config *c, const struct levers *levers,
	      struct journal *j, const char *state_dir, const char *no_journal,
	      struct tuner **ret)
{
	struct tuner *t = calloc(1, sizeof(*t));
	struct policy_config now;
	struct cpulist online;
	int r;

	if (!t)
		return -ENOMEM;
	t->host = h;
	t->lock = -1;
	t->share = machine_id_share(h->root, "canary");
	t->cpus = cpulist_read(h->root, CPUS_ONLINE, &online) ? 0 : cpulist_count(&online);
	t->journal = j;
	t->dir = state_dir;
	t->levers = levers;
	t->config = *c;
	if (!j)
		snprintf(t->why, sizeof(t->why), "%s", no_journal);
	now = tuner_effective(t);
	r = policy_new(&now, levers, j ? journal_next_id(j) : 1, &t->policy);
	if (r) {
		free(t);
		return r;
	}
	tuner_spread(t);
	tuner_recall(t);
	if (j)
		r = sentry_new(h->root, levers, &t->sentry);
	if (r) {
		tuner_free(t);
		return r;
	}
	/* what is kept may not be, by this configuration */
	if (j)
		tuner_take_config(t);
	*ret = t;
	return 0;
}

void tuner_free(struct tuner *t)
{
	if (!t)
		return;
	sentry_free(t->sentry);
	leave_machine(t);
	policy_free(t->policy);
	free(t);
}

int tuner_guard(struct tuner *t)
{
	int r = t->sentry ? sentry_start(t->sentry) : -ENODEV;

	if (!r)
		sentry_watch(t->sentry, &t->effective, t->policy);
	return r && r != -ENODEV ? r : 0;
}

int tuner_alarm_fd(const struct tuner *t)
{
	return t->sentry ? sentry_fd(t->sentry) : -1;
}

/* What the window showed of these knobs may have been read before. */
static void look_again(struct tuner *t, const struct alarm *a)
{
	for (size_t i = 0; i < t->levers->n; i++) {
		struct lever_observation *lo = &t->last.lever[i];
		char now[JOURNAL_VALUE];

		if (!a->taken[i] || knob_read(t->host, t->levers->lever[i].path, now))
			continue;
		snprintf(lo->value, sizeof(lo->value), "%.*s", LEVER_VALUE - 1, now);
		snprintf(lo->effective, sizeof(lo->effective), "%s",
			 strcmp(lo->value, "inherit") ? lo->value : lo->above);
	}
}

void tuner_alarm(struct tuner *t)
{
	struct plan plan = { 0 };
	struct alarm alarm;

	if (!t->sentry || !sentry_take(t->sentry, &alarm))
		return;
	policy_alarm(t->policy, &alarm, clock_ns(CLOCK_REALTIME), &plan);
	carry_out_all(t, &plan);
	look_again(t, &alarm);
}

void tuner_heed(struct tuner *t)
{
	const char *was = t->excuse;

	if (t->config.mode != POLICY_TUNE || tuner_excuse(t) == was)
		return;
	tuner_take_config(t);
	if (t->excuse)
		log_warning("tuning ends: %s", t->excuse);
	else
		log_info("tuning goes on: there is nothing against it any more");
}

void tuner_window(struct tuner *t, const struct observation *o)
{
	struct plan plan = { 0 };

	if (t->paused)
		try_to_resume(t);
	tuner_heed(t);
	t->last = *o;
	tuner_alarm(t);
	policy_step(t->policy, &t->last, &plan);
	carry_out_all(t, &plan);
}

void tuner_configure(struct tuner *t, const struct policy_config *c)
{
	t->config = *c;
	tuner_take_config(t);
}

void tuner_tell(struct tuner *t, const struct decision *d)
{
	struct plan plan = { .ndecisions = 1 };

	plan.decision[0] = *d;
	plan.decision[0].id = policy_take_id(t->policy);
	carry_out_all(t, &plan);
}

void tuner_stop(struct tuner *t, bool keep)
{
	struct plan plan = { 0 };

	policy_stop(t->policy, clock_ns(CLOCK_REALTIME), keep, &plan);
	carry_out_all(t, &plan);
}

/* Who asked is part of what is asked for, and of the sentence. */
static void sign(struct plan *p, const char *by)
{
	for (size_t i = 0; i < p->ndecisions; i++) {
		struct decision *d = &p->decision[i];
		size_t n = strlen(d->reason);

		if (d->action != DECISION_HOLD && d->action != DECISION_RELEASE)
			continue;
		snprintf(d->by, sizeof(d->by), "%s", by);
		if (*by)
			snprintf(d->reason + n, sizeof(d->reason) - n, "; asked for by %s",
				 by);
	}
}

static int tuner_ask(struct tuner *t, const char *lever, const char *by,
		     int (*verb)(struct policy *p, const char *lever, uint64_t real_ns,
				 struct plan *ret),
		     const struct decision **ret, size_t *n)
{
	struct plan plan = { 0 };
	int r = verb(t->policy, lever, clock_ns(CLOCK_REALTIME), &plan);

	if (r)
		return r;
	sign(&plan, by);
	carry_out_all(t, &plan);
	*ret = t->followed;
	*n = t->nfollowed;
	return 0;
}

int tuner_hold(struct tuner *t, const char *lever, const char *by, const struct decision **ret,
	       size_t *n)
{
	return tuner_ask(t, lever, by, policy_hold, ret, n);
}

int tuner_release(struct tuner *t, const char *lever, const char *by,
		  const struct decision **ret, size_t *n)
{
	return tuner_ask(t, lever, by, policy_release, ret, n);
}

uint64_t tuner_dropped(const struct tuner *t)
{
	return t->dropped;
}

enum policy_mode tuner_mode(const struct tuner *t)
{
	return t->effective.mode;
}

const char *tuner_forgets(const struct tuner *t)
{
	if (!t->journal || t->paused)
		return t->why;
	return NULL;
}

const struct policy *tuner_policy(const struct tuner *t)
{
	return t->policy;
}

const char *tuner_paused(const struct tuner *t)
{
	return t->paused ? t->why : t->excuse;
}
