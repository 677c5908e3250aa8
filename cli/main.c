// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli.h"

const struct cli_command *const cli_commands[] = {
	&command_top,	 &command_map,	  &command_doctor, &command_policy,
	&command_record, &command_replay, &command_prom,   NULL,
};

static const struct cli_command *command_named(const char *name)
{
	for (size_t i = 0; cli_commands[i]; i++) {
		if (!strcmp(cli_commands[i]->name, name))
			return cli_commands[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct cli_command *command = cli_commands[0];
	struct cli_options o;
	int code;

	if (argc > 1 && argv[1][0] != '-') {
		command = command_named(argv[1]);
		if (!command)
			return cli_error(CLI_USAGE, "unknown command '%s' (see pgtop --help)",
					 argv[1]);
		argc--;
		argv++;
	}
	if (cli_parse(command, argc, argv, &o, &code))
		return code;
	code = command->run(&o);
	cli_done(&o);
	return code;
}
