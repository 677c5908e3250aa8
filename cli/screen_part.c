// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "screen_part.h"

const struct value *field(const struct snapshot *s, enum snapshot_field_id id)
{
	static const struct value unknown;

	return s ? &s->field[id] : &unknown;
}

const char *field_rate(const struct screen *s, enum snapshot_field_id id, char *buf)
{
	return text_rate(field(s->delta, id), s->delta ? s->delta->interval_ns : 0, buf);
}

const char *row_rate(const struct screen *s, enum snapshot_table_id id, const struct row *r,
		     const char *column, char *buf)
{
	const struct table *t = s->delta ? &s->delta->table[id] : NULL;
	const struct row *d = t ? table_find(t, r->key, r->label[0]) : NULL;
	struct value v = d ? row_get(t, d, column) : (struct value){ 0 };

	return text_rate(&v, s->delta ? s->delta->interval_ns : 0, buf);
}

void append(char *line, size_t len, const char *before, const char *text)
{
	size_t at = strlen(line);

	if (text)
		snprintf(line + at, len - at, "%s%s%s", at ? ", " : "", before, text);
}
