// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pagewalk/ptsample.h"
#include "util/clock.h"
#include "util/util.h"

#define MAP_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static char *ptsample_map(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_FLAGS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static char page_at(const struct ptsample *s, enum ptsample_page which)
{
	return *(volatile char *)(s->pages + 2 * which * s->page_size);
}

/* In no other place of memory, and in none where an earlier sample has left its words. */
static uint64_t unique_word(const volatile void *at)
{
	uint64_t x = clock_ns(CLOCK_MONOTONIC) ^ (uintptr_t)at ^ (uint64_t)getpid() << 48;

	return (x * 0x9e3779b97f4a7c15ull) | 1;
}

static int ptsample_touch_pages(struct ptsample *s)
{
	/* No large folio across them: each shall have an entry of its own kind. */
	madvise(s->pages, 2 * SAMPLE_MAX * s->page_size, MADV_NOHUGEPAGE);
	for (int i = 0; i < SAMPLE_MAX; i++) {
		char *p = s->pages + 2 * i * s->page_size;

		if (i == SAMPLE_ZERO || i == SAMPLE_ZERO_TOO)
			page_at(s, i);
		else
			*(volatile uint64_t *)p = unique_word(p);
		if (i == SAMPLE_PROTNONE && mprotect(p, s->page_size, PROT_NONE))
			return -errno;
	}
	return 0;
}

static size_t huge_reserve(size_t huge_bytes)
{
	return (SAMPLE_HUGE + 1) * huge_bytes;
}

uint64_t ptsample_huge(const struct ptsample *s, unsigned int which)
{
	uint64_t at = (uintptr_t)s->huge, size = s->huge_size;

	return at ? ((at + size - 1) & ~(size - 1)) + which * size : 0;
}

int ptsample_init_huge(struct ptsample *s, size_t huge_bytes)
{
	*s = (struct ptsample){ 0 };
	if (!huge_bytes || huge_bytes > SAMPLE_HUGE_MAX)
		return 0;
	s->huge_size = huge_bytes;
	s->huge = ptsample_map(huge_reserve(huge_bytes));
	if (!s->huge)
		return -errno;
	madvise(s->huge, huge_reserve(huge_bytes), MADV_HUGEPAGE);
	for (unsigned int i = 0; i < SAMPLE_HUGE; i++)
		(void)*(volatile char *)ptsample_huge(s, i);
	return 0;
}

int ptsample_init(struct ptsample *s, size_t page_size, size_t huge_bytes)
{
	int r = ptsample_init_huge(s, huge_bytes);

	if (r)
		return r;
	s->page_size = page_size;
	s->pages = ptsample_map(2 * SAMPLE_MAX * page_size);
	r = s->pages ? ptsample_touch_pages(s) : -errno;
	if (r)
		ptsample_done(s);
	return r;
}

void ptsample_done(struct ptsample *s)
{
	if (s->pages)
		munmap(s->pages, 2 * SAMPLE_MAX * s->page_size);
	if (s->huge)
		munmap(s->huge, huge_reserve(s->huge_size));
	*s = (struct ptsample){ 0 };
}

uint64_t ptsample_address(const struct ptsample *s, enum ptsample_page which)
{
	return (uintptr_t)s->pages + 2 * which * s->page_size;
}

uint64_t ptsample_word(const struct ptsample *s, enum ptsample_page which)
{
	return *(volatile uint64_t *)ptsample_address(s, which);
}
