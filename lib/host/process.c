// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/file.h"
#include "util/number.h"
#include "host/meminfo.h"
#include "host/process.h"
#include "util/util.h"

static int read_file_of(const char *root, pid_t pid, const char *name, char **ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return file_read(root, path, ret, NULL);
}

struct statm {
	uint64_t size, resident;
};

/* "SIZE RESIDENT ..." in pages: Documentation/filesystems/proc.rst, statm. */
static int process_parse_statm(const char *text, struct statm *ret)
{
	return scan_u64(&text, 10, &ret->size) || scan_u64(&text, 10, &ret->resident)
		       ? -EBADMSG
		       : 0;
}

/* A thread of @pid that still has its memory, by @ret; 0: none has. */
static pid_t find_memory(const char *root, pid_t pid, struct statm *ret)
{
	_cleanup_(strings_free_p) char **threads = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	if (file_list(root, path, &threads))
		return 0;
	for (size_t i = 0; threads[i]; i++) {
		_cleanup_free_ char *text = NULL;
		uint64_t tid;

		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/statm", pid, threads[i]);
		if (!parse_u64(threads[i], 10, INT_MAX, &tid) && (pid_t)tid != pid &&
		    !file_read(root, path, &text, NULL) && !process_parse_statm(text, ret) &&
		    ret->size)
			return tid;
	}
	return 0;
}

/* A first thread that ends before the others leaves its memory to them, and shows none. */
static int read_statm(const char *root, pid_t pid, struct statm *ret, pid_t *ret_thread)
{
	_cleanup_free_ char *text = NULL;
	struct statm other;
	int r;

	r = read_file_of(root, pid, "statm", &text);
	if (!r)
		r = process_parse_statm(text, ret);
	if (r)
		return r;
	*ret_thread = ret->size ? pid : find_memory(root, pid, &other);
	if (!ret->size && *ret_thread)
		*ret = other;
	return 0;
}

pid_t process_memory_thread(const char *root, pid_t pid)
{
	struct statm statm;
	pid_t thread;

	return read_statm(root, pid, &statm, &thread) ? 0 : thread;
}

int process_resident(const char *root, pid_t pid, uint64_t *ret_pages)
{
	struct statm statm;
	pid_t thread;
	int r = read_statm(root, pid, &statm, &thread);

	if (!r)
		*ret_pages = statm.resident;
	return r;
}

int process_size(const char *root, pid_t pid, uint64_t *ret_pages)
{
	struct statm statm;
	pid_t thread;
	int r = read_statm(root, pid, &statm, &thread);

	if (!r)
		*ret_pages = statm.size;
	return r;
}

int process_comm(const char *root, pid_t pid, char **ret)
{
	int r = read_file_of(root, pid, "comm", ret);

	if (!r)
		(*ret)[strcspn(*ret, "\n")] = '\0';
	return r;
}

int process_cgroup(const char *root, pid_t pid, char **ret)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = read_file_of(root, pid, "cgroup", &text);
	if (r)
		return r;
	for (const char *p = text; *p; p = line_after(p)) {
		if (strncmp(p, "0::", 3))
			continue;
		*ret = strndup(p + 3, strcspn(p + 3, "\n"));
		return *ret ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

bool process_numbers_are_ours(const char *root)
{
	char path[PATH_MAX], self[32];
	uint64_t pid;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/proc/self", root);
	n = readlink(path, self, sizeof(self) - 1);
	if (n < 0)
		return errno != ENOENT || *root || !file_exists(root, "/proc/stat");
	self[n] = '\0';
	return parse_u64(self, 10, INT_MAX, &pid) || (pid_t)pid == getpid();
}

/* include/linux/sched.h */
#define KERNEL_THREAD 0x00200000u /* PF_KTHREAD */

/* "PID (COMM) STATE PPID PGRP SESSION TTY TPGID FLAGS ...", COMM being any bytes. */
static int read_flags(const char *root, pid_t pid, uint64_t *ret)
{
	_cleanup_free_ char *stat = NULL;
	const char *p;
	int r = read_file_of(root, pid, "stat", &stat);

	if (r)
		return r;
	p = strrchr(stat, ')');
	for (int i = 0; p && i < 7; i++) {
		p = strchr(p, ' ');
		p += p != NULL;
	}
	return p && !scan_u64(&p, 10, ret) ? 0 : -EBADMSG;
}

static const char *status_value(const char *status, const char *name)
{
	const char *p = strstr(status, name);

	return p ? p + strlen(name) : NULL;
}

int process_page_tables(const char *root, pid_t thread, uint64_t *ret)
{
	_cleanup_free_ char *status = NULL;
	int r = read_file_of(root, thread, "status", &status);

	return r ? r : meminfo_bytes(status, "VmPTE", ret);
}

int process_look(const char *root, pid_t pid, struct process_look *ret)
{
	_cleanup_free_ char *status = NULL;
	const char *tgid, *state, *threads;
	uint64_t process, n, flags;
	int r = read_file_of(root, pid, "status", &status);

	if (!r)
		r = read_flags(root, pid, &flags);
	if (r)
		return r;
	tgid = status_value(status, "\nTgid:");
	state = status_value(status, "\nState:\t");
	threads = status_value(status, "\nThreads:");
	if (!tgid || !state || !threads || scan_u64(&tgid, 10, &process) ||
	    scan_u64(&threads, 10, &n))
		return -EBADMSG;
	/* a first thread that has ended stays a zombie while others run */
	ret->ended = (*state == 'Z' || *state == 'X') && n <= 1;
	ret->process = process;
	ret->kernel = flags & KERNEL_THREAD;
	return 0;
}

bool process_in_cgroup(const char *path, const char *cgroup)
{
	size_t len;

	/* of a cgroup outside the namespace of ours */
	if (!strncmp(path, "/..", 3) && (path[3] == '/' || !path[3]))
		return false;
	len = strcmp(cgroup, "/") ? strlen(cgroup) : 0;
	return !strncmp(path, cgroup, len) && (path[len] == '/' || !path[len]);
}

/* Returns 1 if it is, 0 if not, or an errno. */
static int is_in(const char *root, pid_t pid, const char *cgroup)
{
	_cleanup_free_ char *path = NULL;
	int r = cgroup ? process_cgroup(root, pid, &path) : 0;

	return r ? r : !cgroup || process_in_cgroup(path, cgroup);
}

/* What a process that has ended, is hidden or is none leads to; all else says nothing of it.
 */
static bool process_is_left_out(int r)
{
	return r == -ENOENT || r == -ESRCH || r == -EACCES || r == -EPERM || r == -EBADMSG;
}

static int process_by_size(const void *pa, const void *pb)
{
	const struct process *a = pa, *b = pb;

	return (a->resident_pages < b->resident_pages) -
	       (a->resident_pages > b->resident_pages);
}

/* Add @pid if it has memory and is in @cgroup. */
static int process_consider(const char *root, pid_t pid, const char *cgroup,
			    struct process **list, size_t *n)
{
	struct process p = { .pid = pid };
	int r = process_resident(root, pid, &p.resident_pages);

	if (!r && p.resident_pages)
		r = is_in(root, pid, cgroup);
	if (r <= 0)
		return process_is_left_out(r) ? 0 : r;
	if (array_reserve_one(list, *n, sizeof(**list)))
		return -ENOMEM;
	(*list)[(*n)++] = p;
	return 0;
}

static void closedir_p(DIR **d)
{
	if (*d)
		closedir(*d);
}

int process_list(const char *root, const char *cgroup, struct process **ret, size_t *ret_n)
{
	_cleanup_(closedir_p) DIR *dir = NULL;
	_cleanup_free_ struct process *list = NULL;
	char path[PATH_MAX];
	struct dirent *d;
	size_t n = 0;
	int r;

	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (errno = 0, (d = readdir(dir))) {
		uint64_t pid;

		if (parse_u64(d->d_name, 10, INT_MAX, &pid))
			continue;
		r = process_consider(root, pid, cgroup, &list, &n);
		if (r)
			return r;
	}
	if (errno)
		return -errno;
	if (n)
		qsort(list, n, sizeof(*list), process_by_size);
	*ret = list;
	*ret_n = n;
	list = NULL;
	return 0;
}
