// SPDX-License-Identifier: GPL-2.0-only
/*
 * demo_load - a small workload for the screen of pgtop
 *
 * Two threads map, fault, protect and unmap memory until the process is
 * killed, so that TLB flushes go to both CPUs; a 128 MiB buffer asks for huge
 * pages, so that page tables have something to show.  Prints "ready" first.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#define BUFFER (128u << 20)
#define SMALL  (256u << 10)

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static char *map(size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void *churn(void *arg)
{
	size_t page = sysconf(_SC_PAGESIZE);

	for (;;) {
		char *p = map(SMALL);

		memset(p, 1, SMALL);
		if (mprotect(p + page, page, PROT_READ) || munmap(p, SMALL))
			die("mprotect");
		usleep(200);
	}
	return arg;
}

int main(void)
{
	pthread_t thread;
	char *buffer = map(BUFFER);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	madvise(buffer, BUFFER, MADV_HUGEPAGE);
	memset(buffer, 1, BUFFER);
	if (pthread_create(&thread, NULL, churn, NULL))
		die("pthread_create");
	puts("ready");
	fflush(stdout);
	churn(NULL);
}
