// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "util/clock.h"
#include "util/number.h"
#include "util/util.h"
#include "when.h"

/* Shorter numbers are years or clock times that somebody has not finished. */
#define SECONDS_DIGITS 9
#define SECONDS_MAX    UINT64_C(9000000000)

static int when_seconds(const char *text, uint64_t *ret)
{
	const char *digits = text + (*text == '@');
	uint64_t s;

	if (strspn(digits, "0123456789") != strlen(digits) ||
	    (digits == text && strlen(digits) < SECONDS_DIGITS) ||
	    parse_u64(digits, 10, SECONDS_MAX, &s))
		return -EINVAL;
	*ret = s;
	return 0;
}

static int when_ago(const char *text, uint64_t now_s, uint64_t *ret)
{
	const char *p = text + (*text == '-');
	uint64_t s;

	if (!isdigit((unsigned char)*p) || !isalpha((unsigned char)p[strlen(p) - 1]) ||
	    parse_duration(p, &s) || s > now_s)
		return -EINVAL;
	*ret = now_s - s;
	return 0;
}

/* What mktime() has to correct is no time of the calendar, or was left out by the clock. */
static int when_make(struct tm tm, uint64_t *ret)
{
	struct tm given = tm;
	time_t t = mktime(&tm);

	if (t < 0 || tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon ||
	    tm.tm_hour != given.tm_hour || tm.tm_min != given.tm_min)
		return -EINVAL;
	*ret = t;
	return 0;
}

/* The forms of local times, and what they leave out. */
static const struct {
	const char *form;
	unsigned int without;
} forms[] = {
	{ "%H:%M", WHEN_NO_DATE },     { "%H:%M:%S", WHEN_NO_DATE },
	{ "%Y-%m-%d", WHEN_NO_CLOCK }, { "%Y-%m-%d %H:%M", 0 },
	{ "%Y-%m-%d %H:%M:%S", 0 },    { "%Y-%m-%dT%H:%M", 0 },
	{ "%Y-%m-%dT%H:%M:%S", 0 },
};

int when_local(const char *text, unsigned int without, uint64_t day_s, uint64_t *ret)
{
	time_t day = day_s;
	struct tm tm;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const char *end;

		if ((forms[i].without & without) != forms[i].without)
			continue;
		if (!localtime_r(&day, &tm))
			return -EINVAL;
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		tm.tm_isdst = -1;
		end = strptime(text, forms[i].form, &tm);
		if (end && !*end)
			return when_make(tm, ret);
	}
	return -EINVAL;
}

/* A time of the day that is still to come was yesterday's. */
static int when_past(const char *text, uint64_t now_s, uint64_t *ret)
{
	uint64_t at;

	if (when_local(text, WHEN_NO_DATE, now_s, &at) || at > now_s)
		return when_local(text, WHEN_NO_DATE, now_s - DAY_S, ret);
	*ret = at;
	return 0;
}

int when_parse(const char *text, uint64_t now_s, uint64_t *ret)
{
	if (!when_seconds(text, ret) || !when_ago(text, now_s, ret))
		return 0;
	return when_past(text, now_s, ret);
}

const char *when_text(uint64_t real_ns, char buf[WHEN_LEN])
{
	time_t t = real_ns / NS_PER_S;
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(buf, WHEN_LEN, "%F %T %Z", &tm))
		snprintf(buf, WHEN_LEN, "-");
	return buf;
}
