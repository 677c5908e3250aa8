// SPDX-License-Identifier: GPL-2.0-only
/*
 * cgroups DIR N FLUSHES - N cgroups below DIR that come and go
 *
 * In each a process drops a page it has touched (MADV_DONTNEED) FLUSHES times, which flushes
 * its TLB as often, and ends; when KEPT more have come, the cgroup is removed. Prints "made";
 * the last KEPT go when standard input ends.
 * The process is made inside the cgroup: moving it there would take a grace period of RCU
 * each time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEPT 50

static void die(const char *what)
{
	fprintf(stderr, "cgroups: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* On one CPU: no other has seen the page, none need be told. */
static void flush(unsigned long n)
{
	long size = sysconf(_SC_PAGESIZE);
	char *page =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		_exit(1);
	while (n--) {
		*(volatile char *)page = 1;
		if (madvise(page, size, MADV_DONTNEED))
			_exit(1);
	}
	_exit(0);
}

static void run_in(const char *dir, unsigned long flushes)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;
	pid_t pid;

	if (fd < 0)
		die(dir);
	args.cgroup = fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (!pid)
		flush(flushes);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the process in the cgroup");
	close(fd);
}

static void come(const char *above, unsigned long i, unsigned long flushes)
{
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/%lu", above, i);
	if (mkdir(dir, 0755))
		die(dir);
	run_in(dir, flushes);
}

static void go(const char *above, unsigned long i)
{
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/%lu", above, i);
	if (rmdir(dir))
		die(dir);
}

int main(int argc, char **argv)
{
	unsigned long n, flushes;
	cpu_set_t first;

	if (argc != 4) {
		fprintf(stderr, "usage: cgroups DIR N FLUSHES\n");
		return 2;
	}
	n = strtoul(argv[2], NULL, 10);
	flushes = strtoul(argv[3], NULL, 10);
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		die("sched_setaffinity");
	for (unsigned long i = 0; i < n; i++) {
		come(argv[1], i, flushes);
		if (i >= KEPT)
			go(argv[1], i - KEPT);
	}
	puts("made");
	fflush(stdout);
	while (getchar() != EOF)
		;
	for (unsigned long i = n > KEPT ? n - KEPT : 0; i < n; i++)
		go(argv[1], i);
	return 0;
}
