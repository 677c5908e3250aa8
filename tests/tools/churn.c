// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn SECONDS - address spaces that change all the time, and processes that come and go
 *
 * One process whose threads map, touch, protect, cut and unmap; others that are forked from
 * it, some of them after an exec, and end at once. Prints what was done.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS	  2
#define MAX_BYTES (8u << 20)

static atomic_ulong maps, forks;
static time_t end;
static size_t page;

/* xorshift64: the same changes in every run */
static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static size_t some_pages(uint64_t *x, size_t bytes)
{
	return next(x) % (bytes / page) * page;
}

static void change(uint64_t *x)
{
	size_t bytes = page + some_pages(x, MAX_BYTES), at = some_pages(x, bytes);
	char *p =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	madvise(p, bytes, next(x) & 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes; i += page * (1 + next(x) % 4))
		((volatile char *)p)[i] = 1;
	mprotect(p + at, page, PROT_NONE);
	madvise(p + some_pages(x, bytes), page, MADV_DONTNEED);
	/* first the page in the middle, then what is left of it; not the hole, which may be
	 * another thread's by then */
	munmap(p + at, page);
	if (at)
		munmap(p, at);
	if (at + page < bytes)
		munmap(p + at + page, bytes - at - page);
	maps++;
}

static void *churn(void *seed)
{
	uint64_t x = (uintptr_t)seed;

	while (time(NULL) < end)
		change(&x);
	return NULL;
}

static void fork_one(const char *self, uint64_t *x)
{
	pid_t pid = fork();

	if (!pid) {
		change(x);
		if (next(x) & 1)
			execl(self, self, "0", NULL);
		_exit(0);
	}
	if (pid > 0) {
		waitpid(pid, NULL, 0);
		forks++;
	}
	next(x);
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	uint64_t x = 88172645463325252ull;

	page = sysconf(_SC_PAGESIZE);
	end = time(NULL) + (argc > 1 ? strtol(argv[1], NULL, 10) : 0);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, churn, (void *)(uintptr_t)(i + 77));
	while (time(NULL) < end)
		fork_one("/proc/self/exe", &x);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	if (maps || forks)
		printf("maps %lu\nforks %lu\n", maps, forks);
	return 0;
}
