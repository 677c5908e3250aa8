// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "pgtop/control.h"
#include "server/reply.h"

static struct json_object *reply_new(int ok)
{
	struct json_object *json = json_object_new_object();

	if (!json)
		return NULL;
	json_object_object_add(json, "v", json_object_new_int(CONTROL_VERSION));
	json_object_object_add(json, "ok", json_object_new_boolean(ok));
	return json;
}

struct json_object *reply_begin(void)
{
	return reply_new(1);
}

static struct reply *reply_line(const char *text, size_t len)
{
	struct reply *r = malloc(sizeof(*r) + len + 1);

	if (!r)
		return NULL;
	r->refs = 1;
	r->len = len + 1;
	memcpy(r->text, text, len);
	r->text[len] = '\n';
	return r;
}

struct reply *reply_json(struct json_object *json)
{
	struct reply *r = NULL;
	const char *text;
	size_t len;

	if (!json)
		return NULL;
	text = json_object_to_json_string_length(
		json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text && len < CONTROL_ANSWER)
		r = reply_line(text, len);
	json_object_put(json);
	if (text && len >= CONTROL_ANSWER)
		r = reply_error(REPLY_FAILED, "the answer is longer than %u bytes",
				CONTROL_ANSWER);
	return r;
}

struct reply *reply_error(const char *code, const char *fmt, ...)
{
	struct json_object *json = reply_new(0);
	char text[512];
	va_list ap;

	if (!json)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_object_add(json, "error", json_object_new_string(text));
	json_object_object_add(json, "code", json_object_new_string(code));
	return reply_json(json);
}

struct reply *reply_ref(struct reply *r)
{
	r->refs++;
	return r;
}

void reply_unref(struct reply *r)
{
	if (r && !--r->refs)
		free(r);
}
