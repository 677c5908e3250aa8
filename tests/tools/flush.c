// SPDX-License-Identifier: GPL-2.0-only
/*
 * flush local|remote|munmap N - cause exactly N TLB flushes of one page each
 *
 * Prints "ready PID", waits for a line on standard input, flushes, prints
 * "done", waits for the end of its input.  Between ready and done nothing else
 * in the process changes a mapping.
 *
 * local: one thread drops a page it has touched (MADV_DONTNEED), N times.
 * remote: the same while a second thread runs on another CPU, so that each
 * flush is also sent there.  Both threads are real-time, lest somebody else
 * runs on that CPU and it need not be told.
 * munmap: as local, but the page is mapped and unmapped each time.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_int running, stop;

static void die(const char *what)
{
	fprintf(stderr, "flush: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static void be_realtime(void)
{
	struct sched_param p = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &p))
		die("sched_setscheduler");
}

static void *spin(void *arg)
{
	pin(1);
	be_realtime();
	atomic_store(&running, 1);
	while (!atomic_load(&stop))
		;
	return NULL;
}

static char *map_page(void)
{
	char *p = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void drop(unsigned long n, long size)
{
	char *p = map_page();

	while (n--) {
		*(volatile char *)p = 1;
		if (madvise(p, size, MADV_DONTNEED))
			die("madvise");
	}
}

static void unmap(unsigned long n, long size)
{
	while (n--) {
		char *p = map_page();

		*(volatile char *)p = 1;
		munmap(p, size);
	}
}

static void wait_for_line(void)
{
	char c;

	while (read(0, &c, 1) == 1 && c != '\n')
		;
}

int main(int argc, char **argv)
{
	const char *mode = argc == 3 ? argv[1] : "";
	unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	long size = sysconf(_SC_PAGESIZE);
	int remote = !strcmp(mode, "remote");
	pthread_t other;

	if (!remote && strcmp(mode, "local") && strcmp(mode, "munmap")) {
		fprintf(stderr, "usage: flush local|remote|munmap N\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 256);
	pin(0);
	printf("ready %d\n", getpid());
	wait_for_line();
	if (remote) {
		be_realtime();
		errno = pthread_create(&other, NULL, spin, NULL);
		if (errno)
			die("pthread_create");
		while (!atomic_load(&running))
			usleep(1000);
	}
	if (!strcmp(mode, "munmap"))
		unmap(n, size);
	else
		drop(n, size);
	atomic_store(&stop, 1);
	printf("done\n");
	wait_for_line();
	return 0;
}
