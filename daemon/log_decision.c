// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include <systemd/sd-journal.h>

#include "log.h"
#include "log_decision.h"

void log_decision(const struct log_fields *f, const char *fmt, ...)
{
	char text[LOG_LINE];
	va_list ap;

	va_start(ap, fmt);
	log_format(text, fmt, ap);
	va_end(ap);
	/* where the journal cannot be reached so, standard error can */
	if (!log_to_journal() ||
	    sd_journal_send("MESSAGE=%s", text, "PRIORITY=%i", LOG_LEVEL_INFO,
			    "MESSAGE_ID=" LOG_DECISION_ID, "LEVER=%s", f->lever, "ACTION=%s",
			    f->action, "GUARD=%s", f->guard, "DECISION_ID=%llu", f->id,
			    "SYSLOG_IDENTIFIER=pgtopd", NULL))
		log_info("%s", text);
}
