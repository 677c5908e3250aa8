// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpfload - BPF programs loaded and unloaded, on command
 *
 * Prints "ready PID", reads one command a line, prints "done" after each.
 *
 *   load N    load N programs of two instructions, and keep them
 *   large N   the same of 4096 instructions
 *   unload    close all of them; the kernel frees them a little later
 *   churn N   load and close N, one after the other
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "program.h"

#define PROGRAMS 4096

static int kept[PROGRAMS];
static size_t nkept;

static void die(const char *what)
{
	fprintf(stderr, "bpfload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int load(unsigned int insns)
{
	int fd = program_load_long(insns);

	if (fd < 0)
		die("BPF_PROG_LOAD");
	return fd;
}

static void keep(size_t n, unsigned int insns)
{
	while (n--) {
		if (nkept == PROGRAMS) {
			errno = ENOSPC;
			die("load");
		}
		kept[nkept++] = load(insns);
	}
}

static void drop(void)
{
	while (nkept)
		close(kept[--nkept]);
}

static void obey(const char *line)
{
	size_t n;

	if (sscanf(line, "load %zu", &n) == 1) {
		keep(n, 2);
	} else if (sscanf(line, "large %zu", &n) == 1) {
		keep(n, PROGRAM_INSNS);
	} else if (sscanf(line, "churn %zu", &n) == 1) {
		while (n--)
			close(load(2));
	} else if (!strcmp(line, "unload\n")) {
		drop();
	} else {
		errno = EINVAL;
		die(line);
	}
	puts("done");
}

int main(void)
{
	const struct rlimit limit = { 2 * PROGRAMS, 2 * PROGRAMS };
	char line[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
	printf("ready %d\n", getpid());
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	return 0;
}
