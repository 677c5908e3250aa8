// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagemap [-b BLOCK_BYTES] [-n TIMES] PID - what /proc/PID/pagemap says, as "KEY BYTES" lines
 *
 * present, swap (swap, migration and other entries that are not present), aligned: whole
 * aligned blocks of BLOCK_BYTES whose frames are contiguous and aligned (needs CAP_SYS_ADMIN).
 * fastest_ns: the fastest of TIMES readings, maps included.  Bits: admin-guide/mm/pagemap.rst
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PRESENT (1ull << 63)
#define SWAP	(1ull << 62)
#define FRAME	((1ull << 55) - 1)
#define ENTRIES (128 * 1024)

struct sums {
	uint64_t present, swap, aligned, ns;
};

static uint64_t entries[ENTRIES];
static size_t page;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int block_is_aligned(const uint64_t *e, size_t n)
{
	uint64_t first = e[0] & FRAME;

	if (!first || first % n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!(e[i] & PRESENT) || (e[i] & FRAME) != first + i)
			return 0;
	}
	return 1;
}

static void count(struct sums *s, uint64_t first, size_t n, size_t block)
{
	for (size_t i = 0; i < n; i++) {
		s->present += entries[i] >> 63;
		s->swap += entries[i] >> 62 & 1;
	}
	for (size_t i = block ? -first % block : 0; block && i + block <= n; i += block)
		s->aligned += block * block_is_aligned(entries + i, block);
}

static void read_range(struct sums *s, int fd, uint64_t start, uint64_t end, size_t block)
{
	for (uint64_t at = start / page; at < end / page;) {
		size_t n = end / page - at < ENTRIES ? end / page - at : ENTRIES;
		ssize_t got = pread(fd, entries, n * sizeof(*entries), at * sizeof(*entries));

		if (got <= 0)
			return;
		n = got / sizeof(*entries);
		count(s, at, n, block);
		at += n;
	}
}

static int read_once(const char *pid, size_t block, struct sums *s)
{
	char path[64], line[8192];
	uint64_t began = now_ns();
	FILE *maps;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!maps || fd < 0) {
		perror(path);
		return -1;
	}
	while (fgets(line, sizeof(line), maps)) {
		char *dash;
		uint64_t start = strtoull(line, &dash, 16);

		if (*dash == '-' && !(start >> 63))
			read_range(s, fd, start, strtoull(dash + 1, NULL, 16), block);
	}
	fclose(maps);
	close(fd);
	s->ns = now_ns() - began;
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t fastest = UINT64_MAX;
	struct sums s = { 0 };
	long times = 1;
	size_t block = 0;
	int c;

	page = sysconf(_SC_PAGESIZE);
	while ((c = getopt(argc, argv, "b:n:")) != -1) {
		if (c == 'b')
			block = strtoull(optarg, NULL, 0) / page;
		else if (c == 'n')
			times = strtol(optarg, NULL, 0);
		else
			return 2;
	}
	if (optind != argc - 1)
		return 2;
	for (long i = 0; i < times; i++) {
		s = (struct sums){ 0 };
		if (read_once(argv[optind], block, &s))
			return 1;
		fastest = s.ns < fastest ? s.ns : fastest;
	}
	printf("present %" PRIu64 "\nswap %" PRIu64 "\naligned %" PRIu64
	       "\nfastest_ns %" PRIu64 "\n",
	       s.present * page, s.swap * page, s.aligned * page, fastest);
	return 0;
}
