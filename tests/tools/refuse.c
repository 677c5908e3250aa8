// SPDX-License-Identifier: GPL-2.0-only
/*
 * refuse ERRNO|kill CALL COMMAND [ARGUMENT...] - run a command for which a system call fails
 *
 * CALL is perf_event_open or bpf; ERRNO a number.  By a seccomp filter, as in containers; the
 * kernel's own checks of perf_event_open fail with 13 (EACCES).  With "kill" the call ends the
 * process, without a chance to clean up.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int number_of(const char *call)
{
	return !strcmp(call, "perf_event_open") ? SYS_perf_event_open
	       : !strcmp(call, "bpf")		? SYS_bpf
						: -1;
}

static unsigned int action_of(const char *err)
{
	return !strcmp(err, "kill") ? SECCOMP_RET_KILL_PROCESS
				    : SECCOMP_RET_ERRNO | strtoul(err, NULL, 10);
}

static int refuse(unsigned int call, unsigned int action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(*filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

int main(int argc, char **argv)
{
	int call = argc > 3 ? number_of(argv[2]) : -1;

	if (call < 0) {
		fprintf(stderr, "usage: refuse ERRNO|kill perf_event_open|bpf COMMAND...\n");
		return 2;
	}
	if (refuse(call, action_of(argv[1]))) {
		perror("refuse: seccomp");
		return 1;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 1;
}
