// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "host/cpustat.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

#define NS_PER_S 1000000000ull

enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, COLUMNS };

static const struct mode {
	const char *name;
	bool counts[COLUMNS];
} modes[] = {
	{ "user", { [USER] = true, [NICE] = true } },
	{ "kernel", { [SYSTEM] = true, [IRQ] = true, [SOFTIRQ] = true } },
};

static const struct mode *mode_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	}
	return NULL;
}

/* The ticks of @m in the columns at @p. */
static int sum_ticks(const char *p, const struct mode *m, uint64_t *ret)
{
	uint64_t n, sum = 0;

	for (int i = 0; i < COLUMNS; i++) {
		if (scan_u64(&p, 10, &n) || (*p && *p != ' ' && *p != '\n'))
			return -EBADMSG;
		if (m->counts[i] && __builtin_add_overflow(sum, n, &sum))
			return -EBADMSG;
	}
	*ret = sum;
	return 0;
}

int cpustat_ns(const char *text, const char *mode, uint64_t *ret)
{
	const struct mode *m = mode_named(mode);
	uint64_t ticks, hz = sysconf(_SC_CLK_TCK);
	int r = -ENOENT;

	if (!m)
		return -EINVAL;
	for (const char *p = text; *p && r == -ENOENT; p = line_after(p)) {
		if (!strncmp(p, "cpu ", 4))
			r = sum_ticks(p + 4, m, &ticks);
	}
	/* USER_HZ is 100 or 1024: not always a whole number of nanoseconds. */
	if (!r && ticks / hz >= UINT64_MAX / NS_PER_S)
		r = -EBADMSG;
	if (!r)
		*ret = ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;
	return r;
}
