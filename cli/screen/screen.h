/* SPDX-License-Identifier: GPL-2.0-only */
/* screen.h - the one-shot screen */
#ifndef PGTOP_SCREEN_H
#define PGTOP_SCREEN_H

#include "screen/screen_part.h"

/**
 * screen_print - what fits into s->lines, or all sections, top to bottom
 *
 * Returns 0 or -ENOMEM: some are incomplete.
 */
int screen_print(const struct screen *s);

#endif
