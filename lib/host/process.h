/* SPDX-License-Identifier: GPL-2.0-only */
/* process.h - processes as /proc lists them */
#ifndef PGTOP_PROCESS_H
#define PGTOP_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	uint64_t resident_pages;
};

/**
 * process_list - all processes with memory of their own, the largest first
 *
 * @cgroup: only those in this cgroup or below it, of cgroup_resolve(); NULL: all.  Processes
 * that end meanwhile are left out.  Returns 0 and an array the caller frees, or the errno of
 * what kept it from reading on: never a part.
 */
int process_list(const char *root, const char *cgroup, struct process **ret, size_t *ret_n);

/**
 * process_memory_thread - a thread of @pid that has memory: the first, unless that has ended
 *
 * The kernel shows the memory of a process by its threads, and takes it from each that ends.
 * Returns 0 if none has any: a kernel thread, a zombie, no process.
 */
pid_t process_memory_thread(const char *root, pid_t pid);

/** process_resident - resident pages; 0 or the errno of reading statm, -EBADMSG */
int process_resident(const char *root, pid_t pid, uint64_t *ret_pages);
/** process_size - pages of address space; as process_resident() */
int process_size(const char *root, pid_t pid, uint64_t *ret_pages);
/**
 * process_page_tables - bytes of page tables that the kernel counts for it (VmPTE)
 *
 * Returns 0, -ENOENT if @thread has no memory, -EBADMSG, or the errno of reading its status.
 */
int process_page_tables(const char *root, pid_t thread, uint64_t *ret);
/** process_comm - its name, owned by the caller; 0 or the errno of reading it */
int process_comm(const char *root, pid_t pid, char **ret);
/**
 * process_cgroup - its path in the cgroup v2 hierarchy ("/a/b"), owned by the caller
 *
 * Returns 0, -ENOENT if it is in none, or the errno of reading /proc/@pid/cgroup.
 */
int process_cgroup(const char *root, pid_t pid, char **ret);

/**
 * process_numbers_are_ours - whether /proc below @root numbers processes as the kernel does
 * for this process
 *
 * It does not where another PID namespace's /proc is mounted.  True also where /proc/self does
 * not tell: in a made-up tree.
 */
bool process_numbers_are_ours(const char *root);

/* What a process number stands for. */
struct process_look {
	pid_t process; /* the process; another number than asked for if that is a thread's */
	bool ended;    /* all its threads have: it only waits for its parent (a zombie) */
	bool kernel;   /* a kernel thread: it has no memory of its own */
};

/**
 * process_look - find out what @pid is, from its status and stat (proc(5))
 *
 * Returns 0, the errno of reading them (-ENOENT: there is none), or -EBADMSG.
 */
int process_look(const char *root, pid_t pid, struct process_look *ret);

/** process_in_cgroup - whether @path ("/a/b") is cgroup @cgroup or below it, see
 * process_list() */
bool process_in_cgroup(const char *path, const char *cgroup);

#endif
