/* SPDX-License-Identifier: GPL-2.0-only */
/* option_table.h - every option of pgtop: which commands take it, what it does */
#ifndef PGTOP_OPTION_TABLE_H
#define PGTOP_OPTION_TABLE_H

#include "cli.h"

enum option_repeat {
	REPEAT_LAST, /* the last one counts */
	REPEAT_ADDS, /* all of them count */
	REPEAT_NOT,  /* one only */
};

struct cli_option {
	char letter; /* 0: none */
	const char *name;
	const char *value;     /* what its value is called; NULL: it takes none */
	unsigned int commands; /* CMD_ bits: the others refuse it */
	enum option_repeat repeat;
	const char *help;
	/* Take the value; an exit code, having reported what is wrong with it. */
	int (*set)(struct cli_options *o, const char *value);
};

/** cli_option_table - by enum cli_option_id; pgtop(8) and the completion are tested against it
 */
extern const struct cli_option cli_option_table[OPT_MAX];

/** cli_option_help - what option @id does in @command (NULL: in general) */
const char *cli_option_help(enum cli_option_id id, const struct cli_command *command);

#endif
