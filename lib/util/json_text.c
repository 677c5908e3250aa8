// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "util/json_text.h"

/* An upper bound: every value but the first stands behind one of these. */
static size_t count_nodes(const char *text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == ',' || text[i] == '[' || text[i] == ':';
	return n;
}

static int json_text_result(struct json_tokener *tok, struct json_object *o, size_t len,
			    struct json_object **ret)
{
	enum json_tokener_error e = json_tokener_get_error(tok);

	if (e == json_tokener_success && json_tokener_get_parse_end(tok) == len) {
		*ret = o;
		return 0;
	}
	json_object_put(o);
	return e == json_tokener_error_depth ? -E2BIG : -EBADMSG;
}

static int json_text_parse(const char *text, size_t len, int flags, struct json_object **ret)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_TEXT_DEPTH);
	int r;

	if (!tok)
		return -ENOMEM;
	json_tokener_set_flags(tok, flags);
	r = json_text_result(tok, json_tokener_parse_ex(tok, text, (int)len), len, ret);
	json_tokener_free(tok);
	return r;
}

/* A copy with an ASCII character for each other byte: those may only be within strings. */
static char *json_text_masked(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	for (size_t i = 0; copy && i < len; i++)
		copy[i] = text[i] & 0x80 ? '?' : text[i];
	if (copy)
		copy[len] = '\0';
	return copy;
}

static bool json_text_is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] & 0x80)
			return false;
	return true;
}

/*
 * If it is strict, json-c 0.17 and 0.18 take bytes above 0x7f for control characters, where
 * char is signed.  So strictness is asked for with other bytes in their place.
 */
static int json_text_check(const char *text, size_t len)
{
	char *masked = json_text_masked(text, len);
	struct json_object *o = NULL;
	int r = masked ? json_text_parse(masked, len, JSON_TOKENER_STRICT, &o) : -ENOMEM;

	json_object_put(o);
	free(masked);
	return r;
}

int json_text_read(const char *text, size_t len, size_t nodes_max, struct json_object **ret)
{
	int r;

	if (len > INT_MAX || count_nodes(text, len) > nodes_max)
		return -E2BIG;
	if (json_text_is_ascii(text, len))
		return json_text_parse(text, len, JSON_TOKENER_STRICT, ret);
	r = json_text_check(text, len);
	return r ? r : json_text_parse(text, len, 0, ret);
}

struct json_object *json_member(struct json_object *o, const char *name)
{
	struct json_object *m = NULL;

	json_object_object_get_ex(o, name, &m);
	return m;
}

const char *json_text_member(struct json_object *o, const char *name)
{
	struct json_object *m = json_member(o, name);

	return json_object_is_type(m, json_type_string) ? json_object_get_string(m) : NULL;
}
