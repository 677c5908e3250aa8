/* SPDX-License-Identifier: GPL-2.0-only */
/* tool.h - a program of tests/tools that is told, line by line, what to do */
#ifndef PGTOP_TEST_TOOL_H
#define PGTOP_TEST_TOOL_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct tool {
	pid_t pid;
	FILE *in, *out; /* its standard input and output */
};

/** die - end with @what and errno */
static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

/** tool_start - run @argv; @prepare (NULL: nothing) is called in its process before */
static inline void tool_start(struct tool *t, char **argv, void (*prepare)(void))
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe");
	t->pid = fork();
	if (t->pid < 0)
		die("fork");
	if (!t->pid) {
		if (prepare)
			prepare();
		dup2(in[0], 0);
		dup2(out[1], 1);
		execv(argv[0], argv);
		die(argv[0]);
	}
	close(in[0]);
	close(out[1]);
	t->in = fdopen(in[1], "w");
	t->out = fdopen(out[0], "r");
	if (!t->in || !t->out)
		die("fdopen");
}

/** tool_expect - read a line that begins with @word */
static inline void tool_expect(struct tool *t, const char *word)
{
	char line[64];

	if (!fgets(line, sizeof(line), t->out) || strncmp(line, word, strlen(word))) {
		errno = EPROTO;
		die("the tool");
	}
}

/** tool_tell - write the line @command, wait until it is done */
static inline void tool_tell(struct tool *t, const char *command)
{
	fprintf(t->in, "%s\n", command);
	fflush(t->in);
	tool_expect(t, "done");
}

/** tool_end - let it end; returns its status as of waitpid() */
static inline int tool_end(struct tool *t)
{
	int status;

	fclose(t->in);
	fclose(t->out);
	if (waitpid(t->pid, &status, 0) != t->pid)
		die("waitpid");
	return status;
}

#endif
