// SPDX-License-Identifier: GPL-2.0-only
/* The screen that fits the terminal: a line or two a subject, then as many processes as fit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "screen/screen.h"
#include "util/util.h"

#define ROWS_LEAST 3 /* of processes, however many lines the rest takes */
#define CAUSES	   2 /* why something is not measured; one where there is less room */

/* Figures are cut between two of them, words anywhere: --all has the rest. */
static void brief_print(void *arg, const struct screen_line *l)
{
	const struct screen *s = arg;
	int width = text_columns() - SCREEN_LABEL_WIDTH;
	char fit[sizeof(l->text)];

	if (l->words)
		text_cut(l->text, width, fit, sizeof(fit));
	else
		text_cut_list(l->text, width, fit, sizeof(fit));
	fprintf(s->out, "%-*s%s\n", SCREEN_LABEL_WIDTH, l->label, fit);
}

static void brief_above(const struct screen *s)
{
	screen_machine(s);
	screen_source(s);
	fputc('\n', s->out);
	screen_subjects(s, brief_print, (void *)s);
}

static void brief_below(const struct screen *s)
{
	screen_policy_line(s);
	screen_lacks_counted(s, s->causes);
}

/* Run @part with its output in @ret, owned by the caller; counts its lines.  -1: no memory. */
static int brief_lines(const struct screen *s, void (*part)(const struct screen *), char **ret)
{
	struct screen to_memory = *s;
	size_t len = 0;
	int lines = 0;

	*ret = NULL;
	to_memory.out = open_memstream(ret, &len);
	if (!to_memory.out)
		return -1;
	part(&to_memory);
	if (fclose(to_memory.out))
		return -1;
	for (size_t i = 0; i < len; i++)
		lines += (*ret)[i] == '\n';
	return lines;
}

/* A heading with a blank line above it, the titles, and the prompt that follows. */
#define LINES_AROUND 4

void screen_brief(const struct screen *s)
{
	_cleanup_free_ char *above = NULL, *below = NULL;
	struct screen part = *s;
	int before = brief_lines(s, brief_above, &above), after, room;

	part.causes = CAUSES + 1;
	do {
		part.causes--;
		free(below);
		after = brief_lines(&part, brief_below, &below);
		room = s->lines - before - after - LINES_AROUND;
	} while (before >= 0 && after >= 0 && room < ROWS_LEAST && part.causes > 1);
	if (before < 0 || after < 0) {
		*s->error = -ENOMEM;
		return;
	}
	fputs(above, s->out);
	if (s->fill)
		part.rows = MAX(room, ROWS_LEAST);
	if (!screen_processes(&part))
		screen_cgroups(&part);
	fputs(below, s->out);
}
