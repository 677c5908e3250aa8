// SPDX-License-Identifier: GPL-2.0-only
#include "util/json_text.h"
#include "policy_text.h"
#include "screen/screen_part.h"

#define DECISIONS_SHOWN 3

void screen_source(const struct screen *s)
{
	if (s->source)
		text_item(s->out, "       ", 7, s->source);
}

void screen_policy_line(const struct screen *s)
{
	const char *mode = json_text_member(s->status, "mode");
	char line[96];

	if (!s->status)
		return;
	snprintf(line, sizeof(line), "\npgtopd       mode %s; see pgtop policy\n",
		 mode ? mode : TEXT_UNKNOWN);
	fputs(line, s->out);
}

void screen_policy(const struct screen *s)
{
	const char *mode = json_text_member(s->status, "mode");
	char title[64];

	if (!s->status)
		return;
	snprintf(title, sizeof(title), "pgtopd, mode %s (pgtop policy tells more)",
		 mode ? mode : TEXT_UNKNOWN);
	text_heading(s->out, s->color, text_clean(title));
	policy_print_levers(s->out, json_member(s->status, "levers"));
	policy_print_decisions(s->out, s->decisions, DECISIONS_SHOWN);
}
