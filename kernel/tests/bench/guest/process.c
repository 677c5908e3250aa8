// SPDX-License-Identifier: GPL-2.0-only
/* Processes that begin and end. */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define PARENT (4L << 20) /* bytes the parent has touched */

static void wait_for(pid_t pid)
{
	int status;

	guest_check(waitpid(pid, &status, 0), "waitpid");
	if (status)
		guest_die("child");
}

static void fork_all(char *memory, long n)
{
	for (long i = 0; i < n; i++) {
		pid_t pid = guest_check(fork(), "fork");

		if (!pid) {
			memory[i * 4096 % PARENT]++;
			_exit(0);
		}
		wait_for(pid);
	}
}

void process_fork(long n)
{
	char *memory =
		mmap(NULL, PARENT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		guest_die("mmap");
	memset(memory, 1, PARENT);
	guest_look();
	fork_all(memory, n / 10);
	guest_begin();
	fork_all(memory, n);
	guest_end("fork", "");
}

static void exec_all(long n)
{
	char *argv[] = { "guest", "child", NULL }, *environment[] = { NULL };

	while (n--) {
		pid_t pid = guest_check(vfork(), "vfork");

		if (!pid) {
			execve("/proc/self/exe", argv, environment);
			_exit(1);
		}
		wait_for(pid);
	}
}

void process_exec(long n)
{
	guest_look();
	exec_all(n / 10);
	guest_begin();
	exec_all(n);
	guest_end("exec", "");
}
