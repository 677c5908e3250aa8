// SPDX-License-Identifier: GPL-2.0-only
/*
 * folios PID - the folio behind each address on standard input, one a line in hexadecimal
 *
 * By /proc/PID/pagemap, and /proc/kpageflags, in which a folio is a head and the tails after
 * it.  Prints ADDRESS ORDER anon|file|ksm|gone.  Bits: admin-guide/mm/pagemap.rst
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PRESENT (1ull << 63)
#define FRAME	((1ull << 55) - 1)
#define ANON	(1ull << 12)
#define HEAD	(1ull << 15)
#define TAIL	(1ull << 16)
#define KSM	(1ull << 21)

static int kpageflags;
static uint64_t ksm = KSM; /* 0: the kernel sets it for other pages, too */

static uint64_t word_at(int fd, uint64_t index)
{
	uint64_t n = 0;

	return pread(fd, &n, sizeof(n), index * sizeof(n)) == sizeof(n) ? n : 0;
}

/* Frames of the folio that begins at @head. */
static unsigned int order_of(uint64_t head)
{
	static uint64_t flags[1 << 14];
	unsigned int order = 0;
	size_t n = 1, max;
	ssize_t got;

	if (!(word_at(kpageflags, head) & HEAD))
		return 0;
	got = pread(kpageflags, flags, sizeof(flags), head * 8);
	max = got > 0 ? got / 8 : 0;
	while (n < max && flags[n] & TAIL)
		n++;
	while (1ull << order < n)
		order++;
	return order;
}

static void print_folio(unsigned long long va, uint64_t entry)
{
	static uint64_t last_head = ~0ull;
	static unsigned int last_order;
	uint64_t head = entry & FRAME, flags;

	if (!(entry & PRESENT)) {
		printf("%llx 0 gone\n", va);
		return;
	}
	if (head < last_head || head - last_head >= 1ull << last_order) {
		while (head && word_at(kpageflags, head) & TAIL)
			head--;
		last_order = order_of(head);
		last_head = head;
	}
	flags = word_at(kpageflags, last_head);
	printf("%llx %u %s\n", va, last_order,
	       flags & ksm    ? "ksm"
	       : flags & ANON ? "anon"
			      : "file");
}

/* Linux 6.12 says of each anonymous page that it is merged, even of one that is ours alone. */
static void ksm_try(uint64_t page)
{
	static volatile char ours;
	int self = open("/proc/self/pagemap", O_RDONLY);

	ours = 1;
	if (word_at(kpageflags, word_at(self, (uintptr_t)&ours / page) & FRAME) & KSM)
		ksm = 0;
	close(self);
}

int main(int argc, char **argv)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	char path[64], line[64];
	int pagemap;

	if (argc != 2)
		return 2;
	snprintf(path, sizeof(path), "/proc/%s/pagemap", argv[1]);
	pagemap = open(path, O_RDONLY);
	kpageflags = open("/proc/kpageflags", O_RDONLY);
	if (pagemap < 0 || kpageflags < 0) {
		perror(pagemap < 0 ? path : "/proc/kpageflags");
		return 1;
	}
	ksm_try(page);
	while (fgets(line, sizeof(line), stdin)) {
		unsigned long long va = strtoull(line, NULL, 16);

		print_folio(va, word_at(pagemap, va / page));
	}
	return 0;
}
