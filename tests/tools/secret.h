// SPDX-License-Identifier: GPL-2.0-only
/* Memory that the kernel takes out of its linear map, page by page as it is touched. */
#ifndef TESTS_TOOLS_SECRET_H
#define TESTS_TOOLS_SECRET_H

#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* bytes of it, or MAP_FAILED with errno; the file is gone with the mapping */
static inline void *secret_map(size_t bytes)
{
	int fd = syscall(SYS_memfd_secret, 0);
	void *p;

	if (fd < 0)
		return MAP_FAILED;
	p = ftruncate(fd, bytes)
		    ? MAP_FAILED
		    : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p;
}

#endif
