/* SPDX-License-Identifier: GPL-2.0-only */
/* json_text.h - JSON from outside, within limits */
#ifndef PGTOP_JSON_TEXT_H
#define PGTOP_JSON_TEXT_H

#include <stddef.h>

struct json_object;

/**
 * json_text_read - parse @text (not NUL-terminated), which holds one value and nothing else
 * @nodes_max: how many values it may hold, about; each takes some 60 bytes when parsed
 *
 * What is read is JSON as RFC 8259 has it, as far as json-c is strict, but for text, which may
 * be any bytes: records hold names as they are.  Returns 0 with @ret, released by
 * json_object_put(), -EBADMSG (no JSON, or more than one value), -E2BIG (too many values, or
 * more than JSON_TEXT_DEPTH levels) or -ENOMEM.
 */
int json_text_read(const char *text, size_t len, size_t nodes_max, struct json_object **ret);

#define JSON_TEXT_DEPTH 16

/** json_member - @o's member @name, owned by @o; NULL if it has none, or is no object */
struct json_object *json_member(struct json_object *o, const char *name);
/** json_text_member - the text of @o's member @name, owned by @o; NULL if it has no such text
 */
const char *json_text_member(struct json_object *o, const char *name);

#endif
