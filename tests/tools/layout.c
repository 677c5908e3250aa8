// SPDX-License-Identifier: GPL-2.0-only
/*
 * layout SEED [AREAS [CHANGES]] - memory laid out at random, the same way for the same SEED
 *
 * Makes areas of each kind (see kinds[]) of random size, changes random parts of them in
 * random ways (see changes[]), and tells what came of it:
 *
 *   kind NAME COUNT [REASON]      areas made, why there are fewer than wanted
 *   change NAME COUNT FAILED      how often that was done, and refused
 *   ready PID
 *
 * Then it stands still until it reads a line or its input ends.  Files are in $TMPDIR.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "secret.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE  103
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

#define AREAS_MAX 512
#define HUGE	  (2ul << 20) /* areas are aligned to that, and large ones a few of them long */
#define CHILDREN  2
#define RW	  (PROT_READ | PROT_WRITE)

#define KIND_ANON    1u
#define KIND_SHMEM   2u
#define KIND_FILE    4u
#define KIND_OTHER   8u /* is not changed after it was made */
#define KIND_CHANGED (KIND_ANON | KIND_SHMEM | KIND_FILE)

struct area {
	char *start;
	size_t bytes;
	unsigned int kind;
};

static struct area areas[AREAS_MAX];
static size_t nareas, page;
static uint64_t state;
static int uffd = -1;

/* SplitMix64 (G. L. Steele et al., OOPSLA 2014) */
static uint64_t draw(uint64_t below)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % below;
}

static size_t draw_bytes(void)
{
	return draw(3) ? (1 + draw(1ull << draw(11))) * page : (1 + draw(4)) * HUGE;
}

/* A place with nothing of ours beside it, so that no mapping joins another by chance. */
static char *draw_place(size_t bytes)
{
	char *reserve = mmap(NULL, bytes + 3 * HUGE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uintptr_t at = ((uintptr_t)reserve + HUGE) & ~(HUGE - 1);

	if (reserve == MAP_FAILED)
		return NULL;
	munmap(reserve, bytes + 3 * HUGE);
	return (char *)(draw(2) ? at : at + draw(HUGE / page) * page);
}

static char *map_at(size_t bytes, int prot, int flags, int fd)
{
	char *at = draw_place(bytes);

	return at ? mmap(at, bytes, prot, flags | MAP_FIXED_NOREPLACE, fd, 0) : MAP_FAILED;
}

static void touch(char *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += page)
		((volatile char *)p)[i] = 1;
}

/* --- kinds ------------------------------------------------------------------ */

static char *make_anon(size_t bytes)
{
	char *p = map_at(bytes, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

	if (p != MAP_FAILED)
		madvise(p, bytes, draw(2) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return p;
}

static char *make_none(size_t bytes)
{
	return map_at(bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

static char *make_shmem(size_t bytes)
{
	int fd = memfd_create("layout", MFD_CLOEXEC);
	char *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, bytes))
		p = map_at(bytes, RW, draw(2) ? MAP_SHARED : MAP_PRIVATE, fd);
	if (p != MAP_FAILED)
		madvise(p, bytes, draw(2) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	if (fd >= 0)
		close(fd);
	return p;
}

static int make_temporary(size_t bytes)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/layout.XXXXXX", dir ? dir : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	unlink(path);
	for (size_t i = 0; i < bytes; i += page) {
		if (pwrite(fd, "x", 1, i + page - 1) != 1) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

static char *make_file(size_t bytes)
{
	int prot = draw(3) ? RW : PROT_READ, flags = draw(2) ? MAP_SHARED : MAP_PRIVATE;
	int fd = make_temporary(bytes);
	char *p = fd < 0 ? MAP_FAILED : map_at(bytes, prot, flags, fd);

	if (fd >= 0)
		close(fd);
	return p;
}

static char *make_hugetlb(size_t bytes)
{
	char *p = mmap(NULL, HUGE, RW,
		       (draw(2) ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_HUGETLB, -1,
		       0);

	if (p != MAP_FAILED && draw(4))
		touch(p, page);
	return p;
}

static char *make_secret(size_t bytes)
{
	char *p = secret_map(bytes);

	for (size_t i = 0; p != MAP_FAILED && i < bytes; i += page) {
		if (draw(2))
			touch(p + i, page);
	}
	return p;
}

static int open_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };

	if (uffd < 0)
		uffd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	else
		return 0;
	return uffd < 0 || ioctl(uffd, UFFDIO_API, &api) ? -1 : 0;
}

/* Written here and there, then protected here and there: nobody writes to it any more. */
static char *make_uffd(size_t bytes)
{
	char *p = open_uffd() ? MAP_FAILED : make_anon(bytes);
	struct uffdio_register reg = { .range = { (uintptr_t)p, bytes },
				       .mode = UFFDIO_REGISTER_MODE_WP };

	if (p == MAP_FAILED || ioctl(uffd, UFFDIO_REGISTER, &reg))
		return MAP_FAILED;
	for (size_t i = 0; i < bytes; i += page) {
		if (draw(2))
			touch(p + i, page);
	}
	for (int i = 0; i < 4; i++) {
		size_t from = draw(bytes / page) * page;
		struct uffdio_writeprotect wp = {
			.range = { (uintptr_t)p + from, bytes - from },
			.mode = draw(2) ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
		};

		ioctl(uffd, UFFDIO_WRITEPROTECT, &wp);
	}
	return p;
}

static struct {
	const char *name;
	char *(*make)(size_t bytes);
	unsigned int kind, weight, made;
	int error;
} kinds[] = {
	{ "anon", make_anon, KIND_ANON, 8, 0, 0 },
	{ "none", make_none, KIND_OTHER, 1, 0, 0 },
	{ "shmem", make_shmem, KIND_SHMEM, 3, 0, 0 },
	{ "file", make_file, KIND_FILE, 3, 0, 0 },
	{ "hugetlb", make_hugetlb, KIND_OTHER, 1, 0, 0 },
	{ "secret", make_secret, KIND_OTHER, 1, 0, 0 },
	{ "uffd-wp", make_uffd, KIND_OTHER, 2, 0, 0 },
};

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static void add_area(char *start, size_t bytes, unsigned int kind)
{
	if (nareas < AREAS_MAX)
		areas[nareas++] = (struct area){ start, bytes, kind };
}

static void make_area(void)
{
	unsigned int n = 0, i = 0;
	size_t bytes = draw_bytes();
	char *p;

	for (size_t k = 0; k < NKINDS; k++)
		n += kinds[k].weight;
	for (n = draw(n); n >= kinds[i].weight; i++)
		n -= kinds[i].weight;
	p = kinds[i].make(bytes);
	if (p == MAP_FAILED) {
		kinds[i].error = errno;
		return;
	}
	kinds[i].made++;
	add_area(p, bytes, kinds[i].kind);
}

/* --- changes ----------------------------------------------------------------- */

/* The kernel touches the pages: what may not be touched is refused, and is no signal. */
static int change_write(char *p, size_t n, int unused)
{
	return madvise(p, n, MADV_POPULATE_WRITE);
}

static int change_advice(char *p, size_t n, int advice)
{
	return madvise(p, n, advice);
}

/* The whole huge pages in it; those of areas that do not want any, too. */
static int change_collapse(char *p, size_t n, int unused)
{
	char *first = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
	char *end = (char *)(((uintptr_t)p + n) & ~(HUGE - 1));

	if (end <= first || madvise(first, end - first, MADV_HUGEPAGE))
		return -1;
	return madvise(first, end - first, MADV_COLLAPSE);
}

static int change_rights(char *p, size_t n, int prot)
{
	return mprotect(p, n, prot);
}

static int change_unmap(char *p, size_t n, int unused)
{
	return munmap(p, n);
}

/* The part goes elsewhere and is an area of its own from then on. */
static int change_move(char *p, size_t n, int unused)
{
	char *to = draw_place(n);

	if (!to || mremap(p, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED)
		return -1;
	add_area(to, n, KIND_OTHER);
	return 0;
}

/* A child shares all there is until it is written. */
static int change_fork(char *p, size_t n, int unused)
{
	static int children;
	pid_t pid;

	if (children == CHILDREN)
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	children += pid > 0;
	return pid > 0 ? 0 : -1;
}

static struct {
	const char *name;
	int (*change)(char *p, size_t n, int with);
	int with;
	unsigned int kinds, weight, done, failed;
} changes[] = {
	{ "write", change_write, 0, KIND_CHANGED, 10, 0, 0 },
	{ "read", change_advice, MADV_POPULATE_READ, KIND_CHANGED, 6, 0, 0 },
	{ "drop", change_advice, MADV_DONTNEED, KIND_CHANGED, 3, 0, 0 },
	{ "pageout", change_advice, MADV_PAGEOUT, KIND_CHANGED, 3, 0, 0 },
	{ "free", change_advice, MADV_FREE, KIND_ANON, 1, 0, 0 },
	{ "collapse", change_collapse, 0, KIND_CHANGED, 6, 0, 0 },
	{ "guard", change_advice, MADV_GUARD_INSTALL, KIND_CHANGED, 2, 0, 0 },
	{ "unguard", change_advice, MADV_GUARD_REMOVE, KIND_CHANGED, 1, 0, 0 },
	{ "protect-none", change_rights, PROT_NONE, KIND_CHANGED, 2, 0, 0 },
	{ "protect-read", change_rights, PROT_READ, KIND_CHANGED, 2, 0, 0 },
	{ "protect-exec", change_rights, PROT_READ | PROT_EXEC, KIND_CHANGED, 1, 0, 0 },
	{ "protect-write", change_rights, RW, KIND_CHANGED, 2, 0, 0 },
	{ "move", change_move, 0, KIND_CHANGED, 2, 0, 0 },
	{ "unmap", change_unmap, 0, KIND_CHANGED, 1, 0, 0 },
	{ "fork", change_fork, 0, KIND_CHANGED, 1, 0, 0 },
};

#define NCHANGES (sizeof(changes) / sizeof(changes[0]))

/* A random part: any pages, or, now and then, whole huge pages. */
static size_t draw_part(const struct area *a, char **ret)
{
	size_t pages = a->bytes / page, from = draw(pages), n = 1 + draw(pages - from);

	if (a->bytes >= 2 * HUGE && draw(3)) {
		uintptr_t first = ((uintptr_t)a->start + HUGE - 1) & ~(HUGE - 1);
		size_t huge = ((uintptr_t)a->start + a->bytes - first) / HUGE;

		from = draw(huge);
		*ret = (char *)first + from * HUGE;
		return (1 + draw(huge - from)) * HUGE;
	}
	*ret = a->start + from * page;
	return n * page;
}

static void change_some(void)
{
	const struct area *a = &areas[draw(nareas)];
	unsigned int n = 0, i = 0;
	size_t bytes;
	char *p;

	for (size_t k = 0; k < NCHANGES; k++)
		n += changes[k].weight;
	for (n = draw(n); n >= changes[i].weight; i++)
		n -= changes[i].weight;
	if (!(changes[i].kinds & a->kind))
		return;
	bytes = draw_part(a, &p);
	if (changes[i].change(p, bytes, changes[i].with))
		changes[i].failed++;
	else
		changes[i].done++;
}

static void tell(void)
{
	for (size_t k = 0; k < NKINDS; k++)
		printf("kind %s %u %s\n", kinds[k].name, kinds[k].made,
		       kinds[k].error ? strerror(kinds[k].error) : "");
	for (size_t k = 0; k < NCHANGES; k++)
		printf("change %s %u %u\n", changes[k].name, changes[k].done,
		       changes[k].failed);
	printf("ready %d\n", getpid());
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long wanted = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
	unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 10) : 400;

	if (argc < 2)
		return 2;
	state = strtoull(argv[1], NULL, 0);
	page = sysconf(_SC_PAGESIZE);
	for (unsigned long i = 0; i < wanted; i++)
		make_area();
	for (unsigned long i = 0; nareas && i < n; i++)
		change_some();
	tell();
	getchar();
	return 0;
}
