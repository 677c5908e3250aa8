// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "durable/decision_json.h"
#include "util/clock.h"
#include "log.h"
#include "util/number.h"
#include "record/record.h"
#include "policy_replay.h"

/* As in tuner.c. */
#define DEPTH 4

struct replay {
	const struct options *options;
	struct record_reader *record;
	struct policy_config config;
	struct levers levers;
	struct policy *policy;
	struct snapshot *last;
	struct observation observation;
	uint64_t windows, decisions;
	uint64_t long_windows; /* too long to be evidence */
};

/* --- printing --------------------------------------------------------------- */

static void policy_replay_print_json(const struct decision *d)
{
	struct json_object *json = decision_to_json(d);

	puts(json ? json_object_to_json_string_ext(
			    json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
		  : "{}");
	json_object_put(json);
}

static void policy_replay_print_text(const struct decision *d)
{
	time_t s = d->real_ns / NS_PER_S;
	char when[32] = "?";
	struct tm tm;

	if (gmtime_r(&s, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%SZ", &tm);
	printf("%s %s%s%s [%" PRIu64 "]: %s\n", when, d->lever, *d->lever ? ": " : "",
	       decision_action_name(d->action), d->id, d->reason);
}

static void policy_replay_carry_out(struct replay *r, const struct plan *p, int depth)
{
	for (size_t i = 0; i < p->ndecisions; i++) {
		if (r->options->json)
			policy_replay_print_json(&p->decision[i]);
		else
			policy_replay_print_text(&p->decision[i]);
	}
	r->decisions += p->ndecisions;
	for (size_t i = 0; i < p->nsteps; i++) {
		struct plan next = { 0 };

		policy_told(r->policy, &p->step[i], 0, r->observation.real_ns, &next);
		if (depth < DEPTH)
			policy_replay_carry_out(r, &next, depth + 1);
	}
}

/* --- windows ---------------------------------------------------------------- */

/* As much of the machine that was recorded as the sizes of its levers depend on. */
static struct host host_of(const struct snapshot *s)
{
	const char *arch = s->fact[FACT_ARCH].text, *granule = s->fact[FACT_GRANULE].text;
	struct host h = { .arch = ARCH_OTHER, .page_size = 4096 };
	uint64_t n;

	if (arch && !strcmp(arch, "aarch64"))
		h.arch = ARCH_ARM64;
	else if (arch && !strcmp(arch, "x86_64"))
		h.arch = ARCH_X86_64;
	if (granule && !parse_u64(granule, 10, 1 << 16, &n) && n >= 4096)
		h.page_size = n;
	return h;
}

static int policy_replay_begin(struct replay *r, const struct snapshot *first)
{
	struct host h = host_of(first);

	levers_find(first, host_contpte_bytes(&h), host_pmd_bytes(&h), r->config.all_sizes,
		    &r->levers);
	return policy_new(&r->config, &r->levers, 1, &r->policy);
}

/*
 * Snapshots may be closer together than windows are long: those between are passed over, what
 * they counted is in the next one.
 */
static bool ends_window(const struct replay *r, const struct snapshot *now)
{
	return now->mono_ns < r->last->mono_ns ||
	       now->mono_ns - r->last->mono_ns >= r->config.window_ns / 10 * 9;
}

/* A pair that cannot be compared (the clock went back between them) is no window. */
static int policy_replay_step(struct replay *r, const struct snapshot *now)
{
	struct plan plan = { 0 };
	struct snapshot *change;
	int err = snapshot_diff(r->last, now, &change);

	if (err)
		return err == -ENOMEM ? err : 0;
	observe(change, &r->levers, &r->observation);
	policy_step(r->policy, &r->observation, &plan);
	policy_replay_carry_out(r, &plan, 0);
	snapshot_free(change);
	r->windows++;
	r->long_windows += r->observation.interval_ns > 2 * r->config.window_ns;
	return 0;
}

/* Returns 0 at the end of the record, or a negative errno. */
static int policy_replay_read_all(struct replay *r)
{
	struct snapshot *now;
	int err;

	while ((err = record_read(r->record, &now)) > 0) {
		if (r->last && !ends_window(r, now)) {
			snapshot_free(now);
			continue;
		}
		err = r->last ? policy_replay_step(r, now) : policy_replay_begin(r, now);
		snapshot_free(r->last);
		r->last = now;
		if (err)
			return err;
	}
	return err;
}

static int policy_replay_report(const struct replay *r, int err)
{
	if (err && *record_why(r->record))
		log_error("%s", record_why(r->record));
	else if (err)
		log_error("%s: %s", r->options->record, strerror(-err));
	if (!err && !r->windows)
		log_warning("%s is shorter than a window of %" PRIu64 " s", r->options->record,
			    r->config.window_ns / NS_PER_S);
	else if (r->windows && r->long_windows == r->windows)
		log_warning(
			"the snapshots of %s are further apart than two windows of %" PRIu64
			" s: set window in [daemon] to their distance",
			r->options->record, r->config.window_ns / NS_PER_S);
	if (!r->options->json)
		fprintf(stderr, "%" PRIu64 " windows, %" PRIu64 " decisions\n", r->windows,
			r->decisions);
	if (!fflush(stdout) && !ferror(stdout))
		return err ? PGTOPD_FAILED : PGTOPD_OK;
	log_error("cannot write the output: %s", strerror(errno));
	return PGTOPD_FAILED;
}

int policy_replay_run(const struct options *o, const struct config *c)
{
	struct replay r = { .options = o, .config = c->policy };

	policy_scale(&r.config, 0, 4096);
	char why[256];
	int code;

	if (r.config.mode == POLICY_OBSERVE)
		r.config.mode = POLICY_ADVISE;
	if (record_open(o->record, &r.record, why, sizeof(why))) {
		log_error("%s", why);
		return PGTOPD_FAILED;
	}
	code = policy_replay_report(&r, policy_replay_read_all(&r));
	policy_free(r.policy);
	snapshot_free(r.last);
	record_close(r.record);
	return code;
}
