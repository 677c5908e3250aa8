// SPDX-License-Identifier: GPL-2.0-only
/*
 * flush local|huge|remote|lazy|cross|priorities|munmap|processes N - cause TLB flushes, most
 * of one page each
 *
 * Prints "ready PID", waits for a line on standard input, flushes, prints
 * "done", waits for the end of its input.  Between ready and done nothing else
 * in the process changes a mapping.
 *
 * local: one thread drops a page it has touched (MADV_DONTNEED), N times: N
 * flushes.
 * huge: the same with a huge page, where the kernel has one to give.
 * remote: local, while a second thread runs on another CPU: N flushes, each
 * is also sent there and carried out there.  Both threads are real-time, lest
 * somebody else runs on that CPU and it need not be told.
 * lazy: the same, but the second thread sleeps there: each flush is sent to its CPU, which
 * the kernel leaves alone as long as it idles.  If another thread runs on it, the kernel
 * notices that at a flush, and at most once a second (Linux 6.14): the first flush is for
 * that, and then the thread wakes once more.
 * cross: two threads on two CPUs drop N pages each: how many flushes are
 * merged is up to chance.
 * priorities: two threads on one CPU.  One is real-time and woken N times, amid
 * whatever the other does: it reads a page, writes to it (the flush of copy on
 * write) and drops it.  The other maps and unmaps memory that has a page table of
 * its own (a flush for that) until the first is through.
 * munmap: as local, but the page is mapped and unmapped each time.
 * processes: N children, one after the other, drop a page each; for each line
 * of input again.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE (2 << 20)

/* What the second thread is told. */
struct helper {
	pthread_t thread;
	char *page; /* drop this one; NULL: only run */
	unsigned long n;
	long size;
	int cpu, sleeps, interrupts;
	sem_t woken; /* who sleeps waits for it */
	atomic_int go, running, stop, done, tid;
};

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

static char *map_page(long size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static char *map_huge(long size)
{
	char *p = map_page(2 * size);

	p = (char *)(((uintptr_t)p + size - 1) & -size);
	if (madvise(p, size, MADV_HUGEPAGE))
		die("MADV_HUGEPAGE");
	return p;
}

static void drop(char *page, unsigned long n, long size)
{
	while (n--) {
		*(volatile char *)page = 1;
		if (madvise(page, size, MADV_DONTNEED))
			die("madvise");
	}
}

/* What is read first is the zero page; a timer wakes, so in the middle of what the CPU does.
 */
static void interrupt(const struct helper *h)
{
	const struct timespec pause = { .tv_nsec = 50000 };

	for (unsigned long i = 0; i < h->n; i++) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		(void)*(volatile char *)h->page;
		drop(h->page, 1, h->size);
	}
}

static void unmap(unsigned long n, long size)
{
	while (n--) {
		char *p = map_page(size);

		*(volatile char *)p = 1;
		munmap(p, size);
	}
}

/* Twice what a page table of 8-byte entries maps: one of them has no other mapping in it. */
static void unmap_tables(struct helper *h)
{
	long size = 2 * (h->size / 8) * h->size;

	while (!atomic_load(&h->done)) {
		char *p = map_page(size);

		*(volatile char *)(p + size / 2) = 1;
		munmap(p, size);
	}
}

static void fork_droppers(char *page, unsigned long n, long size)
{
	while (n--) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			drop(page, 1, size);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/* until the kernel says that the thread sleeps */
static void wait_for_sleep(const struct helper *h)
{
	char path[64], text[256] = "", *state = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", atomic_load(&h->tid));
	while (!state || state[2] != 'S') {
		usleep(1000);
		f = fopen(path, "re");
		if (!f || !fgets(text, sizeof(text), f)) {
			perror(path);
			exit(1);
		}
		fclose(f);
		state = strrchr(text, ')');
	}
	usleep(20000); /* and its CPU, too, as it has nothing else to do */
}

static void *help(void *arg)
{
	struct helper *h = arg;

	pin(h->cpu);
	atomic_store(&h->tid, gettid());
	while (!atomic_load(&h->go))
		usleep(1000);
	/* Real-time tasks have 950 ms of each second: none of it is spent on waiting. */
	if ((!h->page && !h->sleeps) || h->interrupts)
		be_realtime();
	atomic_store(&h->running, 1);
	if (h->sleeps) {
		sem_wait(&h->woken);
		atomic_store(&h->running, 2);
		sem_wait(&h->woken);
		return NULL;
	}
	if (h->interrupts)
		interrupt(h);
	else if (h->page)
		drop(h->page, h->n, h->size);
	atomic_store(&h->done, 1);
	while (!h->interrupts && !atomic_load(&h->stop))
		;
	return NULL;
}

static void start(struct helper *h)
{
	errno = pthread_create(&h->thread, NULL, help, h);
	if (errno)
		die("pthread_create");
}

static void wait_for_run(const struct helper *h, int nth)
{
	while (atomic_load(&h->running) != nth)
		usleep(1000);
}

static void go(struct helper *h)
{
	atomic_store(&h->go, 1);
	wait_for_run(h, 1);
}

static void drop_while_asleep(struct helper *h, char *page, unsigned long n, long size)
{
	wait_for_sleep(h);
	drop(page, 1, size);
	sem_post(&h->woken);
	wait_for_run(h, 2);
	wait_for_sleep(h);
	drop(page, n - 1, size);
}

/* Returns whether there was one. */
static int wait_for_line(void)
{
	char c = 0;

	while (read(0, &c, 1) == 1 && c != '\n')
		;
	return c == '\n';
}

int main(int argc, char **argv)
{
	const char *mode = argc == 3 ? argv[1] : "";
	unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	long size = sysconf(_SC_PAGESIZE);
	int remote = !strcmp(mode, "remote"), cross = !strcmp(mode, "cross");
	int lazy = !strcmp(mode, "lazy");
	int munmaps = !strcmp(mode, "munmap"), processes = !strcmp(mode, "processes");
	int huge = !strcmp(mode, "huge");
	int priorities = !strcmp(mode, "priorities");
	int two = remote || lazy || cross || priorities;
	struct helper h = { .n = n, .size = size, .sleeps = lazy };
	char *page;

	if (!huge && !two && !munmaps && !processes && strcmp(mode, "local")) {
		fprintf(stderr, "usage: flush local|huge|remote|lazy|cross|priorities|munmap|"
				"processes N\n");
		return 2;
	}
	if (huge)
		size = HUGE;
	page = huge ? map_huge(size) : map_page(size);
	setvbuf(stdout, NULL, _IOLBF, 256);
	pin(0);
	if (cross || priorities)
		h.page = map_page(size);
	h.cpu = !priorities;
	h.interrupts = priorities;
	sem_init(&h.woken, 0, 0);
	if (two)
		start(&h);
	if (remote)
		be_realtime();
	printf("ready %d\n", getpid());
	wait_for_line();
	if (two)
		go(&h);
	if (lazy)
		drop_while_asleep(&h, page, n, size);
	else if (munmaps)
		unmap(n, size);
	else if (processes)
		fork_droppers(page, n, size);
	else if (priorities)
		unmap_tables(&h);
	else
		drop(page, n, size);
	atomic_store(&h.stop, 1);
	sem_post(&h.woken);
	if (two)
		pthread_join(h.thread, NULL);
	printf("done\n");
	while (wait_for_line() && processes) {
		fork_droppers(page, n, size);
		printf("done\n");
	}
	return 0;
}
