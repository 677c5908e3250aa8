// SPDX-License-Identifier: GPL-2.0-only
#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text.h"
#include "util/utf8.h"
#include "util/util.h"
#include "watch/watch_terminal.h"

/* It has macros for capabilities with names as any other. */
#include <term.h>
#undef columns
#undef lines

#define BATCH "; pgtop watch -b prints plain text"

static SCREEN *terminal_screen;

/* What the user's terminal shows; elsewhere pgtop reckons in UTF-8. */
static bool terminal_is_utf8(void)
{
	bool is = setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8");

	setlocale(LC_CTYPE, "C.UTF-8");
	return is;
}

/* Whether the terminal called @name can move its cursor; -ENOENT: it is not known. */
static int terminal_moves(const char *name)
{
	const char *move;
	int e = 0, r;

	if (setupterm(name, STDOUT_FILENO, &e))
		return -ENOENT;
	move = tigetstr("cup");
	r = move && move != (char *)-1;
	del_curterm(cur_term);
	return r;
}

const char *watch_terminal_why_not(void)
{
	static char why[160];
	const char *name = getenv("TERM");
	int moves;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return "watch: standard input and output are not a terminal" BATCH;
	if (!name || !*name)
		return "watch: TERM does not name the terminal" BATCH;
	moves = terminal_moves(name);
	if (moves > 0)
		return NULL;
	snprintf(why, sizeof(why), "watch: the terminal '%.32s' (TERM) %s" BATCH, name,
		 moves ? "is not known here" : "cannot move its cursor");
	return why;
}

void watch_terminal_resize(struct watch_view *v)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	v->lines = MAX(LINES, 2);
	v->columns = COLS;
	text_set_columns(COLS - 1);
	clearok(curscr, TRUE);
}

static void terminal_begin_colors(struct watch_view *v, bool color)
{
	v->color = color && has_colors() && start_color() == OK;
	if (!v->color)
		return;
	use_default_colors();
	for (int i = 1; i < 8; i++)
		init_pair(i, i, -1);
}

int watch_terminal_begin(struct watch_view *v, bool color)
{
	v->utf8 = terminal_is_utf8();
	terminal_screen = newterm(NULL, stdout, stdin);
	if (!terminal_screen)
		return -ENOTTY;
	set_term(terminal_screen);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	terminal_begin_colors(v, color);
	watch_terminal_resize(v);
	return 0;
}

void watch_terminal_end(void)
{
	if (!terminal_screen)
		return;
	endwin();
	delscreen(terminal_screen);
	terminal_screen = NULL;
}

/* What ESC [ N m stands for; the sequence is @n bytes long, 0: it is none. */
static size_t terminal_attribute(const char *text)
{
	char *end;
	long code;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	code = strtol(text + 2, &end, 10);
	if (*end != 'm')
		return 0;
	if (code == 1)
		attron(A_BOLD);
	else if (code == 7)
		attron(A_REVERSE);
	else if (code > 30 && code < 38)
		attron(COLOR_PAIR(code - 30));
	else
		attrset(A_NORMAL);
	return end + 1 - text;
}

/* Not into the last column, where a terminal may go on to the next line. */
static void paint_line(int y, const char *text)
{
	int column = 0;

	attrset(A_NORMAL);
	move(y, 0);
	while (*text) {
		size_t n = terminal_attribute(text);
		char c[8];

		if (!n) {
			n = MAX(utf8_length(text), 1u);
			snprintf(c, sizeof(c), "%.*s", (int)n, text);
			column += text_width(c);
			if (column > COLS - 1)
				break;
			addstr(c);
		}
		text += n;
	}
	attrset(A_NORMAL);
	clrtoeol();
}

void watch_terminal_paint(const struct watch_lines *l)
{
	for (int y = 0; y < LINES; y++)
		paint_line(y, (size_t)y < l->n ? l->lines[y] : "");
	refresh();
}

int watch_terminal_key(void)
{
	static const struct {
		int theirs, ours;
	} keys[] = {
		{ KEY_UP, WATCH_UP },		{ KEY_DOWN, WATCH_DOWN },
		{ KEY_PPAGE, WATCH_PAGE_UP },	{ KEY_NPAGE, WATCH_PAGE_DOWN },
		{ KEY_HOME, WATCH_HOME },	{ KEY_END, WATCH_END },
		{ KEY_ENTER, WATCH_ENTER },	{ '\n', WATCH_ENTER },
		{ '\r', WATCH_ENTER },		{ 27, WATCH_BACK },
		{ KEY_LEFT, WATCH_BACK },	{ KEY_RIGHT, WATCH_ENTER },
		{ KEY_BACKSPACE, WATCH_ERASE }, { 8, WATCH_ERASE },
		{ 127, WATCH_ERASE },
	};
	int c = getch();

	if (c == ERR)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].theirs == c)
			return keys[i].ours;
	}
	return c > 0 && c < 0x7f ? c : 0;
}
