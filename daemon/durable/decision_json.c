// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "util/clock.h"
#include "durable/decision_json.h"
#include "util/json_add.h"
#include "durable/json_member.h"
#include "util/number.h"
#include "util/utf8.h"

/* Nanoseconds do not fit in a double: the text of the number is exact. */
static struct json_object *time_json(uint64_t ns)
{
	uint64_t s = ns / NS_PER_S, rest = ns % NS_PER_S;
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, s, rest);
	return json_object_new_double_s((double)ns / (double)NS_PER_S, text);
}

static void add_phase(struct json_object *o, const char *name, const struct phase_summary *p)
{
	struct json_object *phase;

	if (!p->n || !isfinite(p->mean) || !(p->sd >= 0 && p->sd <= DBL_MAX))
		return;
	phase = json_object_new_object();
	json_object_object_add(phase, "n", json_object_new_int64(p->n));
	json_add_double(phase, "mean", p->mean);
	json_add_double(phase, "sd", p->sd);
	json_object_object_add(o, name, phase);
}

static void add_test(struct json_object *o, const struct decision *d)
{
	if (!d->tested || !isfinite(d->effect) || !(d->p >= 0 && d->p <= 1))
		return;
	json_add_double(o, "effect", d->effect);
	json_add_double(o, "p", d->p);
}

static void add_guard(struct json_object *o, const struct decision *d)
{
	struct json_object *guard;

	if (!*d->guard)
		return;
	guard = json_object_new_object();
	json_add_text(guard, "name", d->guard);
	json_add_double(guard, "value", d->guard_value);
	json_add_double(guard, "limit", d->guard_limit);
	json_object_object_add(o, "guard", guard);
}

struct json_object *decision_to_json(const struct decision *d)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	json_add_u64(o, "id", d->id);
	if (d->trial)
		json_add_u64(o, "trial", d->trial);
	json_object_object_add(o, "time", time_json(d->real_ns));
	json_add_text(o, "lever", d->lever);
	json_add_text(o, "action", decision_action_name(d->action));
	json_add_text(o, "from", d->from);
	json_add_text(o, "to", d->to);
	json_add_text(o, "objective", d->objective);
	if (*d->objective)
		json_object_object_add(o, "proxy", json_object_new_boolean(d->proxy));
	add_phase(o, "before", &d->before);
	add_phase(o, "after", &d->after);
	add_test(o, d);
	add_guard(o, d);
	json_add_text(o, "by", d->by);
	json_object_object_add(o, "reason", json_object_new_string(d->reason));
	return o;
}

/* Text that is no UTF-8 is not ours, and would not be written as it was read. */
static int take_text(struct json_object *json, const char *name, char *ret, size_t len)
{
	int r = json_member_text(json, name, ret, len);

	return r || utf8_valid(ret) ? r : -EBADMSG;
}

static int take_action(struct json_object *json, enum decision_action *ret)
{
	char name[16];
	int r = take_text(json, "action", name, sizeof(name));

	enum decision_action a = r ? DECISION_ACTIONS : decision_action_named(name);

	if (a == DECISION_ACTIONS)
		return -EBADMSG;
	*ret = a;
	return 0;
}

/* "123.000000045": json-c keeps the text of a number it has read. */
static int take_time(struct json_object *json, uint64_t *ret)
{
	struct json_object *o;
	const char *p, *dot;
	uint64_t s, ns;

	if (!json_object_object_get_ex(json, "time", &o) ||
	    !json_object_is_type(o, json_type_double))
		return -EBADMSG;
	p = json_object_get_string(o);
	if (*p == ' ' || scan_u64(&p, 10, &s) || *p++ != '.')
		return -EBADMSG;
	dot = p;
	if (*p == ' ' || scan_u64(&p, 10, &ns) || *p || p - dot != 9)
		return -EBADMSG;
	if (__builtin_mul_overflow(s, NS_PER_S, &s) || __builtin_add_overflow(s, ns, &s))
		return -EBADMSG;
	*ret = s;
	return 0;
}

static int take_phase(struct json_object *json, const char *name, struct phase_summary *ret)
{
	struct json_object *o;
	uint64_t n;

	if (!json_object_object_get_ex(json, name, &o))
		return 0;
	if (json_member_u64(o, "n", UINT_MAX, &n) || !n ||
	    json_member_double(o, "mean", -DBL_MAX, DBL_MAX, &ret->mean) ||
	    json_member_double(o, "sd", 0, DBL_MAX, &ret->sd))
		return -EBADMSG;
	ret->n = n;
	return 0;
}

static int take_test(struct json_object *json, struct decision *d)
{
	int r = json_member_double(json, "effect", -DBL_MAX, DBL_MAX, &d->effect);

	if (r == -ENOENT)
		return json_member_double(json, "p", 0, 1, &d->p) == -ENOENT ? 0 : -EBADMSG;
	d->tested = true;
	return r || json_member_double(json, "p", 0, 1, &d->p) ? -EBADMSG : 0;
}

static int take_guard(struct json_object *json, struct decision *d)
{
	struct json_object *o;

	if (!json_object_object_get_ex(json, "guard", &o))
		return 0;
	if (take_text(o, "name", d->guard, sizeof(d->guard)) || !*d->guard ||
	    json_member_optional(
		    json_member_double(o, "value", -DBL_MAX, DBL_MAX, &d->guard_value)) ||
	    json_member_optional(
		    json_member_double(o, "limit", -DBL_MAX, DBL_MAX, &d->guard_limit)))
		return -EBADMSG;
	return 0;
}

static int take_words(struct json_object *json, struct decision *d)
{
	if (json_member_optional(take_text(json, "lever", d->lever, sizeof(d->lever))) ||
	    json_member_optional(take_text(json, "from", d->from, sizeof(d->from))) ||
	    json_member_optional(take_text(json, "to", d->to, sizeof(d->to))) ||
	    json_member_optional(
		    take_text(json, "objective", d->objective, sizeof(d->objective))) ||
	    json_member_optional(json_member_flag(json, "proxy", &d->proxy)) ||
	    json_member_optional(take_text(json, "by", d->by, sizeof(d->by))) ||
	    take_text(json, "reason", d->reason, sizeof(d->reason)))
		return -EBADMSG;
	return 0;
}

int decision_from_json(struct json_object *json, struct decision *ret)
{
	struct decision d = { 0 };

	if (!json_object_is_type(json, json_type_object) ||
	    json_member_u64(json, "id", DECISION_ID_MAX, &d.id) || !d.id ||
	    json_member_optional(json_member_u64(json, "trial", d.id, &d.trial)))
		return -EBADMSG;
	if (take_action(json, &d.action) || take_time(json, &d.real_ns) ||
	    take_words(json, &d) || take_phase(json, "before", &d.before) ||
	    take_phase(json, "after", &d.after) || take_test(json, &d) || take_guard(json, &d))
		return -EBADMSG;
	*ret = d;
	return 0;
}
