/* SPDX-License-Identifier: GPL-2.0-only */
/* options.h - the command line */
#ifndef PGTOP_OPTIONS_H
#define PGTOP_OPTIONS_H

#include "cli.h"

/**
 * cli_parse - the command, its options and operands from @argc, @argv
 *
 * Options may stand before the command.  What the command does not take is refused.
 *
 * Returns 0 with @o filled (release with cli_done()), or -1 with the exit code in
 * @code after --help, --version or an error that has been reported.
 */
int cli_parse(int argc, char **argv, struct cli_options *o, int *code);
void cli_done(struct cli_options *o);

#endif
