// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli.h"
#include "options.h"

const struct cli_command *const cli_commands[] = {
	&command_top,	 &command_watch,  &command_map,	   &command_why,  &command_doctor,
	&command_policy, &command_record, &command_replay, &command_prom, NULL,
};

/*
 * A standard descriptor that is closed would become some other file's, and what is printed
 * would end up in that.  These refuse what is written, or read.
 */
static void reserve_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

/* A counter of the PMU is a file for each CPU. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct cli_options o;
	int code;

	reserve_standard_files();
	raise_file_limit();
	signal(SIGXFSZ, SIG_IGN);	/* a file that may not grow is an error of the write */
	setlocale(LC_CTYPE, "C.UTF-8"); /* for wcwidth() */
	if (cli_parse(argc, argv, &o, &code))
		return code;
	code = o.command->run(&o);
	cli_done(&o);
	return code;
}
