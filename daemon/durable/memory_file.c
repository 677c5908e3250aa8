// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "durable/json_member.h"
#include "durable/memory_file.h"
#include "policy/policy.h"
#include "util/file.h"
#include "util/json_add.h"
#include "util/json_text.h"
#include "util/publish.h"
#include "util/summed_line.h"
#include "util/utf8.h"
#include "util/util.h"

#define NODES_MAX 4000 /* some 25 values for each of LEVERS_MAX levers */

/* Whole numbers of struct lever_memory: name, where, how wide. */
static const struct {
	const char *name;
	size_t offset;
	bool wide;
} numbers[] = {
#define NAMED(name, member, wide)                                                             \
	{                                                                                     \
		name, offsetof(struct lever_memory, member), wide                             \
	}
#define NUMBER(member) NAMED(#member, member, false)
#define WIDE(member)   NAMED(#member, member, true)
	NUMBER(failures),
	NUMBER(suspected),
	NUMBER(tests),
	NUMBER(pooled),
	NUMBER(scale),
	NUMBER(settled),
	NUMBER(stood),
	NUMBER(doubted),
	WIDE(jitter),
	WIDE(since),
	WIDE(stamp),
	WIDE(until),
	WIDE(decision),
	NAMED("yielded", yield.since, true),
	NAMED("old_yield", yield.old, false),
#undef NUMBER
#undef WIDE
#undef NAMED
};

static uint64_t number_get(const struct lever_memory *m, size_t i)
{
	const char *at = (const char *)m + numbers[i].offset;

	return numbers[i].wide ? *(const uint64_t *)at : *(const unsigned int *)at;
}

static void number_set(struct lever_memory *m, size_t i, uint64_t n)
{
	char *at = (char *)m + numbers[i].offset;

	if (numbers[i].wide)
		*(uint64_t *)at = n;
	else
		*(unsigned int *)at = n;
}

/* As many digits as bring the same number back. */
static void add_exact_double(struct json_object *o, const char *name, double n)
{
	char text[32];

	snprintf(text, sizeof(text), "%.17g", n);
	json_object_object_add(o, name, json_object_new_double_s(n, text));
}

static void add_proven(struct json_object *o, const struct proven *p)
{
	struct json_object *proven;
	char setting[24];

	if (!*p->value)
		return;
	proven = json_object_new_object();
	snprintf(setting, sizeof(setting), "%016llx", (unsigned long long)p->setting);
	json_add_text(proven, "value", p->value);
	json_add_text(proven, "original", p->original);
	json_add_text(proven, "setting", setting);
	json_object_object_add(o, "proven", proven);
}

static void add_yield(struct json_object *o, const struct yield *y)
{
	if (*y->word)
		json_add_text(o, "word", y->word);
	if (*y->before)
		json_add_text(o, "before", y->before);
}

static struct json_object *lever_memory_json(const struct lever_memory *m)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "lever", m->lever);
	json_add_text(o, "state", lever_state_name(m->state));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (number_get(m, i))
			json_add_u64(o, numbers[i].name, number_get(m, i));
	}
	if (m->objective != OBJECTIVES)
		json_add_text(o, "objective", objective_name(m->objective));
	add_exact_double(o, "evidence_sum", m->evidence.sum);
	add_exact_double(o, "evidence_squares", m->evidence.squares);
	add_yield(o, &m->yield);
	add_proven(o, &m->proven);
	return o;
}

static struct json_object *memory_json(const struct memory *m)
{
	struct json_object *o = json_object_new_object(), *levers = json_object_new_array();

	json_add_u64(o, "memory", MEMORY_VERSION);
	json_add_text(o, "boot", m->boot);
	for (size_t i = 0; i < m->n; i++)
		json_object_array_add(levers, lever_memory_json(&m->lever[i]));
	json_object_object_add(o, "levers", levers);
	return o;
}

char *memory_print(const struct memory *m)
{
	struct json_object *o = memory_json(m);
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	char begin[SUMMED_LINE_TEXT + 1], *ret = NULL;
	uint32_t sum = 0;

	if (text) {
		summed_line_begin(text, strlen(text), &sum, begin);
		if (asprintf(&ret, "%s%s\n", begin, text) < 0)
			ret = NULL;
	}
	json_object_put(o);
	return ret;
}

/* --- reading ----------------------------------------------------------------- */

static int take_numbers(struct json_object *o, struct lever_memory *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uint64_t n = 0;

		if (json_member_optional(json_member_u64(
			    o, numbers[i].name, numbers[i].wide ? INT64_MAX : 1 << 20, &n)))
			return -EBADMSG;
		number_set(m, i, n);
	}
	return 0;
}

static int take_state(struct json_object *o, enum lever_state *ret)
{
	static const enum lever_state kept[] = { LEVER_IDLE, LEVER_KEPT, LEVER_COOLDOWN,
						 LEVER_YIELDED, LEVER_HELD };
	char name[16];

	if (json_member_text(o, "state", name, sizeof(name)))
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (!strcmp(name, lever_state_name(kept[i]))) {
			*ret = kept[i];
			return 0;
		}
	}
	return -EBADMSG;
}

/* Text that is no UTF-8 is not ours, and would not be written as it was read. */
static int memory_take_text(struct json_object *o, const char *name, char *ret, size_t len)
{
	int r = json_member_text(o, name, ret, len);

	return r || utf8_valid(ret) ? r : -EBADMSG;
}

static int take_proven(struct json_object *o, struct proven *ret)
{
	struct json_object *proven = json_member(o, "proven");
	char setting[24], *end;

	if (!proven)
		return 0;
	if (memory_take_text(proven, "value", ret->value, sizeof(ret->value)) ||
	    memory_take_text(proven, "original", ret->original, sizeof(ret->original)) ||
	    json_member_text(proven, "setting", setting, sizeof(setting)) ||
	    strlen(setting) != 16 || setting[strspn(setting, "0123456789abcdef")])
		return -EBADMSG;
	ret->setting = strtoull(setting, &end, 16);
	return *ret->value && *ret->original ? 0 : -EBADMSG;
}

static int memory_take_lever(struct json_object *o, struct lever_memory *m)
{
	char objective[24] = "";

	memset(m, 0, sizeof(*m));
	if (!json_object_is_type(o, json_type_object) ||
	    memory_take_text(o, "lever", m->lever, sizeof(m->lever)) || !*m->lever ||
	    take_state(o, &m->state) || take_numbers(o, m) ||
	    json_member_optional(
		    json_member_text(o, "objective", objective, sizeof(objective))) ||
	    json_member_optional(
		    memory_take_text(o, "word", m->yield.word, sizeof(m->yield.word))) ||
	    json_member_optional(
		    memory_take_text(o, "before", m->yield.before, sizeof(m->yield.before))) ||
	    json_member_double(o, "evidence_sum", -DBL_MAX, DBL_MAX, &m->evidence.sum) ||
	    json_member_double(o, "evidence_squares", 0, DBL_MAX, &m->evidence.squares))
		return -EBADMSG;
	m->evidence.sum += 0.0; /* -0 is 0 */
	m->evidence.squares += 0.0;
	m->objective = objective_named(objective);
	return take_proven(o, &m->proven);
}

static int take_levers(struct json_object *o, struct memory *m)
{
	struct json_object *levers = json_member(o, "levers");

	if (!json_object_is_type(levers, json_type_array) ||
	    json_object_array_length(levers) > LEVERS_MAX)
		return -EBADMSG;
	m->n = json_object_array_length(levers);
	for (size_t i = 0; i < m->n; i++) {
		if (memory_take_lever(json_object_array_get_idx(levers, i), &m->lever[i]))
			return -EBADMSG;
	}
	return 0;
}

static int take_memory(struct json_object *o, struct memory *m)
{
	uint64_t version;

	if (!json_object_is_type(o, json_type_object) ||
	    json_member_u64(o, "memory", INT64_MAX, &version) || !version)
		return -EBADMSG;
	if (version > MEMORY_VERSION)
		return -EPROTONOSUPPORT;
	if (json_member_optional(memory_take_text(o, "boot", m->boot, sizeof(m->boot))))
		return -EBADMSG;
	return take_levers(o, m);
}

int memory_parse(const char *text, size_t len, struct memory *ret)
{
	struct json_object *o;
	struct memory *m;
	uint32_t sum = 0;
	const char *json;
	int r;

	if (!len || text[len - 1] != '\n' || memchr(text, '\n', len) != text + len - 1)
		return -EBADMSG;
	json = summed_line_check(text, len - 1, &sum);
	if (!json)
		return -EBADMSG;
	r = json_text_read(json, text + len - 1 - json, NODES_MAX, &o);
	if (r)
		return r == -ENOMEM ? r : -EBADMSG;
	m = calloc(1, sizeof(*m));
	r = m ? take_memory(o, m) : -ENOMEM;
	if (!r)
		*ret = *m;
	free(m);
	json_object_put(o);
	return r;
}

int memory_load(const char *dir, struct memory *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t len;
	int r;

	snprintf(path, sizeof(path), "%s/memory", dir);
	r = file_read(NULL, path, &text, &len);
	return r ? r : memory_parse(text, len, ret);
}

int memory_save(const char *dir, const struct memory *m)
{
	_cleanup_free_ char *text = memory_print(m);
	char path[PATH_MAX], temp[PATH_MAX];

	if (!text)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/memory", dir);
	snprintf(temp, sizeof(temp), "%s/memory.new", dir);
	return publish_by(temp, path, text, strlen(text), 0600);
}
