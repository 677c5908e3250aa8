// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "log.h"
#include "manager.h"
#include "options.h"
#include "policy_replay.h"
#include "service.h"
#include "durable/undo.h"
#include "util/util.h"

static int print_config(const struct config *c)
{
	config_print(c, stdout);
	if (!fflush(stdout) && !ferror(stdout))
		return PGTOPD_OK;
	log_error("cannot write the output: %s", strerror(errno));
	return PGTOPD_FAILED;
}

/*
 * What is kept without a pgtopd to guard it is what a clean stop leaves, as systemd says
 * ("success").  After anything else it is taken back, and the next start writes it again;
 * whoever calls by hand wants everything back.
 */
static bool main_keeps(const struct config *c)
{
	const char *result = getenv("SERVICE_RESULT");

	return c->exit == EXIT_KEEP && c->policy.mode == POLICY_TUNE && result &&
	       !strcmp(result, "success");
}

static int main_restore(const struct options *o, const struct config *c, bool keep)
{
	struct journal *j = NULL;
	struct host *h = NULL;
	char why[160];
	int r = host_new(o->root, &h), code = PGTOPD_FAILED;

	if (!r)
		r = undo_open(h, c->state_dir, &j);
	if (r == -ENOENT)
		code = PGTOPD_OK; /* no journal, nothing was changed */
	else if (r == -EBUSY)
		log_error("a running pgtopd holds the journal in %s: stop it, and it restores",
			  c->state_dir);
	else if (r)
		log_error("%s", journal_why(r, c->state_dir, why, sizeof(why)));
	else
		code = undo_all(h, j, keep) ? PGTOPD_NOT_RESTORED
		       : journal_doubt(j)   ? PGTOPD_DAMAGED
					    : PGTOPD_OK;
	if (code == PGTOPD_DAMAGED)
		log_error(
			"what the lost lines knew of changed knobs cannot be restored: compare "
			"the knobs below /sys/kernel/mm/transparent_hugepage with what you expect");
	journal_close(j);
	host_free(h);
	return code;
}

/* It does not start: nobody would guard what an earlier run has left. */
static void main_refuse(const struct options *o, const struct config *c)
{
	char path[CONFIG_TEXT + 16];

	snprintf(path, sizeof(path), "%s/journal", c->state_dir);
	if (o->action == ACTION_RUN && !access(path, F_OK))
		main_restore(o, c, false);
}

int main(int argc, char **argv)
{
	struct options o;
	struct config c;
	int code, r;

	/* A file that may not grow is an error of the write, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	if (options_parse(argc, argv, &o, &code))
		return code;
	/* Nor is a log whose reader has gone: what was changed has to be undone. */
	if (o.action == ACTION_RUN || o.action == ACTION_RESTORE)
		signal(SIGPIPE, SIG_IGN);
	r = service_config(&o, &c);
	/* What was changed has to be undone, with as much of the configuration as is right. */
	if (o.action == ACTION_RESTORE && (!r || r == -EINVAL))
		return main_restore(&o, &c, !r && main_keeps(&c));
	if (r == -EINVAL)
		main_refuse(&o, &c);
	if (r)
		return r == -EINVAL ? PGTOPD_CONFIG : PGTOPD_FAILED;
	switch (o.action) {
	case ACTION_CHECK:
		return PGTOPD_OK;
	case ACTION_PRINT:
		return print_config(&c);
	case ACTION_REPLAY:
		return policy_replay_run(&o, &c);
	default:
		return manager_run(&o, &c);
	}
}
