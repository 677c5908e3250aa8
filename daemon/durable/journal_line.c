// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "durable/decision_json.h"
#include "durable/journal_line.h"
#include "util/json_text.h"
#include "durable/json_member.h"
#include "util/summed_line.h"

#define NODES_MAX 2000

/* What a knob held is written back as it was, whatever bytes it is. */
static void add_exact(struct json_object *o, const char *name, const char *text)
{
	if (text && *text)
		json_object_object_add(o, name, json_object_new_string(text));
}

static struct json_object *knob_json(const struct journal_line *l)
{
	struct json_object *o = json_object_new_object();
	const struct journal_knob *k = &l->knob;

	add_exact(o, "path", k->path);
	add_exact(o, "lever", k->lever);
	if (l->kind == LINE_FORGET)
		return o;
	if (k->moved)
		json_object_object_add(o, "moved", json_object_new_boolean(true));
	add_exact(o, "original", k->original);
	add_exact(o, "ours", k->ours);
	add_exact(o, "before", k->before);
	add_exact(o, "boot", l->boot);
	return o;
}

static struct json_object *content_json(const struct journal_line *l)
{
	switch (l->kind) {
	case LINE_VERSION:
	case LINE_IDS:
		return json_object_new_uint64(l->n);
	case LINE_KNOB:
	case LINE_FORGET:
		return knob_json(l);
	case LINE_DECISION:
		return decision_to_json(&l->decision);
	}
	return NULL;
}

static const char *const journal_line_kinds[] = {
	[LINE_VERSION] = "journal", [LINE_IDS] = "ids",		  [LINE_KNOB] = "knob",
	[LINE_FORGET] = "forget",   [LINE_DECISION] = "decision",
};

int journal_line_print(FILE *out, const struct journal_line *l)
{
	struct json_object *json = json_object_new_object();
	char begin[SUMMED_LINE_TEXT + 1];
	const char *text;
	uint32_t sum = 0;
	int r;

	json_object_object_add(json, journal_line_kinds[l->kind], content_json(l));
	text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN |
							    JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		summed_line_begin(text, strlen(text), &sum, begin);
	r = text && fprintf(out, "%s%s\n", begin, text) > 0 ? 0 : -ENOMEM;
	json_object_put(json);
	return r;
}

bool journal_knob_valid(const struct journal_knob *k)
{
	return *k->lever &&
	       (!strncmp(k->path, "/sys/", 5) || !strncmp(k->path, "/proc/sys/", 10)) &&
	       !strstr(k->path, "/..");
}

static int read_knob(struct json_object *json, struct journal_line *l)
{
	struct journal_knob *k = &l->knob;

	if (json_member_text(json, "path", k->path, sizeof(k->path)) ||
	    json_member_text(json, "lever", k->lever, sizeof(k->lever)) ||
	    !journal_knob_valid(k))
		return -EBADMSG;
	if (l->kind == LINE_FORGET)
		return 0;
	if (json_member_optional(json_member_flag(json, "moved", &k->moved)) ||
	    json_member_optional(
		    json_member_text(json, "original", k->original, sizeof(k->original))) ||
	    json_member_optional(json_member_text(json, "ours", k->ours, sizeof(k->ours))) ||
	    json_member_optional(
		    json_member_text(json, "before", k->before, sizeof(k->before))) ||
	    json_member_optional(json_member_text(json, "boot", l->boot, sizeof(l->boot))))
		return -EBADMSG;
	return 0;
}

static int read_content(struct json_object *json, const char *kind, struct journal_line *l)
{
	struct json_object *content;

	json_object_object_get_ex(json, kind, &content);
	switch (l->kind) {
	case LINE_VERSION:
		return json_member_u64(json, kind, UINT64_MAX, &l->n) || !l->n ? -EBADMSG : 0;
	case LINE_IDS:
		return json_member_u64(json, kind, DECISION_ID_MAX, &l->n);
	case LINE_KNOB:
	case LINE_FORGET:
		return read_knob(content, l);
	case LINE_DECISION:
		return decision_from_json(content, &l->decision);
	}
	return -EBADMSG;
}

static int read_json(struct json_object *json, struct journal_line *ret)
{
	struct journal_line l = { 0 };

	for (l.kind = LINE_VERSION; l.kind <= LINE_DECISION; l.kind++) {
		const char *kind = journal_line_kinds[l.kind];

		if (!json_object_object_get_ex(json, kind, NULL))
			continue;
		if (read_content(json, kind, &l))
			return -EBADMSG;
		*ret = l;
		return 0;
	}
	return -EBADMSG;
}

int journal_line_read(const char *text, size_t len, struct journal_line *ret)
{
	const char *json_text;
	struct json_object *json;
	uint32_t sum = 0;
	int r;

	json_text = len < JOURNAL_LINE ? summed_line_check(text, len, &sum) : NULL;
	if (!json_text || json_text_read(json_text, len - SUMMED_LINE_TEXT, NODES_MAX, &json))
		return -EBADMSG;
	r = read_json(json, ret);
	json_object_put(json);
	return r;
}

static bool journal_line_complete(const char *text, size_t len)
{
	uint32_t sum = 0;

	return summed_line_check(text, len, &sum);
}

bool journal_line_may_be_knob(const char *text, size_t len)
{
	return !journal_line_complete(text, len) || memmem(text, len, "{\"knob\"", 7);
}

/* "0123abcd {" and text, or the first part of that. */
static bool may_begin(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (i < SUMMED_LINE_TEXT - 1 && !strchr("0123456789abcdef", text[i]))
			return false;
		if (i == SUMMED_LINE_TEXT - 1 && text[i] != ' ')
			return false;
		if (i == SUMMED_LINE_TEXT && text[i] != '{')
			return false;
		if ((unsigned char)text[i] < ' ')
			return false;
	}
	return true;
}

bool journal_line_torn(const char *text, size_t len)
{
	size_t n = len;

	while (n && !text[n - 1])
		n--;
	/* A whole line and one byte that is no newline: that one was changed. */
	if (len && journal_line_complete(text, len - 1))
		return false;
	return n < JOURNAL_LINE && may_begin(text, n);
}
