// SPDX-License-Identifier: GPL-2.0-only
/*
 * killat N COMMAND... - kill COMMAND by SIGKILL before its Nth system call
 *
 * Counted from its first flock() on: what comes before is the same each time.  Exits with 137
 * if it was killed, else with the command's status.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/ptrace.h cannot be included beside sys/ptrace.h. */
static long entered(pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return -1;
	return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

static int run(char **command)
{
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	execvp(*command, command);
	fprintf(stderr, "killat: %s: %s\n", *command, strerror(errno));
	return 126;
}

static int watch(pid_t pid, unsigned long n)
{
	unsigned long calls = 0;
	int status, sent;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		long call = -1;

		sent = WSTOPSIG(status);
		if (sent == (SIGTRAP | 0x80))
			call = entered(pid);
		if (call == SYS_flock || (call >= 0 && calls))
			calls++;
		if (calls == n && call >= 0)
			kill(pid, SIGKILL);
		if (sent == SIGTRAP || sent == (SIGTRAP | 0x80))
			sent = 0;
		ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
		ptrace(PTRACE_SYSCALL, pid, 0, sent);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	pid_t pid;

	if (!n) {
		fprintf(stderr, "usage: killat N COMMAND...\n");
		return 2;
	}
	pid = fork();
	if (!pid)
		return run(argv + 2);
	return pid < 0 ? 125 : watch(pid, n);
}
