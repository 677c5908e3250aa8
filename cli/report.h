/* SPDX-License-Identifier: GPL-2.0-only */
/* report.h - one look at a machine, on the screen or as JSON */
#ifndef PGTOP_REPORT_H
#define PGTOP_REPORT_H

#include "cli.h"
#include "screen/screen.h"

/** report_begin - a screen as @o wants it, without data */
struct screen report_begin(const struct cli_options *o);

/**
 * report_print - @s as a screen or, with --json, as JSON
 * @flags: of json-c, how JSON is printed
 *
 * Returns an exit code; what is wrong has been told.
 */
int report_print(const struct cli_options *o, const struct screen *s, int flags);

#endif
