// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "help.h"
#include "option_table.h"

static void print_options(const struct cli_command *command)
{
	printf("\noptions:\n");
	for (int id = 0; id < OPT_MAX; id++) {
		const struct cli_option *p = &cli_option_table[id];
		char name[40];

		if (command && !(p->commands & command->bit))
			continue;
		snprintf(name, sizeof(name), "--%s%s%s", p->name, p->value ? " " : "",
			 p->value ? p->value : "");
		if (p->letter)
			printf("  -%c, ", p->letter);
		else
			printf("      ");
		printf("%-20s %s\n", name, cli_option_help(id, command));
	}
}

static void print_exits(const struct cli_command *command)
{
	static const char *const usual[CLI_EXITS] = {
		[CLI_OK] = "success",
		[CLI_FAILED] = "failure: no memory, or the output cannot be written",
		[CLI_USAGE] = "usage error",
	};

	printf("\nexit status:\n");
	for (int code = 0; code < CLI_EXITS; code++) {
		const char *text = command->exits[code] ? command->exits[code] : usual[code];

		if (text)
			printf("  %d  %s\n", code, text);
	}
}

static void print_command_help(const struct cli_command *c)
{
	bool usual = c == cli_commands[0];

	printf("usage: pgtop %s%s%s [OPTION]...%s%s\n%s.\n", usual ? "[" : "", c->name,
	       usual ? "]" : "", *c->operands ? " " : "", c->operands, c->help);
	print_options(c);
	print_exits(c);
}

static void print_pgtop_help(void)
{
	printf("usage: pgtop [OPTION]... [COMMAND] [OPTION]... [OPERAND]...\n"
	       "Show how far the TLB of this machine reaches.\n\ncommands:\n");
	for (size_t i = 0; cli_commands[i]; i++)
		printf("  %-14s %s\n", cli_commands[i]->name, cli_commands[i]->help);
	printf("Without a command pgtop does what '%s' does.\n", cli_commands[0]->name);
	print_options(NULL);
	printf("\nNot every command takes every option: see pgtop COMMAND --help.\n"
	       "\nexit status: 0 success, 1 failure, 2 usage error, 3 unavailable here,\n"
	       "4 no such process, lever or decision\n");
}

int help_print(const struct cli_command *command)
{
	if (command)
		print_command_help(command);
	else
		print_pgtop_help();
	printf("\nSee pgtop(8).\n");
	return cli_flush();
}
