/* SPDX-License-Identifier: GPL-2.0-only */
/* watch_terminal.h - a terminal that shows lines and gives keys: the only user of ncurses */
#ifndef PGTOP_WATCH_TERMINAL_H
#define PGTOP_WATCH_TERMINAL_H

#include "watch/watch_layout.h"

/** watch_terminal_why_not - why watch cannot use the terminal, a sentence; NULL: it can */
const char *watch_terminal_why_not(void);

/**
 * watch_terminal_begin - take the terminal of standard input and output
 * @color: use colours, if it has any
 *
 * Returns 0 or -ENOTTY.  Its size and what it can show are in @v.
 */
int watch_terminal_begin(struct watch_view *v, bool color);
/** watch_terminal_end - give it back as it was; also when it was not taken */
void watch_terminal_end(void);
/** watch_terminal_resize - look how large it is now */
void watch_terminal_resize(struct watch_view *v);
/** watch_terminal_paint - show @l */
void watch_terminal_paint(const struct watch_lines *l);
/** watch_terminal_key - a key that was pressed, see watch_view_key(); -1: none */
int watch_terminal_key(void);

#endif
