// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <malloc.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/file.h"
#include "util/number.h"
#include "own_cost.h"
#include "util/util.h"

int own_cost_read(struct own_cost *ret)
{
	_cleanup_free_ char *statm = NULL;
	const char *p;
	uint64_t size, resident;
	int r = file_read("", "/proc/self/statm", &statm, NULL);

	if (r)
		return r;
	p = statm;
	if (scan_u64(&p, 10, &size) || scan_u64(&p, 10, &resident))
		return -EBADMSG;
	ret->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	ret->resident = resident * sysconf(_SC_PAGESIZE);
	return 0;
}

void own_cost_trim(void)
{
	malloc_trim(0);
}

void own_cost_limit_heap(void)
{
	mallopt(M_ARENA_MAX, 1); /* a second thread needs little */
	mallopt(M_MMAP_THRESHOLD, 64 << 10);
	mallopt(M_TRIM_THRESHOLD, 256 << 10);
}
