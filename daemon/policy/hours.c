// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/hours.h"
#include "util/clock.h"
#include "util/util.h"

#define EVERY_DAY   0x7f
#define DAY_MINUTES (24 * 60)

static const char day_names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static int scan_day(const char **p, unsigned int *day)
{
	for (*day = 0; *day < ARRAY_SIZE(day_names); (*day)++) {
		if (!strncmp(*p, day_names[*day], 3)) {
			*p += 3;
			return 0;
		}
	}
	return -EINVAL;
}

/* "Mon" or "Fri-Mon" */
static int scan_days(const char **p, uint8_t *days)
{
	unsigned int first, last;

	if (scan_day(p, &first))
		return -EINVAL;
	last = first;
	if (**p == '-') {
		++*p;
		if (scan_day(p, &last))
			return -EINVAL;
	}
	for (unsigned int day = first;; day = (day + 1) % ARRAY_SIZE(day_names)) {
		*days |= 1u << day;
		if (day == last)
			return 0;
	}
}

static int scan_day_list(const char **p, uint8_t *days)
{
	do {
		if (scan_days(p, days))
			return -EINVAL;
	} while (*(*p)++ == ',');
	return (*p)[-1] == ' ' ? 0 : -EINVAL;
}

/* "HH:MM", up to 24:00 */
static int scan_time(const char **p, uint16_t *ret)
{
	const char *t = *p;
	unsigned int minutes;

	if (!isdigit((unsigned char)t[0]) || !isdigit((unsigned char)t[1]) || t[2] != ':' ||
	    !isdigit((unsigned char)t[3]) || !isdigit((unsigned char)t[4]) || t[3] > '5')
		return -EINVAL;
	minutes = ((t[0] - '0') * 10 + t[1] - '0') * 60 + (t[3] - '0') * 10 + t[4] - '0';
	if (minutes > DAY_MINUTES)
		return -EINVAL;
	*ret = minutes;
	*p += 5;
	return 0;
}

int hours_parse(const char *text, struct hours *ret)
{
	struct hours h = { 0 };
	const char *p = text;

	if (!strcmp(text, "any")) {
		*ret = h;
		return 0;
	}
	if (isdigit((unsigned char)*p))
		h.days = EVERY_DAY;
	else if (scan_day_list(&p, &h.days))
		return -EINVAL;
	if (scan_time(&p, &h.from) || *p++ != '-' || scan_time(&p, &h.to) || *p ||
	    h.from == DAY_MINUTES || h.from == h.to)
		return -EINVAL;
	*ret = h;
	return 0;
}

void hours_format(const struct hours *h, char *buf, size_t len)
{
	size_t at = 0;

	if (!h->days) {
		snprintf(buf, len, "any");
		return;
	}
	for (unsigned int i = 0; h->days != EVERY_DAY && i < ARRAY_SIZE(day_names); i++) {
		if (h->days & 1u << i && at < len)
			at += snprintf(buf + at, len - at, "%s%s", at ? "," : "",
				       day_names[i]);
	}
	if (at < len)
		snprintf(buf + at, len - at, "%s%02u:%02u-%02u:%02u", at ? " " : "",
			 h->from / 60, h->from % 60, h->to / 60, h->to % 60);
}

static bool has_day(const struct hours *h, int day)
{
	return h->days & 1u << day;
}

bool hours_include(const struct hours *h, uint64_t real_ns)
{
	time_t t = real_ns / NS_PER_S;
	int minutes, before;
	struct tm local;

	if (!h->days || !localtime_r(&t, &local))
		return !h->days;
	minutes = local.tm_hour * 60 + local.tm_min;
	before = (local.tm_wday + 6) % 7;
	if (h->to > h->from)
		return has_day(h, local.tm_wday) && minutes >= h->from && minutes < h->to;
	return (has_day(h, local.tm_wday) && minutes >= h->from) ||
	       (has_day(h, before) && minutes < h->to);
}
