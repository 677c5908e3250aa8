// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "pgtop/control.h"
#include "server/request.h"
#include "util/util.h"

#define TEXT(x)	 TEXT_(x)
#define TEXT_(x) #x

static const struct command {
	const char *name;
	bool changes;
	int (*take)(struct json_object *json, struct request *r, const char **why);
} commands[REQUEST_COMMANDS];

/* A whole number that is not negative; json-c makes numbers of strings otherwise. */
static int take_u64(struct json_object *json, const char *name, uint64_t *ret)
{
	struct json_object *member;

	if (!json_object_object_get_ex(json, name, &member))
		return -ENOENT;
	if (!json_object_is_type(member, json_type_int) || json_object_get_int64(member) < 0)
		return -EINVAL;
	*ret = json_object_get_uint64(member);
	return 0;
}

static int take_log(struct json_object *json, struct request *r, const char **why)
{
	int err;

	r->n = REQUEST_LOG_DEFAULT;
	err = take_u64(json, "n", &r->n);
	if (err != -EINVAL)
		return 0;
	*why = "n is not a whole number";
	return err;
}

static int take_why(struct json_object *json, struct request *r, const char **why)
{
	if (!take_u64(json, "id", &r->id))
		return 0;
	*why = "why needs the id of a decision, a whole number";
	return -EINVAL;
}

static int take_snapshot_walk(struct json_object *json, struct request *r, const char **why)
{
	struct json_object *member;

	if (!json_object_object_get_ex(json, "walk", &member))
		return 0;
	*why = "walk is true or false";
	if (!json_object_is_type(member, json_type_boolean))
		return -EINVAL;
	r->no_walk = !json_object_get_boolean(member);
	return 0;
}

/* A text that is not empty and fits; -ENOENT: there is no such member. */
static int take_word(struct json_object *json, const char *name, char *buf, size_t room)
{
	struct json_object *member;
	size_t len;

	if (!json_object_object_get_ex(json, name, &member))
		return -ENOENT;
	if (!json_object_is_type(member, json_type_string))
		return -EINVAL;
	len = json_object_get_string_len(member);
	if (!len || len >= room || len != strlen(json_object_get_string(member)))
		return -EINVAL;
	memcpy(buf, json_object_get_string(member), len + 1);
	return 0;
}

static int take_lever(struct json_object *json, struct request *r, const char **why)
{
	*why = "hold and release need the name of a lever";
	return take_word(json, "lever", r->lever, sizeof(r->lever)) ? -EINVAL : 0;
}

/* Only a name that a segment can have: it is looked for in a directory. */
static int take_history(struct json_object *json, struct request *r, const char **why)
{
	int err = take_word(json, "segment", r->segment, sizeof(r->segment));
	struct segment s;

	*why = "segment is not the name of one";
	if (err == -ENOENT)
		return 0;
	if (err || segment_parse(r->segment, &s))
		return -EINVAL;
	*why = "offset is not a whole number";
	return take_u64(json, "offset", &r->offset) ? -EINVAL : 0;
}

static const struct command commands[REQUEST_COMMANDS] = {
	[REQUEST_STATUS] = { "status", false, NULL },
	[REQUEST_LOG] = { "log", false, take_log },
	[REQUEST_WHY] = { "why", false, take_why },
	[REQUEST_HOLD] = { "hold", true, take_lever },
	[REQUEST_RELEASE] = { "release", true, take_lever },
	[REQUEST_SNAPSHOT] = { "snapshot", false, take_snapshot_walk },
	[REQUEST_METRICS] = { "metrics", false, NULL },
	[REQUEST_HISTORY] = { "history", false, take_history },
};

bool request_changes(enum request_command command)
{
	return commands[command].changes;
}

static int take_command(struct json_object *json, struct request *r, const char **why)
{
	struct json_object *member;
	const char *name = "";

	if (json_object_object_get_ex(json, "cmd", &member) &&
	    json_object_is_type(member, json_type_string))
		name = json_object_get_string(member);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(name, commands[i].name))
			continue;
		r->command = i;
		return commands[i].take ? commands[i].take(json, r, why) : 0;
	}
	*why = "unknown cmd; expected status, log, why, hold, release, snapshot, metrics or "
	       "history";
	return -EINVAL;
}

static int take_object(struct json_object *json, struct request *ret, const char **why)
{
	struct request r = { 0 };
	uint64_t version;
	int err;

	if (take_u64(json, "v", &version) || version != CONTROL_VERSION) {
		*why = "this pgtopd speaks version " TEXT(CONTROL_VERSION);
		return -EPROTONOSUPPORT;
	}
	err = take_command(json, &r, why);
	if (!err)
		*ret = r;
	return err;
}

int request_parse(const char *line, size_t len, struct request *ret, const char **why)
{
	struct json_tokener *tokener = json_tokener_new_ex(8);
	struct json_object *json = NULL;
	int r = -EBADMSG;

	while (len && strchr(" \t\r", line[len - 1]) && line[len - 1])
		len--;
	*why = tokener ? "the request is not a line of JSON" : "out of memory";
	if (tokener && !memchr(line, '\0', len)) {
		json_tokener_set_flags(tokener,
				       JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		json = json_tokener_parse_ex(tokener, line, len);
		/* An object is complete with its brace; what follows it is refused. */
		if (json_tokener_get_error(tokener) == json_tokener_success &&
		    json_object_is_type(json, json_type_object))
			r = take_object(json, ret, why);
	}
	json_object_put(json);
	if (tokener)
		json_tokener_free(tokener);
	return r;
}
