// SPDX-License-Identifier: GPL-2.0-only
/*
 * causes KIND[:DIR]... - mappings of 4 MiB that have each one cause for small leaves
 *
 *   plain     written, no advice             advised   MADV_HUGEPAGE, written
 *   forbidden MADV_NOHUGEPAGE, written       locked    plain, mlock()ed
 *   sparse    plain, every eighth page       advised-sparse  the same with MADV_HUGEPAGE
 *   short     1 MiB, from the middle of a block on
 *   late      written with MADV_NOHUGEPAGE, then MADV_HUGEPAGE; a child has it too, which
 * keeps khugepaged from it split     advised; a page of each 2 MiB was read-only for a while
 *   part      advised; the last quarter of each 2 MiB is given back
 *   memfd     memory file, written           file:DIR  a file in DIR, shared and read
 *   copied:DIR   a file in DIR, private and written
 *   disabled  PR_SET_THP_DISABLE for all of the process, from here on
 *
 * Prints "map KIND START" for each, or "fail KIND REASON", and "ready PID"; ends at the end
 * of standard input.  What is to stay huge or split is MADV_NOHUGEPAGE in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BLOCK (2ul << 20)
#define BYTES (2 * BLOCK)
#define RW    (PROT_READ | PROT_WRITE)

static size_t page;
static char *at = (char *)0x200000000000; /* nothing else is there */

static char *map(size_t offset, size_t bytes, int flags, int fd)
{
	char *p = mmap(at + offset, bytes, RW, flags | MAP_FIXED_NOREPLACE, fd, 0);

	at += 4 * BYTES; /* no neighbours */
	return p;
}

static void touch(char *p, size_t bytes, size_t step)
{
	for (size_t i = 0; i < bytes; i += step)
		((volatile char *)p)[i] = 1;
}

static char *anon(int advice, size_t step)
{
	char *p = map(0, BYTES, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (p == MAP_FAILED || (advice && madvise(p, BYTES, advice)))
		return MAP_FAILED;
	touch(p, BYTES, step);
	return p;
}

static char *shorter(void)
{
	char *p = map(BLOCK / 2, BLOCK / 2, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (p != MAP_FAILED)
		touch(p, BLOCK / 2, page);
	return p;
}

static char *locked(void)
{
	char *p = anon(0, page);

	return p == MAP_FAILED || mlock(p, BYTES) ? MAP_FAILED : p;
}

static char *late(void)
{
	char *p = anon(MADV_NOHUGEPAGE, page);
	char c;

	if (p == MAP_FAILED || madvise(p, BYTES, MADV_HUGEPAGE))
		return MAP_FAILED;
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, 9);
		while (read(STDIN_FILENO, &c, 0) == 0)
			pause();
		_exit(0);
	}
	return p;
}

static char *split(void)
{
	char *p = anon(MADV_HUGEPAGE, page);

	for (size_t i = 0; p != MAP_FAILED && i < BYTES; i += BLOCK) {
		if (mprotect(p + i, page, PROT_READ) || mprotect(p + i, page, RW))
			return MAP_FAILED;
	}
	return p == MAP_FAILED || madvise(p, BYTES, MADV_NOHUGEPAGE) ? MAP_FAILED : p;
}

static char *part(void)
{
	char *p = anon(MADV_HUGEPAGE, page);

	for (size_t i = 0; p != MAP_FAILED && i < BYTES; i += BLOCK) {
		if (madvise(p + i + BLOCK / 4 * 3, BLOCK / 4, MADV_DONTNEED))
			return MAP_FAILED;
	}
	return p == MAP_FAILED || madvise(p, BYTES, MADV_NOHUGEPAGE) ? MAP_FAILED : p;
}

static char *memory_file(void)
{
	int fd = memfd_create("causes", 0);
	char *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, BYTES))
		p = map(0, BYTES, MAP_SHARED, fd);
	if (p != MAP_FAILED)
		touch(p, BYTES, page);
	return p;
}

static char *file_in(const char *dir, bool private)
{
	static char zeroes[BYTES];
	char path[4096], *p;
	int fd;

	snprintf(path, sizeof(path), "%s/causes.XXXXXX", dir);
	fd = mkstemp(path);
	if (fd < 0 || write(fd, zeroes, BYTES) != (ssize_t)BYTES)
		return MAP_FAILED;
	p = map(0, BYTES, private ? MAP_PRIVATE : MAP_SHARED, fd);
	for (size_t i = 0; p != MAP_FAILED && !private && i < BYTES; i += page)
		(void)((volatile char *)p)[i];
	if (p != MAP_FAILED && private)
		touch(p, BYTES, page);
	return p;
}

static char *make(const char *kind, const char *dir)
{
	if (!strcmp(kind, "plain"))
		return anon(0, page);
	if (!strcmp(kind, "advised"))
		return anon(MADV_HUGEPAGE, page);
	if (!strcmp(kind, "forbidden"))
		return anon(MADV_NOHUGEPAGE, page);
	if (!strcmp(kind, "sparse"))
		return anon(0, 8 * page);
	if (!strcmp(kind, "advised-sparse"))
		return anon(MADV_HUGEPAGE, 8 * page);
	if (!strcmp(kind, "locked"))
		return locked();
	if (!strcmp(kind, "short"))
		return shorter();
	if (!strcmp(kind, "late"))
		return late();
	if (!strcmp(kind, "split"))
		return split();
	if (!strcmp(kind, "part"))
		return part();
	if (!strcmp(kind, "memfd"))
		return memory_file();
	return dir ? file_in(dir, !strcmp(kind, "copied")) : MAP_FAILED;
}

int main(int argc, char **argv)
{
	char c;

	page = sysconf(_SC_PAGESIZE);
	for (int i = 1; i < argc; i++) {
		char *dir = strchr(argv[i], ':'), *p;

		if (dir)
			*dir++ = '\0';
		if (!strcmp(argv[i], "disabled")) {
			if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
				printf("fail disabled %s\n", strerror(errno));
			continue;
		}
		p = make(argv[i], dir);
		if (p == MAP_FAILED)
			printf("fail %s %s\n", argv[i], strerror(errno));
		else
			printf("map %s %" PRIxPTR "\n", argv[i], (uintptr_t)p);
	}
	printf("ready %d\n", getpid());
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
