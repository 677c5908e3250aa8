/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json_member.h - members of a JSON object that came from outside
 *
 * All return 0, -ENOENT (@json, which may be NULL, has no such member) or -EBADMSG (it has the
 * wrong type or is out of range; json-c would convert it).  @ret is untouched on failure.
 */
#ifndef PGTOPD_JSON_MEMBER_H
#define PGTOPD_JSON_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/** json_member_u64 - a whole number from 0 to @max */
int json_member_u64(struct json_object *json, const char *name, uint64_t max, uint64_t *ret);
/** json_member_double - a number from @min to @max */
int json_member_double(struct json_object *json, const char *name, double min, double max,
		       double *ret);
/** json_member_flag - true or false */
int json_member_flag(struct json_object *json, const char *name, bool *ret);
/** json_member_text - a string shorter than @len, without NUL */
int json_member_text(struct json_object *json, const char *name, char *ret, size_t len);

/** optional - the member may be missing: what member_...() returned, but 0 for -ENOENT */
int json_member_optional(int r);

#endif
