/* SPDX-License-Identifier: GPL-2.0-only */
/* log_decision.h - decisions in systemd's journal, with fields to look for */
#ifndef PGTOPD_LOG_DECISION_H
#define PGTOPD_LOG_DECISION_H

/* What the journal is to hold beside the sentence of a decision; "" or 0: nothing. */
struct log_fields {
	const char *lever, *action, *guard;
	unsigned long long id;
};

/* Of all decisions, for journalctl MESSAGE_ID=...; see journalctl(1) --catalog. */
#define LOG_DECISION_ID "6f1f8c1e3a5d4c0f9a4be2d07c5b9a31"

/**
 * log_decision - one line, as log_line() does
 *
 * Where standard error is systemd's journal, with the fields MESSAGE_ID=LOG_DECISION_ID,
 * LEVER=, ACTION=, GUARD= and DECISION_ID=.
 */
void log_decision(const struct log_fields *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
