// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "process_check.h"
#include "util/file.h"

/* /proc does not show @pid: does it show any process, and does the kernel know this one? */
static int explain_absence(const struct host *h, pid_t pid)
{
	if (!file_exists(h->root, "/proc/stat"))
		return cli_error(CLI_UNAVAILABLE,
				 "cannot look for process %d: %s/proc is not mounted", pid,
				 h->root);
	if (!*h->root && (!kill(pid, 0) || errno == EPERM))
		return cli_error(CLI_UNAVAILABLE,
				 "/proc hides process %d from this user (hidepid); run pgtop "
				 "as root",
				 pid);
	return cli_error(CLI_NO_SUCH, "there is no process %d", pid);
}

int process_check(const struct host *h, pid_t pid, struct process_look *ret)
{
	int r = process_look(h->root, pid, ret);

	if (r == -ENOENT || r == -ESRCH)
		return explain_absence(h, pid);
	if (r)
		return cli_error(CLI_FAILED, "cannot read %s/proc/%d: %s", h->root, pid,
				 strerror(-r));
	if (ret->process != pid)
		return cli_error(CLI_USAGE, "%d is a thread of process %d; give %d instead",
				 pid, ret->process, ret->process);
	if (ret->ended)
		return cli_error(CLI_NO_SUCH,
				 "process %d has exited (a zombie, until its parent waits "
				 "for it)",
				 pid);
	return CLI_OK;
}

int process_check_left(const struct cli_options *o)
{
	struct process_look look;

	for (size_t i = 0; i < o->npids; i++) {
		int r = process_look(o->host->root, o->pids[i], &look);

		if (r == -ENOENT || r == -ESRCH || (!r && look.ended))
			return cli_error(CLI_NO_SUCH, "process %d exited during the sample",
					 o->pids[i]);
	}
	return CLI_OK;
}

int process_check_all(const struct cli_options *o)
{
	struct process_look look;
	int code = CLI_OK;

	for (size_t i = 0; !code && i < o->npids; i++)
		code = process_check(o->host, o->pids[i], &look);
	return code;
}

int process_check_walk(const struct pagewalk *w, pid_t pid, int r)
{
	const char *why = pagewalk_why(w, pid ? PAGEWALK_PROCESS : PAGEWALK_KERNEL);

	switch (r) {
	case 0:
		return CLI_OK;
	case -ESRCH:
		return cli_error(CLI_NO_SUCH, "process %d exited during the walk", pid);
	case -ENOMEM:
		return cli_error(CLI_FAILED, "out of memory");
	case -EPERM:
		return cli_error(
			CLI_UNAVAILABLE,
			"the kernel hides process %d (another PID namespace or another "
			"user); run pgtop as root on the host",
			pid);
	case -EOPNOTSUPP:
		return cli_error(
			CLI_UNAVAILABLE, "cannot walk %s: %s; pgtop doctor says what to do",
			pid ? "page tables" : "the linear map", why ? why : "no reason known");
	default:
		return cli_error(CLI_FAILED, "the page-table walk failed: %s", strerror(-r));
	}
}
