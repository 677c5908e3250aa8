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
static bool is_journal(void)
{
	const char *p = getenv("JOURNAL_STREAM");
	uint64_t dev, ino;
	struct stat st;

	if (!p || scan_u64(&p, 10, &dev) || *p++ != ':' || scan_u64(&p, 10, &ino) || *p)
		return false;
	return !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++) {
		if (iscntrl((unsigned char)*p))
			*p = '?';
	}
	if (is_journal())
		fprintf(stderr, "<%d>%s\n", level, text);
	else
		fprintf(stderr, "pgtopd: %s\n", text);
}
