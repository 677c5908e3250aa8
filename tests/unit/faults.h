/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults.h - the system calls with which the code under test changes files
 *
 * They are defined here and so taken instead of the C library's: counted, told to a hook
 * before they are made, made to fail, or the process is killed instead.
 */
#ifndef PGTOP_TEST_FAULTS_H
#define PGTOP_TEST_FAULTS_H

#include "tree.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct call {
	const char *name; /* "write", "fsync", ... */
	char path[PATH_MAX];
	int fd; /* -1: it takes a path */
};

static struct {
	unsigned int calls;   /* so many were made */
	unsigned int kill_at; /* the process is killed before this one; 0: never */
	unsigned int fail_at; /* this one fails; 0: none */
	unsigned int fail_n;  /* and so many from there on; 0: only this one */
	int err;
	size_t partial; /* 0, or: a write that is to fail writes so much, the next one fails */
	void (*before)(const struct call *c);
	/* Stands in for a file of the kernel; returns false if it is none. */
	bool (*write)(const char *path, const char *data, size_t len, ssize_t *ret);
} faults;

static inline void faults_clear(void)
{
	memset(&faults, 0, sizeof(faults));
}

static inline void fault_path(int fd, char path[PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
}

/* Returns whether the call is to fail; errno is set then. */
static inline bool fault_enter(const char *name, int fd, const char *path)
{
	struct call c = { .name = name, .fd = fd };

	if (path)
		snprintf(c.path, sizeof(c.path), "%s", path);
	else
		fault_path(fd, c.path);
	faults.calls++;
	if (faults.calls == faults.kill_at)
		kill(getpid(), SIGKILL);
	if (faults.before)
		faults.before(&c);
	errno = faults.err;
	return faults.fail_at && faults.calls >= faults.fail_at &&
	       faults.calls <= faults.fail_at + faults.fail_n;
}

static inline bool is_kernels(const char *path)
{
	return strstr(path, "/sys/") != NULL;
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if ((flags & O_ACCMODE) != O_RDONLY && fault_enter("open", -1, path))
		return -1;
	/* Files of the kernel are not truncated. */
	if (faults.write && is_kernels(path))
		flags &= ~O_TRUNC;
	return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t write(int fd, const void *data, size_t len)
{
	char path[PATH_MAX];
	ssize_t r;

	if (fd <= STDERR_FILENO)
		return syscall(SYS_write, fd, data, len);
	fault_path(fd, path);
	if (fault_enter("write", fd, NULL)) {
		if (!faults.partial || faults.calls > faults.fail_at)
			return -1;
		return syscall(SYS_write, fd, data,
			       faults.partial < len ? faults.partial : len);
	}
	if (faults.write && faults.write(path, data, len, &r))
		return r;
	return syscall(SYS_write, fd, data, len);
}

/* Nothing here survives a power cut: these are only told. */
int fsync(int fd)
{
	return fault_enter("fsync", fd, NULL) ? -1 : 0;
}

int fdatasync(int fd)
{
	return fault_enter("fdatasync", fd, NULL) ? -1 : 0;
}

int ftruncate(int fd, off_t length)
{
	return fault_enter("ftruncate", fd, NULL) ? -1
						  : (int)syscall(SYS_ftruncate, fd, length);
}

int rename(const char *from, const char *to)
{
	if (fault_enter("rename", -1, from))
		return -1;
	return syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int unlink(const char *path)
{
	return fault_enter("unlink", -1, path) ? -1
					       : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

/*
 * Run @run in a child that is killed before its call @n.  Returns whether it came so far.
 */
static inline bool killed_before(unsigned int n, void (*run)(void *arg), void *arg)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		faults.calls = 0;
		faults.kill_at = n;
		run(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

#endif
