// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>

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

static int json_text_parse(struct json_tokener *tok, const char *text, size_t len,
			   struct json_object **ret)
{
	struct json_object *o = json_tokener_parse_ex(tok, text, (int)len);
	enum json_tokener_error e = json_tokener_get_error(tok);

	if (e == json_tokener_success && json_tokener_get_parse_end(tok) == len) {
		*ret = o;
		return 0;
	}
	json_object_put(o);
	return e == json_tokener_error_depth ? -E2BIG : -EBADMSG;
}

int json_text_read(const char *text, size_t len, size_t nodes_max, struct json_object **ret)
{
	struct json_tokener *tok;
	int r;

	if (len > INT_MAX || count_nodes(text, len) > nodes_max)
		return -E2BIG;
	tok = json_tokener_new_ex(JSON_TEXT_DEPTH);
	if (!tok)
		return -ENOMEM;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	r = json_text_parse(tok, text, len, ret);
	json_tokener_free(tok);
	return r;
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
