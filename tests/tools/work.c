// SPDX-License-Identifier: GPL-2.0-only
/*
 * work dense|sparse|none - a program for which larger pages of anonymous memory are good,
 * a waste, or of no account; runs until it is ended
 *
 * dense: maps 2 MiB, works on every byte of them, unmaps them.  A page of 64 KiB takes one
 * fault where 4 KiB took sixteen, and no memory more.
 * sparse: maps 256 MiB and writes one byte in each 64 KiB.  A page of 64 KiB takes as many
 * faults and sixteen times the memory.
 * none: maps, writes and unmaps single pages.  No larger page fits.
 *
 * Prints "ready" before it begins.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MIB   (1ul << 20)
#define BLOCK (64ul << 10)
#define DENSE (2 * MIB) /* little, so that memory in use is nearly level */

static unsigned char *map(size_t bytes)
{
	void *p =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("work: mmap");
		exit(1);
	}
	return p;
}

/* Enough work on each page that time for faults is a small part. */
static void dense(void)
{
	unsigned char *p = map(DENSE);

	for (size_t at = 0; at < DENSE; at += 4096) {
		/* what is read first gets the page of zeros, and a small page when written */
		*(volatile unsigned char *)(p + at) = 1;
		for (int round = 0; round < 512; round++) {
			for (size_t i = 0; i < 4096; i += 8)
				*(volatile uint64_t *)(p + at + i) += round;
		}
	}
	munmap(p, DENSE);
}

static void sparse(void)
{
	static const struct timespec pause = { .tv_nsec = 20000000 };
	unsigned char *p = map(256 * MIB);

	for (size_t at = 0; at < 256 * MIB; at += BLOCK)
		p[at] = 1;
	nanosleep(&pause, NULL);
	munmap(p, 256 * MIB);
}

static void none(void)
{
	size_t page = getpagesize();

	for (int i = 0; i < 1000; i++) {
		volatile unsigned char *p = map(page);

		for (int round = 0; round < 8; round++) {
			for (size_t at = 0; at < page; at += 8)
				p[at]++;
		}
		munmap((void *)p, page);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*once)(void);
	} kinds[] = { { "dense", dense }, { "sparse", sparse }, { "none", none } };

	for (size_t i = 0; argc == 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		puts("ready");
		fflush(stdout);
		for (;;)
			kinds[i].once();
	}
	fprintf(stderr, "usage: work dense|sparse|none\n");
	return 2;
}
