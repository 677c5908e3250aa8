// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "durable/decision_json.h"
#include "history/history.h"
#include "history/segment_dir.h"
#include "util/base64.h"
#include "server/answers.h"
#include "util/clock.h"
#include "util/json_add.h"
#include "snapshot/snapshot_json.h"
#include "snapshot/snapshot_line.h"
#include "server/status.h"
#include "util/util.h"

/* A reading is shared by those who ask within this time, or ten times what it took. */
#define FRESH_NS     UINT64_C(20000000)
#define FRESH_MAX_NS UINT64_C(400000000)

static struct reply *reply_member(const char *name, struct json_object *member)
{
	struct json_object *answer = reply_begin();

	if (!answer || !member) {
		json_object_put(answer);
		json_object_put(member);
		return NULL;
	}
	json_object_object_add(answer, name, member);
	return reply_json(answer);
}

static struct reply *answer_status(struct service *s)
{
	struct status status = {
		.config = &s->config,
		.window = &s->window,
		.probe = sampler_probe(s->sampler),
		.policy = tuner_policy(s->tuner),
		.journal = s->journal,
		.paused = tuner_paused(s->tuner),
		.last = sampler_last(s->sampler),
		.observation = s->observed ? &s->observation : NULL,
		.since_ns = s->since_ns,
		.failed = s->failed,
		.work_ns = s->work_ns,
		.pid = getpid(),
	};

	own_cost_read(&status.self);
	return reply_member("status", status_to_json(&status));
}

static struct json_object *answers_decisions(const struct decision *d, size_t n,
					     uint64_t trial)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		if (!trial || d[i].trial == trial || d[i].id == trial)
			json_object_array_add(list, decision_to_json(&d[i]));
	}
	return list;
}

static struct reply *answer_log(struct service *s, uint64_t newest)
{
	const struct decision *d = NULL;
	size_t n = 0;

	if (!s->journal)
		return reply_error(REPLY_FAILED, "there is no journal: %s", s->no_journal);
	d = journal_decisions(s->journal, &n);
	newest = newest < n ? newest : n;
	return reply_member("decisions", answers_decisions(d + n - newest, newest, 0));
}

static struct reply *answer_why(struct service *s, uint64_t id)
{
	const struct decision *d, *all;
	struct json_object *answer;
	size_t n;

	if (!s->journal)
		return reply_error(REPLY_FAILED, "there is no journal: %s", s->no_journal);
	d = journal_find(s->journal, id);
	if (!d)
		return reply_error(REPLY_UNKNOWN,
				   "the journal holds no decision %" PRIu64
				   " (pgtop policy log lists those it holds)",
				   id);
	answer = reply_begin();
	if (!answer)
		return NULL;
	all = journal_decisions(s->journal, &n);
	json_object_object_add(answer, "decision", decision_to_json(d));
	json_object_object_add(answer, "trial",
			       d->trial || d->action == DECISION_TRY
				       ? answers_decisions(all, n, d->trial ? d->trial : d->id)
				       : json_object_new_array());
	return reply_json(answer);
}

static struct reply *answer_change(struct service *s, const struct request *q)
{
	bool hold = q->command == REQUEST_HOLD;
	struct json_object *answer;
	const struct decision *d;
	size_t n;
	int r = hold ? tuner_hold(s->tuner, q->lever, q->by, &d, &n)
		     : tuner_release(s->tuner, q->lever, q->by, &d, &n);

	if (r == -ENOENT)
		return reply_error(REPLY_UNKNOWN,
				   "there is no lever '%s' (pgtop policy status lists them)",
				   q->lever);
	if (r)
		return reply_error(REPLY_USAGE, "%s is %s", q->lever,
				   hold ? "held already" : "neither held nor yielded");
	answer = reply_begin();
	if (!answer)
		return NULL;
	json_object_object_add(answer, "decisions", answers_decisions(d, n, 0));
	json_object_object_add(answer, "durable",
			       json_object_new_boolean(!tuner_forgets(s->tuner)));
	json_add_text(answer, "why", tuner_forgets(s->tuner));
	return reply_json(answer);
}

static struct reply *take_snapshot(struct service *s, bool walk)
{
	struct json_object *answer = reply_begin(), *json = NULL;
	struct snapshot *now = NULL;
	int r = answer ? sampler_now(s->sampler, walk, &now) : -ENOMEM;

	if (!r)
		r = snapshot_line_object(now, &json);
	snapshot_free(now);
	if (r) {
		json_object_put(answer);
		return reply_error(REPLY_FAILED, "this machine could not be read: %s",
				   strerror(-r));
	}
	json_object_object_add(answer, "snapshot", json);
	json_object_object_add(answer, "probe", probe_to_json(sampler_probe(s->sampler)));
	return reply_json(answer);
}

/* However many ask, most of the time is for windows. */
static struct reply *answer_snapshot(struct answers *a, bool walk)
{
	uint64_t began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	if (!a->snapshot || a->walked < walk ||
	    clock_ns(CLOCK_MONOTONIC) >= a->fresh_until_ns) {
		reply_unref(a->snapshot);
		a->snapshot = take_snapshot(a->service, walk);
		a->walked = walk;
		began = 10 * (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began);
		/* from now on: reading may have taken longer than that */
		a->fresh_until_ns =
			clock_ns(CLOCK_MONOTONIC) + MAX(FRESH_NS, MIN(began, FRESH_MAX_NS));
	}
	return a->snapshot ? reply_ref(a->snapshot) : NULL;
}

static struct reply *answer_metrics(struct service *s)
{
	_cleanup_free_ char *text = NULL;
	struct export_input in;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r = out ? 0 : -ENOMEM;

	service_export(s, &in);
	if (!r)
		r = export_print(s->export, &in, out);
	if (out && fclose(out) && !r)
		r = -ENOMEM;
	if (r)
		return reply_error(REPLY_FAILED, "out of memory");
	return reply_member("metrics", json_object_new_string_len(text, len));
}

static struct json_object *segment_entry(const struct segment *s)
{
	struct json_object *o = json_object_new_object();
	char name[SEGMENT_NAME];

	json_add_text(o, "name", segment_name(s, name));
	json_add_u64(o, "bytes", s->bytes);
	return o;
}

static struct reply *answer_segments(int dir)
{
	struct json_object *list;
	struct segment *s = NULL;
	size_t n = 0;
	int r = segment_dir_list(dir, &s, &n);

	if (r)
		return reply_error(REPLY_FAILED, "the history cannot be listed: %s",
				   strerror(-r));
	list = json_object_new_array();
	for (size_t i = 0; list && i < n; i++)
		json_object_array_add(list, segment_entry(&s[i]));
	free(s);
	return reply_member("segments", list);
}

/* As it is on disk: whoever asks decompresses it, and checks its sums. */
static struct reply *answer_piece(int dir, const struct request *q)
{
	_cleanup_close_ int fd = segment_dir_file(dir, q->segment);
	_cleanup_free_ char *piece = malloc(HISTORY_PIECE), *text = NULL;
	ssize_t n = fd < 0 || !piece ? -1 : pread(fd, piece, HISTORY_PIECE, q->offset);

	if (fd == -ENOENT)
		return reply_error(REPLY_UNKNOWN, "the history has no segment %s (any more)",
				   q->segment);
	if (n >= 0)
		text = base64_encode(piece, n);
	if (!text)
		return reply_error(REPLY_FAILED, "the segment %s cannot be read", q->segment);
	return reply_member("data", json_object_new_string(text));
}

static struct reply *answer_history(struct service *s, const struct request *q)
{
	char path[CONFIG_TEXT + sizeof(HISTORY_DIR) + 1], why[CONFIG_TEXT + 256];
	_cleanup_close_ int dir = -1;

	snprintf(path, sizeof(path), "%s/" HISTORY_DIR, s->config.state_dir);
	dir = segment_dir_open(path, why, sizeof(why));
	if (dir < 0)
		return reply_error(REPLY_FAILED, "%s%s", why,
				   s->config.history.enabled
					   ? ""
					   : " ([history] enabled = no in pgtopd.conf)");
	return *q->segment ? answer_piece(dir, q) : answer_segments(dir);
}

struct reply *answers_give(void *arg, const struct request *q)
{
	struct answers *a = arg;

	switch (q->command) {
	case REQUEST_STATUS:
		return answer_status(a->service);
	case REQUEST_LOG:
		return answer_log(a->service, q->n);
	case REQUEST_WHY:
		return answer_why(a->service, q->id);
	case REQUEST_HOLD:
	case REQUEST_RELEASE:
		return answer_change(a->service, q);
	case REQUEST_METRICS:
		return answer_metrics(a->service);
	case REQUEST_HISTORY:
		return answer_history(a->service, q);
	default:
		return answer_snapshot(a, !q->no_walk);
	}
}

void answers_done(struct answers *a)
{
	reply_unref(a->snapshot);
}
