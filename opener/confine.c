// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "confine.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "name the AUDIT_ARCH_ of this architecture"
#endif

/* The low half of an argument; both architectures are little-endian. */
#define ARG(n)	     offsetof(struct seccomp_data, args[n])
#define LOAD(at)     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
/* Go on if the loaded word is @value, else skip @n. */
#define UNLESS_SKIP(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define ALLOW(call)	      UNLESS_SKIP(SYS_##call, 1), RETURN(SECCOMP_RET_ALLOW)

static const struct sock_filter confine_filter[] = {
	LOAD(offsetof(struct seccomp_data, arch)),
	UNLESS_SKIP(ARCHITECTURE, 15),
	LOAD(offsetof(struct seccomp_data, nr)),
	ALLOW(recvmsg),
	ALLOW(sendmsg),
	ALLOW(close),
	ALLOW(exit_group),
	UNLESS_SKIP(SYS_perf_event_open, 5),
	LOAD(ARG(1)),
	UNLESS_SKIP((__u32)-1, 3),
	LOAD(ARG(4)),
	UNLESS_SKIP(PERF_FLAG_FD_CLOEXEC, 1),
	RETURN(SECCOMP_RET_ALLOW),
	RETURN(SECCOMP_RET_KILL_PROCESS),
};

/* What checks memory at run time makes calls of its own when it ends. */
#ifdef __SANITIZE_ADDRESS__
#define CONFINE_CALLS 0
#else
#define CONFINE_CALLS 1
#endif

int confine(void)
{
	struct sock_fprog program = {
		.len = sizeof(confine_filter) / sizeof(*confine_filter),
		.filter = (struct sock_filter *)confine_filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -errno;
	if (CONFINE_CALLS && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		return -errno;
	return 0;
}
