// SPDX-License-Identifier: GPL-2.0-only
/*
 * scopes - TLB flushes of one scope each, on command
 *
 * Prints "ready PID", reads one command a line, prints "done" after each.  In brackets what
 * one of the N asks an arm64 kernel (6.12) to flush; making and touching memory flushes
 * nothing, and nothing is unmapped but by "munmap".
 *
 *   dontneed N   drop a touched page (MADV_DONTNEED)             [a range of 1 page]
 *   munmap N     unmap a touched page between others             [a range of 1 page]
 *   protect N    make a touched page read-only                   [a range of 1 page]
 *   range N      change the protection of 400 touched pages      [a range of 400 pages]
 *   huge N       change that of 8 GiB and a page, the first and the last of them touched
 *                [a range, too long for any CPU: escalated]
 *   zero N       write to a page that was read before            [a page]
 *   secret N     touch a page of memfd_secret()                  [a kernel range of 1 page]
 *   fork N       fork a child that exits at once                 [the address space; and by
 *                the child once more when it exits; pages as they are written]
 *   pageout N    reclaim N touched pages (MADV_PAGEOUT)          [N pages, then waits]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secret.h"

#define RANGE_PAGES 400
#define HUGE_BYTES  (8ul << 30)

static size_t page;

static void die(const char *what)
{
	fprintf(stderr, "scopes: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *map(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || madvise(p, bytes, MADV_NOHUGEPAGE))
		die("mmap");
	return p;
}

static void touch(char *p)
{
	*(volatile char *)p = 1;
}

static char *map_touched(size_t pages)
{
	char *p = map(pages * page);

	for (size_t i = 0; i < pages; i++)
		touch(p + i * page);
	return p;
}

static void protect(char *p, size_t bytes, int prot)
{
	if (mprotect(p, bytes, prot))
		die("mprotect");
}

static void drop_pages(size_t n)
{
	char *p = map(page);

	while (n--) {
		touch(p);
		if (madvise(p, page, MADV_DONTNEED))
			die("MADV_DONTNEED");
	}
}

/* What stays mapped beside a page keeps its page table. */
static void unmap_pages(size_t n)
{
	char *p = map((2 * n + 1) * page);

	for (size_t i = 0; i < n; i++) {
		touch(p + (2 * i + 1) * page);
		if (munmap(p + (2 * i + 1) * page, page))
			die("munmap");
	}
}

static void protect_pages(size_t n)
{
	char *p = map_touched(2 * n + 1);

	for (size_t i = 0; i < n; i++)
		protect(p + (2 * i + 1) * page, page, PROT_READ);
}

static void protect_range(char *p, size_t bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		protect(p, bytes, i % 2 ? PROT_READ | PROT_WRITE : PROT_READ);
}

static void protect_huge(size_t n)
{
	char *p = map(HUGE_BYTES + page);

	touch(p);
	touch(p + HUGE_BYTES);
	protect_range(p, HUGE_BYTES + page, n);
}

static void write_zero_pages(size_t n)
{
	char *p = map(n * page);

	for (size_t i = 0; i < n; i++) {
		(void)*(volatile char *)(p + i * page);
		touch(p + i * page);
	}
}

static void touch_secret(size_t n)
{
	char *p = secret_map(n * page);

	if (p == MAP_FAILED)
		die("memfd_secret");
	for (size_t i = 0; i < n; i++)
		touch(p + i * page);
}

static void fork_children(size_t n)
{
	while (n--) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void page_out(size_t n)
{
	char *p = map_touched(n);

	if (madvise(p, n * page, MADV_PAGEOUT))
		die("MADV_PAGEOUT");
}

static void obey(const char *command, size_t n)
{
	if (!strcmp(command, "dontneed"))
		drop_pages(n);
	else if (!strcmp(command, "munmap"))
		unmap_pages(n);
	else if (!strcmp(command, "protect"))
		protect_pages(n);
	else if (!strcmp(command, "range"))
		protect_range(map_touched(RANGE_PAGES), RANGE_PAGES * page, n);
	else if (!strcmp(command, "huge"))
		protect_huge(n);
	else if (!strcmp(command, "zero"))
		write_zero_pages(n);
	else if (!strcmp(command, "secret"))
		touch_secret(n);
	else if (!strcmp(command, "fork"))
		fork_children(n);
	else if (!strcmp(command, "pageout"))
		page_out(n);
}

int main(void)
{
	char line[64], *space;

	page = sysconf(_SC_PAGESIZE);
	/* Nothing but obey() is to fault or change a mapping from here on. */
	setvbuf(stdout, malloc(256), _IOLBF, 256);
	setvbuf(stdin, malloc(256), _IOLBF, 256);
	printf("ready %d\n", getpid());
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		space = strchr(line, ' ');
		if (space)
			*space++ = '\0';
		obey(line, space ? strtoul(space, NULL, 0) : 0);
		printf("done\n");
	}
	return 0;
}
