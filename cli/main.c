// SPDX-License-Identifier: GPL-2.0-only
#include <locale.h>
#include <signal.h>

#include "cli.h"
#include "options.h"

const struct cli_command *const cli_commands[] = {
	&command_top,	 &command_map,	  &command_doctor, &command_policy,
	&command_record, &command_replay, &command_prom,   NULL,
};

int main(int argc, char **argv)
{
	struct cli_options o;
	int code;

	signal(SIGXFSZ, SIG_IGN);	/* a file that may not grow is an error of the write */
	setlocale(LC_CTYPE, "C.UTF-8"); /* for wcwidth() */
	if (cli_parse(argc, argv, &o, &code))
		return code;
	code = o.command->run(&o);
	cli_done(&o);
	return code;
}
