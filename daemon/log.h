/* SPDX-License-Identifier: GPL-2.0-only */
/* log.h - what pgtopd says on standard error, where systemd's journal reads it */
#ifndef PGTOPD_LOG_H
#define PGTOPD_LOG_H

#include <stdarg.h>
#include <stdbool.h>

/* As syslog(3) numbers them; sd-daemon(3) prefixes. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6 };

/**
 * log_line - one line on standard error, control characters replaced
 *
 * With the level as "<N>" where standard error is systemd's journal, behind "pgtopd: "
 * elsewhere.
 */
void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** log_to_journal - whether standard error is systemd's journal */
bool log_to_journal(void);

#define LOG_LINE 1024

/** log_format - what a line says: as vsnprintf(3), control characters replaced */
void log_format(char text[LOG_LINE], const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

#define log_error(...)	 log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_line(LOG_LEVEL_INFO, __VA_ARGS__)

#endif
