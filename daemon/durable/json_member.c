// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "durable/json_member.h"

static int json_member_find(struct json_object *json, const char *name, json_type type,
			    struct json_object **ret)
{
	if (!json_object_object_get_ex(json, name, ret))
		return -ENOENT;
	return json_object_is_type(*ret, type) ? 0 : -EBADMSG;
}

int json_member_u64(struct json_object *json, const char *name, uint64_t max, uint64_t *ret)
{
	struct json_object *o;
	int r = json_member_find(json, name, json_type_int, &o);

	if (r)
		return r;
	if (json_object_get_int64(o) < 0 || json_object_get_uint64(o) > max)
		return -EBADMSG;
	*ret = json_object_get_uint64(o);
	return 0;
}

int json_member_double(struct json_object *json, const char *name, double min, double max,
		       double *ret)
{
	struct json_object *o;
	double n;
	int r = json_member_find(json, name, json_type_double, &o);

	/* 3 is a number, too. */
	if (r == -EBADMSG)
		r = json_member_find(json, name, json_type_int, &o);
	if (r)
		return r;
	n = json_object_get_double(o);
	if (!(n >= min && n <= max))
		return -EBADMSG;
	*ret = n;
	return 0;
}

int json_member_flag(struct json_object *json, const char *name, bool *ret)
{
	struct json_object *o;
	int r = json_member_find(json, name, json_type_boolean, &o);

	if (!r)
		*ret = json_object_get_boolean(o);
	return r;
}

int json_member_text(struct json_object *json, const char *name, char *ret, size_t len)
{
	struct json_object *o;
	const char *text;
	size_t n;
	int r = json_member_find(json, name, json_type_string, &o);

	if (r)
		return r;
	text = json_object_get_string(o);
	n = json_object_get_string_len(o);
	if (n >= len || strlen(text) != n)
		return -EBADMSG;
	memcpy(ret, text, n + 1);
	return 0;
}

int json_member_optional(int r)
{
	return r == -ENOENT ? 0 : r;
}
