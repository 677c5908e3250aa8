// SPDX-License-Identifier: GPL-2.0-only
/*
 * contpte BYTES BLOCK - memory in contiguous blocks, changed on command
 *
 * Maps BYTES aligned to two BLOCKs, prints "ready PID ADDRESS", reads one command a line:
 *
 *   touch        write to each block; with large folios each fault maps one whole
 *   protect K    make one page in the middle of the first K blocks read-only
 *   restore K    make them writable again
 *   last K       the same both ways with the last page of the last K blocks
 *   refold K     the same both ways with the last page of the first K blocks
 *   hide         take all access from all of it (PROT_NONE)
 *   drop K       drop one page in the middle (MADV_DONTNEED) of K blocks from the middle on
 *   fork         fork a child, which exits at once
 *   cow K        fork a child that stays until the parent has written to K small pages
 *   child        fork a child that stays until "reap": "done PID"
 *   write K      write to one page in the middle of K blocks from the middle on
 *   next K       write to the page after that one
 *   child-write K, child-next K      the same by the child
 *   reap         let the child go
 *   unmap        unmap everything
 *
 * and prints "done" after each.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct memory {
	char *start;
	size_t bytes, block, page;
	pid_t child;
	int to_child, from_child; /* a struct order, a byte when it has been obeyed */
};

/* What a child that stays is to do. */
struct order {
	size_t page, blocks;
};

static void die(const char *what)
{
	fprintf(stderr, "contpte: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void map(struct memory *m)
{
	size_t align = 2 * m->block;
	char *p = mmap(NULL, m->bytes + align, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	m->start = (char *)(((uintptr_t)p + align - 1) & -align);
	if (madvise(m->start, m->bytes, MADV_HUGEPAGE))
		die("MADV_HUGEPAGE");
}

static void touch(const struct memory *m)
{
	for (size_t i = 0; i < m->bytes; i += m->block)
		*(volatile char *)(m->start + i) = 1;
}

static char *page_of(const struct memory *m, size_t block, size_t page)
{
	return m->start + block * m->block + page * m->page;
}

static void protect(char *page, const struct memory *m, int prot)
{
	if (mprotect(page, m->page, prot))
		die("mprotect");
}

static void fork_child(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

/* Small pages, lest a write copies a folio: one flush a page. */
static void copy_on_write(const struct memory *m, size_t k)
{
	char *p = m->start;
	int child[2];
	pid_t pid;
	char c;

	if (k * m->page > m->bytes || madvise(p, m->bytes, MADV_NOHUGEPAGE) || pipe(child))
		die("cow");
	for (size_t i = 0; i < k; i++)
		*(volatile char *)(p + i * m->page) = 1;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(child[1]);
		_exit(read(child[0], &c, 1));
	}
	for (size_t i = 0; i < k; i++)
		*(volatile char *)(p + i * m->page) = 2;
	close(child[0]);
	close(child[1]);
	waitpid(pid, NULL, 0);
}

/* From the middle on, to the page @page of each of @k blocks. */
static void write_blocks(const struct memory *m, size_t k, size_t page)
{
	size_t blocks = m->bytes / m->block;

	for (size_t i = 0; i < k && blocks / 2 + i < blocks; i++)
		*(volatile char *)page_of(m, blocks / 2 + i, page) = 3;
}

static void be_child(const struct memory *m, int in, int out)
{
	struct order order;

	while (read(in, &order, sizeof(order)) == sizeof(order)) {
		write_blocks(m, order.blocks, order.page);
		if (write(out, "", 1) != 1)
			break;
	}
	_exit(0);
}

static void start_child(struct memory *m)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		die("pipe");
	m->child = fork();
	if (m->child < 0)
		die("fork");
	if (!m->child) {
		close(to[1]);
		be_child(m, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	m->to_child = to[1];
	m->from_child = from[0];
}

static void order_child(const struct memory *m, size_t k, size_t page)
{
	struct order order = { .page = page, .blocks = k };
	char c;

	if (write(m->to_child, &order, sizeof(order)) != sizeof(order) ||
	    read(m->from_child, &c, 1) != 1)
		die("child");
}

static void reap_child(struct memory *m)
{
	close(m->to_child);
	close(m->from_child);
	waitpid(m->child, NULL, 0);
	m->child = 0;
}

/* Commands for a child that stays, and what it is held against. */
static void obey_family(struct memory *m, const char *command, size_t k)
{
	size_t middle = m->block / m->page / 2;

	if (!strcmp(command, "child"))
		start_child(m);
	if (!strcmp(command, "write"))
		write_blocks(m, k, middle);
	if (!strcmp(command, "next"))
		write_blocks(m, k, middle + 1);
	if (!strcmp(command, "child-write"))
		order_child(m, k, middle);
	if (!strcmp(command, "child-next"))
		order_child(m, k, middle + 1);
	if (!strcmp(command, "reap"))
		reap_child(m);
}

static void obey(const struct memory *m, const char *command, size_t k)
{
	size_t blocks = m->bytes / m->block, middle = m->block / m->page / 2;
	size_t last = m->block / m->page - 1;

	if (!strcmp(command, "touch"))
		touch(m);
	for (size_t i = 0; i < k; i++) {
		if (i >= blocks)
			break;
		if (!strcmp(command, "protect"))
			protect(page_of(m, i, middle), m, PROT_READ);
		else if (!strcmp(command, "restore"))
			protect(page_of(m, i, middle), m, PROT_READ | PROT_WRITE);
		else if (!strcmp(command, "drop"))
			madvise(page_of(m, blocks / 2 + i, middle), m->page, MADV_DONTNEED);
		else if (!strcmp(command, "last")) {
			protect(page_of(m, blocks - 1 - i, last), m, PROT_READ);
			protect(page_of(m, blocks - 1 - i, last), m, PROT_READ | PROT_WRITE);
		} else if (!strcmp(command, "refold")) {
			protect(page_of(m, i, last), m, PROT_READ);
			protect(page_of(m, i, last), m, PROT_READ | PROT_WRITE);
		}
	}
	if (!strcmp(command, "hide") && mprotect(m->start, m->bytes, PROT_NONE))
		die("mprotect");
	if (!strcmp(command, "fork"))
		fork_child();
	if (!strcmp(command, "cow"))
		copy_on_write(m, k);
	if (!strcmp(command, "unmap"))
		munmap(m->start, m->bytes);
}

int main(int argc, char **argv)
{
	struct memory m = { .page = sysconf(_SC_PAGESIZE) };
	char line[64], *space;

	if (argc != 3) {
		fprintf(stderr, "usage: contpte BYTES BLOCK\n");
		return 2;
	}
	m.bytes = strtoul(argv[1], NULL, 0);
	m.block = strtoul(argv[2], NULL, 0);
	/* Nothing but obey() is to fault or change a mapping from here on. */
	setvbuf(stdout, malloc(256), _IOLBF, 256);
	setvbuf(stdin, malloc(256), _IOLBF, 256);
	map(&m);
	printf("ready %d %p\n", getpid(), (void *)m.start);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		space = strchr(line, ' ');
		if (space)
			*space++ = '\0';
		obey(&m, line, space ? strtoul(space, NULL, 0) : 0);
		obey_family(&m, line, space ? strtoul(space, NULL, 0) : 0);
		if (strcmp(line, "child"))
			printf("done\n");
		else
			printf("done %d\n", m.child);
	}
	return 0;
}
