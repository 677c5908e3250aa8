/* SPDX-License-Identifier: GPL-2.0-only */
/* watch_view.h - what the live screen shows, and what keys do to it (pure) */
#ifndef PGTOP_WATCH_VIEW_H
#define PGTOP_WATCH_VIEW_H

#include "screen/screen_rows.h"

enum watch_page {
	WATCH_PROCESSES,
	WATCH_CGROUPS,
	WATCH_PROCESS, /* one of them */
	WATCH_KERNEL,
	WATCH_LACKS,
	WATCH_HELP,
};

/* Keys that are no character. */
enum watch_key {
	WATCH_UP = 0x110000,
	WATCH_DOWN,
	WATCH_PAGE_UP,
	WATCH_PAGE_DOWN,
	WATCH_HOME,
	WATCH_END,
	WATCH_ENTER,
	WATCH_BACK, /* Escape */
	WATCH_ERASE,
};

/* What is left to do for who calls watch_view_key(). */
enum watch_action {
	WATCH_NOTHING,
	WATCH_QUIT,
	WATCH_OPEN, /* walk the process view->pid */
	WATCH_SAVE,
	WATCH_STEP, /* to the snapshot that follows */
	WATCH_STEP_BACK,
	WATCH_JUMP, /* to the time in view->typed */
};

enum watch_entry {
	WATCH_NO_ENTRY,
	WATCH_FILTER,
	WATCH_TIME,
};

struct watch_view {
	int lines, columns;
	bool color, utf8;
	bool record;		    /* its snapshots do not go on by themselves */
	enum watch_page page, list; /* list: the one that Escape goes back to */
	char sort[48];		    /* "": choose */
	bool reverse, paused;
	char filter[64];
	char cgroup[256]; /* of which processes are listed; "": of all */
	size_t at, first; /* places of the marked row and of the first one shown */
	bool any;	  /* there is a marked row: */
	uint64_t key;
	char name[256]; /* its label, as much as fits */
	bool chosen;	/* by a key: the mark follows the row, else it stays in its place */
	size_t room;	/* rows or lines that fit, as laid out last */
	uint64_t pid;	/* of WATCH_PROCESS */
	size_t scroll;	/* lines of text above the page */
	enum watch_entry entry;
	char typed[64];
	char message[512]; /* for the last line; "": keys are told there */
};

/** watch_view_list - the table that the list shows */
enum snapshot_table_id watch_view_list(const struct watch_view *v);

/** watch_view_apply - let @s show what @v wants: sort, filter, cgroup */
void watch_view_apply(const struct watch_view *v, struct screen *s);

/**
 * watch_view_follow - mark a row of @r: the chosen one, wherever it is now
 *
 * If it is gone, the row in its place is marked.
 */
void watch_view_follow(struct watch_view *v, const struct screen_rows *r);

/**
 * watch_view_key - a key was pressed
 * @key: a character of Unicode, or enum watch_key; @r: rows of the list as shown
 */
enum watch_action watch_view_key(struct watch_view *v, int key, const struct screen_rows *r);

#endif
