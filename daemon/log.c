// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "util/number.h"

/* $JOURNAL_STREAM holds device and inode of the journal's end (systemd.exec(5)). */
bool log_to_journal(void)
{
	const char *p = getenv("JOURNAL_STREAM");
	uint64_t dev, ino;
	struct stat st;

	if (!p || scan_u64(&p, 10, &dev) || *p++ != ':' || scan_u64(&p, 10, &ino) || *p)
		return false;
	return !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

void log_format(char text[LOG_LINE], const char *fmt, va_list ap)
{
	vsnprintf(text, LOG_LINE, fmt, ap);
	for (char *p = text; *p; p++) {
		if (iscntrl((unsigned char)*p))
			*p = '?';
	}
}

static void log_put(enum log_level level, const char *text)
{
	if (log_to_journal())
		fprintf(stderr, "<%d>%s\n", level, text);
	else
		fprintf(stderr, "pgtopd: %s\n", text);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[LOG_LINE];
	va_list ap;

	va_start(ap, fmt);
	log_format(text, fmt, ap);
	va_end(ap);
	log_put(level, text);
}
