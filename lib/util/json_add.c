// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "util/json_add.h"
#include "util/utf8.h"

static struct json_object *new_mended(const char *text)
{
	struct json_object *o = NULL;
	char *mended = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&mended, &len);

	if (!f)
		return NULL;
	while (*text) {
		size_t n;
		const char *c = utf8_next(&text, &n);

		fwrite(c, 1, n, f);
	}
	if (!fclose(f))
		o = json_object_new_string(mended);
	free(mended);
	return o;
}

struct json_object *json_new_text(const char *text)
{
	return utf8_valid(text) ? json_object_new_string(text) : new_mended(text);
}

void json_add_text(struct json_object *o, const char *name, const char *text)
{
	if (text && *text)
		json_object_object_add(o, name, json_new_text(text));
}

void json_add_u64(struct json_object *o, const char *name, uint64_t n)
{
	json_object_object_add(o, name, json_object_new_uint64(n));
}

void json_add_hex(struct json_object *o, const char *name, uint64_t n)
{
	char hex[32];

	snprintf(hex, sizeof(hex), "%#" PRIx64, n);
	json_object_object_add(o, name, json_object_new_string(hex));
}

void json_add_double(struct json_object *o, const char *name, double n)
{
	if (isfinite(n))
		json_object_object_add(o, name, json_object_new_double(n));
}

struct json_object *json_unavailable(const char *why)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "unavailable", json_new_text(why));
	return o;
}
