// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "util/util.h"
#include "watch/watch_view.h"

enum snapshot_table_id watch_view_list(const struct watch_view *v)
{
	return v->list == WATCH_CGROUPS ? TABLE_CGROUP : TABLE_PROCESS;
}

void watch_view_apply(const struct watch_view *v, struct screen *s)
{
	s->sort = *v->sort ? v->sort : NULL;
	s->reverse = v->reverse;
	s->filter = *v->filter ? v->filter : NULL;
	s->cgroup = *v->cgroup ? v->cgroup : NULL;
}

static const char *row_title(const struct row *r)
{
	return r->label[0] ? r->label[0] : "?";
}

static void view_mark(struct watch_view *v, const struct screen_rows *r, size_t at)
{
	v->any = r->n > 0;
	v->at = r->n ? MIN(at, r->n - 1) : 0;
	if (!v->any)
		return;
	v->key = r->rows[v->at]->key;
	snprintf(v->name, sizeof(v->name), "%s", row_title(r->rows[v->at]));
}

static void view_show_mark(struct watch_view *v, size_t n)
{
	if (v->at < v->first)
		v->first = v->at;
	if (v->room && v->at >= v->first + v->room)
		v->first = v->at - v->room + 1;
	if (v->first + v->room > n)
		v->first = n > v->room ? n - v->room : 0;
}

void watch_view_follow(struct watch_view *v, const struct screen_rows *r)
{
	size_t i = 0;

	while (v->chosen && i < r->n && r->rows[i]->key != v->key)
		i++;
	v->chosen = v->chosen && i < r->n;
	view_mark(v, r, v->chosen ? i : v->at);
	view_show_mark(v, r->n);
}

static void view_go(struct watch_view *v, enum watch_page page)
{
	v->page = page;
	v->scroll = 0;
	if (page == WATCH_PROCESSES || page == WATCH_CGROUPS) {
		if (v->list != page) {
			v->chosen = v->any = false;
			v->at = v->first = 0;
		}
		v->list = page;
	}
}

static bool view_is_list(const struct watch_view *v)
{
	return v->page == WATCH_PROCESSES || v->page == WATCH_CGROUPS;
}

static size_t moved(size_t at, int key, size_t page)
{
	switch (key) {
	case WATCH_UP:
		return at ? at - 1 : 0;
	case WATCH_DOWN:
		return at + 1;
	case WATCH_PAGE_UP:
		return at > page ? at - page : 0;
	case WATCH_PAGE_DOWN:
		return at + page;
	case WATCH_HOME:
		return 0;
	default:
		return SIZE_MAX / 2;
	}
}

static void view_move(struct watch_view *v, int key, const struct screen_rows *r)
{
	size_t page = MAX(v->room, 1u);

	if (view_is_list(v)) {
		view_mark(v, r, moved(v->at, key, page));
		v->chosen = v->any;
		view_show_mark(v, r->n);
	} else {
		v->scroll = moved(v->scroll, key, page); /* the layout knows where it ends */
	}
}

/* Back one step: what is typed, the page, the cgroup, the filter. */
static void view_back(struct watch_view *v)
{
	if (!view_is_list(v))
		view_go(v, v->list);
	else if (*v->cgroup) {
		*v->cgroup = '\0';
		view_go(v, WATCH_CGROUPS);
	} else {
		*v->filter = '\0';
	}
}

static enum watch_action view_enter(struct watch_view *v)
{
	if (!view_is_list(v) || !v->any)
		return WATCH_NOTHING;
	if (v->list == WATCH_CGROUPS) {
		snprintf(v->cgroup, sizeof(v->cgroup), "%s", v->name);
		view_go(v, WATCH_PROCESSES);
		return WATCH_NOTHING;
	}
	v->pid = v->key;
	view_go(v, WATCH_PROCESS);
	return WATCH_OPEN;
}

static void view_sort(struct watch_view *v, const struct screen_rows *r, int step)
{
	const char *column = screen_rows_next(r, step);

	if (column)
		snprintf(v->sort, sizeof(v->sort), "%s", column);
	v->first = 0;
}

static void view_begin_entry(struct watch_view *v, enum watch_entry entry)
{
	v->entry = entry;
	*v->typed = '\0';
}

/* ASCII is enough to tell names apart. */
static void view_type(struct watch_view *v, int key)
{
	size_t at = strlen(v->typed);

	if (key == WATCH_ERASE && at) {
		v->typed[at - 1] = '\0';
	} else if (key >= ' ' && key < 0x7f && at + 1 < sizeof(v->typed)) {
		v->typed[at] = key;
		v->typed[at + 1] = '\0';
	}
}

static enum watch_action view_end_entry(struct watch_view *v)
{
	enum watch_entry entry = v->entry;

	v->entry = WATCH_NO_ENTRY;
	if (entry == WATCH_TIME)
		return *v->typed ? WATCH_JUMP : WATCH_NOTHING;
	snprintf(v->filter, sizeof(v->filter), "%s", v->typed);
	v->first = 0;
	return WATCH_NOTHING;
}

static enum watch_action view_entry_key(struct watch_view *v, int key)
{
	if (key == WATCH_ENTER)
		return view_end_entry(v);
	if (key == WATCH_BACK)
		v->entry = WATCH_NO_ENTRY;
	else
		view_type(v, key);
	return WATCH_NOTHING;
}

static enum watch_action view_time_key(struct watch_view *v, int key)
{
	if (!v->record) {
		snprintf(v->message, sizeof(v->message),
			 "'%c' steps through a record: pgtop watch --replay FILE", key);
		return WATCH_NOTHING;
	}
	if (key == 'j')
		view_begin_entry(v, WATCH_TIME);
	return key == 't' ? WATCH_STEP : key == 'T' ? WATCH_STEP_BACK : WATCH_NOTHING;
}

/* From a page to the same page: back to the list. */
static void view_toggle(struct watch_view *v, enum watch_page page)
{
	view_go(v, v->page == page ? v->list : page);
}

static enum watch_action view_letter(struct watch_view *v, int key,
				     const struct screen_rows *r)
{
	switch (key) {
	case 'q':
		return WATCH_QUIT;
	case 'w':
		return WATCH_SAVE;
	case 't':
	case 'T':
	case 'j':
		return view_time_key(v, key);
	case 'c':
		*v->cgroup = '\0';
		view_go(v, v->list == WATCH_CGROUPS && view_is_list(v) ? WATCH_PROCESSES
								       : WATCH_CGROUPS);
		break;
	case 'k':
		view_toggle(v, WATCH_KERNEL);
		break;
	case '!':
		view_toggle(v, WATCH_LACKS);
		break;
	case '?':
	case 'h':
		view_toggle(v, WATCH_HELP);
		break;
	case '/':
		view_go(v, v->list);
		view_begin_entry(v, WATCH_FILTER);
		break;
	case '<':
	case '>':
		view_sort(v, r, key == '<' ? -1 : 1);
		break;
	case 'R':
		v->reverse = !v->reverse;
		break;
	case ' ':
		v->paused = !v->paused;
		break;
	}
	return WATCH_NOTHING;
}

enum watch_action watch_view_key(struct watch_view *v, int key, const struct screen_rows *r)
{
	if (v->entry)
		return view_entry_key(v, key);
	*v->message = '\0';
	if (key == WATCH_ENTER)
		return view_enter(v);
	if (key == WATCH_BACK || key == WATCH_ERASE)
		view_back(v);
	else if (key >= WATCH_UP && key <= WATCH_END)
		view_move(v, key, r);
	else
		return view_letter(v, key, r);
	return WATCH_NOTHING;
}
