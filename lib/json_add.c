// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include <json-c/json.h>

#include "json_add.h"

void json_add_text(struct json_object *o, const char *name, const char *text)
{
	if (text && *text)
		json_object_object_add(o, name, json_object_new_string(text));
}

void json_add_u64(struct json_object *o, const char *name, uint64_t n)
{
	json_object_object_add(o, name, json_object_new_uint64(n));
}

void json_add_double(struct json_object *o, const char *name, double n)
{
	if (isfinite(n))
		json_object_object_add(o, name, json_object_new_double(n));
}

struct json_object *json_unavailable(const char *why)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "unavailable", json_object_new_string(why));
	return o;
}
