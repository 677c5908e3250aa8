// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory KIND=SIZE... - have memory of every kind and change it on command
 *
 * Kinds (SIZE like 64K, 2M, 1G; mappings are aligned to the larger of 2M and SIZE's power of
 * two up to 32M, so that every large page that could back them fits):
 *
 *   anon      written, MADV_HUGEPAGE        small     written, MADV_NOHUGEPAGE
 *   readonly  small, then read-only         exec      small, executable
 *   protnone  small, then PROT_NONE         swapped   small, then MADV_PAGEOUT
 *   zero      small, only read              hugezero  MADV_HUGEPAGE, only read
 *   file      a file in $TMPDIR, mapped shared and read
 *   shmem     memory file, written          hugeshmem memory file, MADV_HUGEPAGE, written
 *   hugetlb   MAP_HUGETLB of the default size; hugetlb.SIZE=... of that size
 *   guard     small, every other page MADV_GUARD_INSTALL
 *   sparse    MAP_NORESERVE, one page in each GiB written
 *   checker   small, every other page written
 *   halfzero  small, every other page written, the rest read
 *   cow       small, shared with a child; every other page written again
 *   spread    small, but every other frame is free again: compaction wants to move the rest
 *   many      small, every other page read-only: a VMA each
 *
 * Prints "map INDEX KIND START END" for each (or "fail INDEX KIND REASON") and "ready PID",
 * then obeys lines on standard input, answering "done" or "fail REASON":
 *
 *   protect INDEX OFFSET BYTES r|rw|none     mprotect()
 *   touch INDEX OFFSET BYTES                 write a byte in each page
 *   drop INDEX OFFSET BYTES                  MADV_DONTNEED
 *   flip INDEX STEP OFFSET COUNT             COUNT times, STEP apart: one page to read-only
 * and back unmap INDEX OFFSET BYTES leave                                    the first thread
 * exits, another goes on exit
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define MAX_MAPS 64
#define RW	 (PROT_READ | PROT_WRITE)

static struct {
	char *start;
	size_t bytes;
} maps[MAX_MAPS];

static size_t page;

static uint64_t size_of(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	switch (*end) {
	case 'G':
		n <<= 10;
		/* fallthrough */
	case 'M':
		n <<= 10;
		/* fallthrough */
	case 'K':
		n <<= 10;
	}
	return n;
}

static size_t alignment_of(size_t bytes)
{
	size_t a = 2u << 20;

	while (a < bytes && a < 32u << 20)
		a <<= 1;
	return a;
}

/* An aligned mapping with nothing of ours beside it. */
static char *map_at(size_t bytes, int prot, int flags, int fd)
{
	size_t align = alignment_of(bytes);
	char *reserve = mmap(NULL, bytes + 2 * align, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *at;

	if (reserve == MAP_FAILED)
		return reserve;
	at = (char *)(((uintptr_t)reserve + align) & ~(align - 1));
	munmap(reserve, bytes + 2 * align);
	return mmap(at, bytes, prot, flags | MAP_FIXED_NOREPLACE, fd, 0);
}

static char *map_anon(size_t bytes, int prot)
{
	return map_at(bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

static void touch(char *p, size_t bytes, size_t step)
{
	for (size_t i = 0; i < bytes; i += step)
		((volatile char *)p)[i] = 1;
}

static void look(const char *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += page)
		(void)((const volatile char *)p)[i];
}

static char *written(size_t bytes, int prot, int advice)
{
	char *p = map_anon(bytes, prot | RW);

	if (p == MAP_FAILED)
		return p;
	madvise(p, bytes, advice);
	touch(p, bytes, page);
	return p;
}

static char *advised(char *p, size_t bytes, int r)
{
	int e = errno;

	if (!r || p == MAP_FAILED)
		return p;
	munmap(p, bytes);
	errno = e;
	return MAP_FAILED;
}

static char *small_then_protect(size_t bytes, int prot)
{
	char *p = written(bytes, RW, MADV_NOHUGEPAGE);

	return p == MAP_FAILED ? p : advised(p, bytes, mprotect(p, bytes, prot));
}

static char *swapped(size_t bytes)
{
	char *p = written(bytes, RW, MADV_NOHUGEPAGE);

	return p == MAP_FAILED ? p : advised(p, bytes, madvise(p, bytes, MADV_PAGEOUT));
}

static char *only_read(size_t bytes, int advice)
{
	char *p = map_anon(bytes, RW);

	if (p == MAP_FAILED)
		return p;
	madvise(p, bytes, advice);
	look(p, bytes);
	return p;
}

static char *file_backed(size_t bytes)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	char *p = MAP_FAILED;
	int fd;

	snprintf(path, sizeof(path), "%s/memory.XXXXXX", dir ? dir : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		return p;
	unlink(path);
	for (size_t i = 0; i < bytes; i += page) {
		if (pwrite(fd, path, sizeof(path) < page ? sizeof(path) : page, i) < 0) {
			close(fd);
			return p;
		}
	}
	if (!ftruncate(fd, bytes))
		p = map_at(bytes, PROT_READ, MAP_SHARED, fd);
	if (p != MAP_FAILED)
		look(p, bytes);
	close(fd);
	return p;
}

static char *shmem(size_t bytes, int advice)
{
	int fd = memfd_create("memory", MFD_CLOEXEC);
	char *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, bytes))
		p = map_at(bytes, RW, MAP_SHARED, fd);
	if (p != MAP_FAILED) {
		madvise(p, bytes, advice);
		touch(p, bytes, page);
	}
	if (fd >= 0)
		close(fd);
	return p;
}

static char *hugetlb(size_t bytes, uint64_t huge)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
	char *p;

	if (huge)
		flags |= (63 - __builtin_clzll(huge)) << MAP_HUGE_SHIFT;
	p = mmap(NULL, bytes, RW, flags, -1, 0);
	if (p != MAP_FAILED)
		touch(p, bytes, page);
	return p;
}

static char *guarded(size_t bytes)
{
	char *p = written(bytes, RW, MADV_NOHUGEPAGE);
	int r = 0;

	for (size_t i = 0; p != MAP_FAILED && i < bytes && !r; i += 2 * page)
		r = madvise(p + i, page, MADV_GUARD_INSTALL);
	return advised(p, bytes, r);
}

static char *stepped(size_t bytes, size_t step)
{
	char *p = map_anon(bytes, RW);

	if (p == MAP_FAILED)
		return p;
	madvise(p, bytes, MADV_NOHUGEPAGE);
	touch(p, bytes, step);
	return p;
}

static char *half_zero(size_t bytes)
{
	char *p = only_read(bytes, MADV_NOHUGEPAGE);

	if (p != MAP_FAILED)
		touch(p, bytes, 2 * page);
	return p;
}

static char *copied_on_write(size_t bytes)
{
	char *p = written(bytes, RW, MADV_NOHUGEPAGE);
	pid_t child = p == MAP_FAILED ? -1 : fork();

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (child > 0)
		touch(p, bytes, 2 * page);
	return p;
}

static char *spread(size_t bytes)
{
	char *p = map_anon(bytes, RW), *gaps = map_anon(bytes, RW);

	if (p == MAP_FAILED || gaps == MAP_FAILED)
		return MAP_FAILED;
	madvise(p, bytes, MADV_NOHUGEPAGE);
	madvise(gaps, bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes; i += page) {
		touch(p + i, page, page);
		touch(gaps + i, page, page);
	}
	munmap(gaps, bytes);
	return p;
}

static char *many(size_t bytes)
{
	char *p = written(bytes, RW, MADV_NOHUGEPAGE);
	int r = 0;

	for (size_t i = 0; p != MAP_FAILED && i < bytes && !r; i += 2 * page)
		r = mprotect(p + i, page, PROT_READ);
	return advised(p, bytes, r);
}

static char *make(const char *kind, size_t n)
{
	if (!strcmp(kind, "anon"))
		return written(n, RW, MADV_HUGEPAGE);
	if (!strcmp(kind, "small"))
		return written(n, RW, MADV_NOHUGEPAGE);
	if (!strcmp(kind, "exec"))
		return written(n, RW | PROT_EXEC, MADV_NOHUGEPAGE);
	if (!strcmp(kind, "readonly"))
		return small_then_protect(n, PROT_READ);
	if (!strcmp(kind, "protnone"))
		return small_then_protect(n, PROT_NONE);
	if (!strcmp(kind, "swapped"))
		return swapped(n);
	if (!strcmp(kind, "zero"))
		return only_read(n, MADV_NOHUGEPAGE);
	if (!strcmp(kind, "hugezero"))
		return only_read(n, MADV_HUGEPAGE);
	if (!strcmp(kind, "file"))
		return file_backed(n);
	if (!strcmp(kind, "shmem"))
		return shmem(n, MADV_NOHUGEPAGE);
	if (!strcmp(kind, "hugeshmem"))
		return shmem(n, MADV_HUGEPAGE);
	if (!strncmp(kind, "hugetlb", 7))
		return hugetlb(n, kind[7] == '.' ? size_of(kind + 8) : 0);
	if (!strcmp(kind, "guard"))
		return guarded(n);
	if (!strcmp(kind, "sparse"))
		return stepped(n, 1u << 30);
	if (!strcmp(kind, "checker"))
		return stepped(n, 2 * page);
	if (!strcmp(kind, "halfzero"))
		return half_zero(n);
	if (!strcmp(kind, "cow"))
		return copied_on_write(n);
	if (!strcmp(kind, "spread"))
		return spread(n);
	if (!strcmp(kind, "many"))
		return many(n);
	errno = EINVAL;
	return MAP_FAILED;
}

static int flip(char *p, size_t step, size_t count)
{
	for (size_t i = 0; i < count; i++, p += step) {
		if (mprotect(p, page, PROT_READ) || mprotect(p, page, RW))
			return -1;
		*(volatile char *)p = 2;
	}
	return 0;
}

static int change(const char *verb, char *p, uint64_t a, uint64_t b, const char *word)
{
	if (!strcmp(verb, "touch")) {
		touch(p + a, b, page);
		return 0;
	}
	if (!strcmp(verb, "drop"))
		return madvise(p + a, b, MADV_DONTNEED);
	if (!strcmp(verb, "unmap"))
		return munmap(p + a, b);
	if (!strcmp(verb, "flip"))
		return flip(p + b, a, size_of(word));
	if (!strcmp(verb, "protect"))
		return mprotect(p + a, b,
				!strcmp(word, "none") ? PROT_NONE
				: !strcmp(word, "r")  ? PROT_READ
						      : RW);
	errno = EINVAL;
	return -1;
}

static int obey(char *line)
{
	char *word[5] = { "", "", "", "", "" }, *save = NULL;
	unsigned long index;
	int n = 0;

	for (char *w = strtok_r(line, " \n", &save); w && n < 5;
	     w = strtok_r(NULL, " \n", &save))
		word[n++] = w;
	index = strtoul(word[1], NULL, 10);
	if (n < 4 || index >= MAX_MAPS || !maps[index].start) {
		errno = EINVAL;
		return -1;
	}
	return change(word[0], maps[index].start, size_of(word[2]), size_of(word[3]), word[4]);
}

static void *serve(void *unused)
{
	char line[256];

	(void)unused;
	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "exit", 4))
			break;
		if (!strncmp(line, "leave", 5))
			continue;
		if (obey(line))
			printf("fail %s\n", strerror(errno));
		else
			printf("done\n");
		fflush(stdout);
	}
	exit(0);
}

/* The first thread serves until it is told to leave, then another one does. */
static void serve_first(void)
{
	char line[256];
	pthread_t other;

	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "exit", 4))
			return;
		if (!strncmp(line, "leave", 5)) {
			pthread_create(&other, NULL, serve, NULL);
			printf("done\n");
			fflush(stdout);
			pthread_exit(NULL);
		}
		if (obey(line))
			printf("fail %s\n", strerror(errno));
		else
			printf("done\n");
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	page = sysconf(_SC_PAGESIZE);
	for (int i = 1; i < argc && i <= MAX_MAPS; i++) {
		char *kind = argv[i], *size = strchr(kind, '=');
		size_t bytes;
		char *p;

		if (!size)
			return 2;
		*size++ = '\0';
		bytes = size_of(size);
		p = make(kind, bytes);
		if (p == MAP_FAILED) {
			printf("fail %d %s %s\n", i - 1, kind, strerror(errno));
			continue;
		}
		maps[i - 1].start = p;
		maps[i - 1].bytes = bytes;
		printf("map %d %s %" PRIxPTR " %" PRIxPTR "\n", i - 1, kind, (uintptr_t)p,
		       (uintptr_t)p + bytes);
	}
	printf("ready %d\n", getpid());
	fflush(stdout);
	serve_first();
	return 0;
}
