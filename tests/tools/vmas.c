// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmas PID - what smaps, pagemap and kpageflags say of each mapping of a process
 *
 * A line each, all in bytes: vma START END rss N swap N huge N hugetlb N present N absent N
 * zero N
 *
 * rss, swap, hugetlb: of smaps; huge: its AnonHugePages, ShmemPmdMapped and FilePmdMapped;
 * present, absent (swap, migration, markers): bits 63 and 62 of pagemap; zero: what of present
 * is the zero page or the huge one by /proc/kpageflags.  As root; the kernel's
 * Documentation/admin-guide/mm/pagemap.rst
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESENT (1ull << 63)
#define SWAP	(1ull << 62)
#define FRAME	((1ull << 55) - 1)
#define IS_ZERO (1ull << 24) /* KPF_ZERO_PAGE */
#define AT_ONCE 4096

struct vma {
	uint64_t start, end;
	uint64_t rss, swap, huge, hugetlb; /* KiB */
	uint64_t present, absent, zero;	   /* pages */
};

static const struct {
	const char *name;
	size_t offset;
} keys[] = {
	{ "Rss:", offsetof(struct vma, rss) },
	{ "Swap:", offsetof(struct vma, swap) },
	{ "AnonHugePages:", offsetof(struct vma, huge) },
	{ "ShmemPmdMapped:", offsetof(struct vma, huge) },
	{ "FilePmdMapped:", offsetof(struct vma, huge) },
	{ "Shared_Hugetlb:", offsetof(struct vma, hugetlb) },
	{ "Private_Hugetlb:", offsetof(struct vma, hugetlb) },
};

static int pagemap, kpageflags;
static size_t page;

static int is_zero(uint64_t frame)
{
	uint64_t flags = 0;

	if (pread(kpageflags, &flags, sizeof(flags), frame * sizeof(flags)) != sizeof(flags))
		return 0;
	return (flags & IS_ZERO) != 0;
}

static void count_pages(struct vma *v)
{
	static uint64_t entries[AT_ONCE];

	for (uint64_t at = v->start / page; at < v->end / page;) {
		size_t n = v->end / page - at < AT_ONCE ? v->end / page - at : AT_ONCE;
		ssize_t got =
			pread(pagemap, entries, n * sizeof(*entries), at * sizeof(*entries));

		if (got <= 0)
			return;
		n = got / sizeof(*entries);
		for (size_t i = 0; i < n; i++) {
			v->present += (entries[i] & PRESENT) != 0;
			v->absent += (entries[i] & SWAP) != 0;
			v->zero += entries[i] & PRESENT && is_zero(entries[i] & FRAME);
		}
		at += n;
	}
}

static void print_vma(struct vma *v)
{
	/* The vsyscall page of x86_64 is no mapping of the process. */
	if (!v->end || v->start >> 63)
		return;
	count_pages(v);
	printf("vma %" PRIx64 " %" PRIx64 " rss %" PRIu64 " swap %" PRIu64 " huge %" PRIu64
	       " hugetlb %" PRIu64 " present %" PRIu64 " absent %" PRIu64 " zero %" PRIu64
	       "\n",
	       v->start, v->end, v->rss << 10, v->swap << 10, v->huge << 10, v->hugetlb << 10,
	       v->present * page, v->absent * page, v->zero * page);
}

static int is_header(const char *line, struct vma *ret)
{
	char *end;

	*ret = (struct vma){ .start = strtoull(line, &end, 16) };
	if (end == line || *end != '-')
		return 0;
	ret->end = strtoull(end + 1, &end, 16);
	return *end == ' ';
}

static void read_smaps(FILE *smaps)
{
	struct vma v = { 0 }, next;
	char line[8192];

	while (fgets(line, sizeof(line), smaps)) {
		if (is_header(line, &next)) {
			print_vma(&v);
			v = next;
			continue;
		}
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			size_t len = strlen(keys[i].name);

			if (!strncmp(line, keys[i].name, len))
				*(uint64_t *)((char *)&v + keys[i].offset) +=
					strtoull(line + len, NULL, 10);
		}
	}
	print_vma(&v);
}

int main(int argc, char **argv)
{
	char path[64];
	FILE *smaps;

	if (argc != 2)
		return 2;
	page = sysconf(_SC_PAGESIZE);
	snprintf(path, sizeof(path), "/proc/%s/pagemap", argv[1]);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%s/smaps", argv[1]);
	smaps = fopen(path, "re");
	if (pagemap < 0 || kpageflags < 0 || !smaps) {
		perror(path);
		return 1;
	}
	read_smaps(smaps);
	fclose(smaps);
	return 0;
}
