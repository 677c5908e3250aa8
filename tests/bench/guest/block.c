// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes through the page cache to a block device whose driver works on every byte: zram,
 * which compresses (LZO-RLE) where dm-crypt encrypts.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define CHUNK  65536
#define PASSES 2

/* A quarter of it random: pages compress to about a quarter. */
static void fill(char *chunk)
{
	for (int i = 0; i < CHUNK; i += 32) {
		uint64_t word = guest_random();

		memcpy(chunk + i, &word, sizeof(word));
	}
}

static void write_all(int fd, char *chunk, long mib)
{
	for (long at = 0; at < mib << 20; at += CHUNK) {
		fill(chunk);
		if (pwrite(fd, chunk, CHUNK, at) != CHUNK)
			guest_die("zram0");
	}
	guest_check(fsync(fd), "zram0");
}

void block_write(long mib)
{
	static char chunk[CHUNK];
	char size[32];
	int fd;

	guest_load_zram();
	snprintf(size, sizeof(size), "%ldM", mib);
	guest_write("/sys/block/zram0/disksize", size);
	fd = guest_check(open("/dev/zram0", O_RDWR), "zram0");
	write_all(fd, chunk, mib);
	guest_look();
	write_all(fd, chunk, mib / 8);
	guest_begin();
	for (int i = 0; i < PASSES; i++)
		write_all(fd, chunk, mib);
	guest_end("block", "");
}
