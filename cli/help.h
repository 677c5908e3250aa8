/* SPDX-License-Identifier: GPL-2.0-only */
/* help.h - pgtop --help and pgtop COMMAND --help */
#ifndef PGTOP_HELP_H
#define PGTOP_HELP_H

#include "cli.h"

/** help_print - print the help of @command, or of pgtop (NULL); an exit code */
int help_print(const struct cli_command *command);

#endif
