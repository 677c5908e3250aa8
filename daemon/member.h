/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * member.h - members of a JSON object that came from outside
 *
 * All return 0, -ENOENT (@json, which may be NULL, has no such member) or -EBADMSG (it has the
 * wrong type or is out of range; json-c would convert it).  @ret is untouched on failure.
 */
#ifndef PGTOPD_MEMBER_H
#define PGTOPD_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/** member_u64 - a whole number from 0 to @max */
int member_u64(struct json_object *json, const char *name, uint64_t max, uint64_t *ret);
/** member_double - a number from @min to @max */
int member_double(struct json_object *json, const char *name, double min, double max,
		  double *ret);
/** member_flag - true or false */
int member_flag(struct json_object *json, const char *name, bool *ret);
/** member_text - a string shorter than @len, without NUL */
int member_text(struct json_object *json, const char *name, char *ret, size_t len);

/** optional - the member may be missing: what member_...() returned, but 0 for -ENOENT */
int optional(int r);

#endif
