// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "advice.h"
#include "util/clock.h"
#include "history/history.h"
#include "util/file.h"
#include "log.h"
#include "own_cost.h"
#include "service.h"
#include "durable/undo.h"
#include "util/util.h"

/* --- configuration ---------------------------------------------------------- */

static void tell_error(void *arg, const char *message)
{
	log_error("%s", message);
}

int service_config(const struct options *o, struct config *ret)
{
	int r = config_load(o->config, tell_error, NULL, ret);

	if (r == -ENOMEM)
		return r;
	if (r == CONFIG_UNKNOWN && o->action == ACTION_CHECK && !o->lenient)
		r = -EINVAL;
	if (r == CONFIG_UNKNOWN) {
		log_warning("keys that this pgtopd does not know are left out");
		r = 0;
	}
	if (o->socket)
		snprintf(ret->socket, sizeof(ret->socket), "%s", o->socket);
	if (o->state_dir)
		snprintf(ret->state_dir, sizeof(ret->state_dir), "%s", o->state_dir);
	if (o->action == ACTION_DRY_RUN) {
		ret->policy.mode = POLICY_ADVISE;
		ret->boot.stage = false;
	}
	return r;
}

/* --- advice about the next boot ---------------------------------------------- */

static const struct decision *last_advice(const struct journal *j)
{
	const struct decision *d;
	size_t n = 0;

	if (!j)
		return NULL;
	d = journal_decisions(j, &n);
	while (n--) {
		if (!strcmp(d[n].lever, ADVICE_LEVER))
			return &d[n];
	}
	return NULL;
}

/* Told once, and when it changes. */
static void give_advice(struct service *s)
{
	struct decision d;
	int r;

	s->advised = advice_grounds(sampler_last(s->sampler));
	if (s->config.policy.mode == POLICY_OBSERVE)
		return;
	r = advice_make(s->host, &s->config, sampler_walked(s->sampler),
			last_advice(s->journal), &d);
	if (r < 0)
		log_warning("no advice about boot parameters: %s", strerror(-r));
	if (r > 0)
		tuner_tell(s->tuner, &d);
}

/* The facts it rests on are part of each window. */
static void renew_advice(struct service *s)
{
	if (advice_grounds(sampler_last(s->sampler)) != s->advised)
		give_advice(s);
}

/* --- reload ----------------------------------------------------------------- */

/* What is opened at the start stays as it was opened. */
static void keep_opened(const struct config *old, struct config *c)
{
	if (strcmp(c->socket, old->socket) || strcmp(c->state_dir, old->state_dir) ||
	    c->processes != old->processes || memcmp(c->event, old->event, sizeof(c->event)) ||
	    c->policy.all_sizes != old->policy.all_sizes)
		log_warning("socket, state_dir, processes, all_sizes and [pmu] change at the "
			    "next start only");
	memcpy(c->socket, old->socket, sizeof(c->socket));
	memcpy(c->state_dir, old->state_dir, sizeof(c->state_dir));
	memcpy(c->event, old->event, sizeof(c->event));
	c->processes = old->processes;
	c->policy.all_sizes = old->policy.all_sizes;
}

int service_reload(struct service *s)
{
	struct config c;
	int r = service_config(s->options, &c);

	if (r) {
		log_error("the configuration stays as it was");
		return r;
	}
	keep_opened(&s->config, &c);
	s->config = c;
	if (c.policy.window_ns != s->window.length_ns)
		window_resize(&s->window, c.policy.window_ns, clock_ns(CLOCK_MONOTONIC));
	tuner_configure(s->tuner, &c.policy);
	historian_resize(s->historian, c.history.enabled ? c.history.size : 0);
	give_advice(s);
	log_info("configuration reloaded: mode %s, windows of %" PRIu64 " s",
		 config_mode_name(c.policy.mode), c.policy.window_ns / NS_PER_S);
	return 0;
}

/* --- windows ---------------------------------------------------------------- */

static void tell_failure(struct service *s, int r)
{
	s->failed += r != 0;
	if (r && r != s->error)
		log_error("this machine could not be read: %s", strerror(-r));
	else if (!r && s->error)
		log_info("this machine can be read again");
	s->error = r;
}

static void service_compare(struct service *s, enum window_verdict v,
			    const struct snapshot *change)
{
	if (v == WINDOW_LATE || v == WINDOW_SUSPENDED)
		log_warning("a window is skipped: %s", window_why(v));
	if (!change)
		return;
	observe(change, &s->levers, &s->observation);
	s->observed = true;
	s->observation.left_out = v != WINDOW_GOOD;
	tuner_window(s->tuner, &s->observation);
}

void service_export(struct service *s, struct export_input *ret)
{
	*ret = (struct export_input){
		.last = sampler_last(s->sampler),
		.change = sampler_change(s->sampler),
		.probe = sampler_probe(s->sampler),
		.policy = s->tuner ? tuner_policy(s->tuner) : NULL,
		.journal = s->journal,
		.mode = s->tuner ? tuner_mode(s->tuner) : POLICY_OBSERVE,
		.paused = s->tuner ? tuner_paused(s->tuner) : NULL,
		.dropped = s->tuner ? tuner_dropped(s->tuner) : 0,
		.windows = s->window.good,
		.overruns = s->window.overruns,
		.failed = s->failed,
		.interval_ns = MAX(s->config.export.period_ns, s->config.policy.window_ns),
	};
	ret->history = historian_state(s->historian);
	own_cost_read(&ret->self);
}

/* A period that ends within the next window is over. */
static bool export_is_due(const struct service *s, uint64_t mono_ns)
{
	return !s->exported_ns || mono_ns + s->window.length_ns / 2 >=
					  s->exported_ns + s->config.export.period_ns;
}

static void export_now(struct service *s)
{
	uint64_t mono_ns = clock_ns(CLOCK_MONOTONIC);
	struct export_input in;

	service_export(s, &in);
	if (export_take(s->export, &in))
		log_warning("out of memory: a window is missing in the metrics");
	if (!s->config.export.enabled)
		export_remove(s->export);
	else if (export_is_due(s, mono_ns)) {
		export_write(s->export, &in, s->config.export.textfile);
		/* the first ones, without a policy or a window, are soon followed by a whole
		 * one */
		s->exported_ns = s->tuner && s->window.good ? mono_ns : 0;
	}
}

static void save_first_walk(const struct service *s)
{
	int r = 0;

	if (s->journal && sampler_is_first(s->sampler))
		r = first_walk_save(s->config.state_dir, &s->first);
	if (r)
		log_warning("the first walk of the linear map is not kept: %s", strerror(-r));
}

int service_window(struct service *s)
{
	const struct snapshot *change = NULL;
	uint64_t began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	enum window_verdict v =
		window_end(&s->window, clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_BOOTTIME));
	int r = sampler_window(s->sampler, &change);

	save_first_walk(s);
	if (!r)
		historian_take(s->historian, sampler_last(s->sampler));
	if (!r && s->tuner) {
		service_compare(s, v, change);
		renew_advice(s);
	}
	/* not before service_started() */
	if (!r && s->export && s->tuner)
		export_now(s);
	s->work_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
	tell_failure(s, r);
	return r;
}

/* --- start and end ---------------------------------------------------------- */

/* Leftovers of a run that did not end are undone before anything else. */
static int open_journal(struct service *s)
{
	int r;

	if (s->options->action == ACTION_DRY_RUN) {
		snprintf(s->no_journal, sizeof(s->no_journal), "--dry-run keeps no journal");
		return 0;
	}
	/* systemd makes it; for whoever starts pgtopd by hand */
	mkdir(s->config.state_dir, 0700);
	r = undo_open(s->host, s->config.state_dir, &s->journal);
	if (r == -EBUSY) {
		log_error("another pgtopd is running: it holds the journal in %s",
			  s->config.state_dir);
		return r;
	}
	if (r) {
		journal_why(r, s->config.state_dir, s->no_journal, sizeof(s->no_journal));
		log_warning("nothing will be tuned: %s", s->no_journal);
		return 0;
	}
	undo_all(s->host, s->journal, s->config.exit == EXIT_KEEP);
	return 0;
}

static int start_tuner(struct service *s)
{
	int r;

	window_start(&s->window, s->config.policy.window_ns, clock_ns(CLOCK_MONOTONIC));
	r = service_window(s);
	if (r)
		return r;
	levers_find(sampler_last(s->sampler), host_contpte_bytes(s->host),
		    host_pmd_bytes(s->host), s->config.policy.all_sizes, &s->levers);
	r = tuner_new(s->host, &s->config.policy, &s->levers, s->journal, s->config.state_dir,
		      s->no_journal, &s->tuner);
	if (!r)
		give_advice(s);
	return r;
}

/* Without a boot to go by, or a directory, it is that of this run. */
static void load_first_walk(struct service *s)
{
	_cleanup_free_ char *boot = NULL;
	int r = file_read_line(s->host->root, "/proc/sys/kernel/random/boot_id", &boot);

	if (!r && s->journal)
		r = first_walk_load(s->config.state_dir, boot, &s->first);
	if (r && r != -ENOENT)
		log_warning("the first walk of the linear map since boot is not known: %s",
			    r == -EBADMSG ? "its file is damaged" : strerror(-r));
	sampler_remember(s->sampler, &s->first);
}

int service_start(struct service *s)
{
	int r;

	s->since_ns = clock_ns(CLOCK_REALTIME);
	r = host_new(s->options->root, &s->host);
	if (!r) {
		host_keep_ksyms(s->host);
		r = open_journal(s);
	}
	if (!r && s->options->action != ACTION_DRY_RUN)
		r = export_new(s->journal ? journal_next_id(s->journal) : 0, &s->export);
	if (!r)
		r = sampler_new(s->host, &s->config, &s->sampler);
	if (r)
		return r;
	load_first_walk(s);
	return start_tuner(s);
}

/* The first window has been read already. */
static void start_historian(struct service *s)
{
	const struct config *c = &s->config;
	struct segment_header h = { .run = clock_ns(CLOCK_MONOTONIC),
				    .window_ns = c->policy.window_ns };
	_cleanup_free_ char *boot = NULL;
	char path[sizeof(c->state_dir) + sizeof(HISTORY_DIR) + 1];
	int r;

	if (s->options->action == ACTION_DRY_RUN)
		return;
	if (!file_read_line(s->host->root, "/proc/sys/kernel/random/boot_id", &boot))
		snprintf(h.boot, sizeof(h.boot), "%s", boot);
	snprintf(path, sizeof(path), "%s/" HISTORY_DIR, c->state_dir);
	r = historian_new(path, c->history.enabled ? c->history.size : 0, &h,
			  sampler_probe(s->sampler), &s->historian);
	if (r)
		log_warning("no history is kept: %s", strerror(-r));
	historian_take(s->historian, sampler_last(s->sampler));
}

void service_started(struct service *s)
{
	int r = tuner_guard(s->tuner);

	if (r)
		log_warning("guards are looked at in each window only: %s", strerror(-r));
	start_historian(s);
	if (s->export)
		export_now(s);
}

void service_done(struct service *s)
{
	tuner_free(s->tuner);
	historian_free(s->historian);
	if (s->export)
		export_remove(s->export);
	export_free(s->export);
	sampler_free(s->sampler);
	journal_close(s->journal);
	host_free(s->host);
}

int service_undo(struct service *s)
{
	bool keep = s->config.exit == EXIT_KEEP;

	if (!s->journal)
		return PGTOPD_OK;
	tuner_stop(s->tuner, keep);
	return undo_all(s->host, s->journal, keep) ? PGTOPD_NOT_RESTORED : PGTOPD_OK;
}
