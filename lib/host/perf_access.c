// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/lockdown.h"
#include "host/opener.h"
#include "host/perf_access.h"
#include "util/capability.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

#define LEVEL "/proc/sys/kernel/perf_event_paranoid"
/* The first level that only Debian's and Ubuntu's kernels know. */
#define LEVEL_PATCHED 3

/* --- reading ---------------------------------------------------------------- */

static void read_level(const char *root, struct perf_access *a)
{
	_cleanup_free_ char *text = NULL;
	bool negative;
	uint64_t n;

	a->have_sysctl = file_exists(root, "/proc/sys/kernel");
	if (file_read_line(root, LEVEL, &text))
		return;
	negative = text[0] == '-';
	if (parse_u64(text + negative, 10, 1000, &n))
		return;
	a->have_level = true;
	a->level = negative ? -(int)n : (int)n;
}

/* The second of the four numbers after "Uid:". */
static bool is_effective_root(const char *status)
{
	const char *p = strstr(status, "\nUid:");
	uint64_t real, effective;

	if (!p)
		return false;
	p += strlen("\nUid:");
	return !scan_u64(&p, 10, &real) && !scan_u64(&p, 10, &effective) && !effective;
}

static void read_status(const char *root, struct perf_access *a)
{
	_cleanup_free_ char *status = NULL;

	if (file_read(root, "/proc/self/status", &status, NULL))
		return;
	a->have_caps = !capability_parse(status, &a->caps);
	a->root = is_effective_root(status);
	a->filtered = status_is_filtered(status);
}

/* An event that everybody may open at any level a kernel without that patch knows. */
static bool refuses_all(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return errno == EACCES;
	close(fd);
	return false;
}

static bool holds(const struct perf_access *a, unsigned int cap)
{
	return a->have_caps && capability_has(a->caps, cap);
}

void perf_access_read(const struct host *h, struct perf_access *ret)
{
	struct perf_access a = { 0 };

	read_level(h->root, &a);
	read_status(h->root, &a);
	a.user_namespace = capability_is_namespaced(h->root);
	a.locked = lockdown_read(h->root, NULL, 0, NULL) == LOCKDOWN_CONFIDENTIALITY;
	if (a.have_level && a.level >= LEVEL_PATCHED &&
	    (!holds(&a, CAP_SYS_ADMIN) || a.user_namespace))
		a.all_refused = refuses_all();
	if (a.all_refused) {
		a.opener_error = opener_reach(h->opener);
		a.opener = !a.opener_error;
	}
	*ret = a;
}

/* --- judging ---------------------------------------------------------------- */

bool perf_access_allows(const struct perf_access *a)
{
	if ((a->have_level && a->level <= 0) || a->opener)
		return true;
	if (a->user_namespace)
		return false;
	return holds(a, CAP_SYS_ADMIN) || (holds(a, CAP_PERFMON) && !a->all_refused);
}

static enum perf_refusal judge_absent(const struct perf_access *a)
{
	if (a->have_level || a->filtered)
		return PERF_REFUSAL_FILTER;
	return a->have_sysctl ? PERF_REFUSAL_NOT_BUILT : PERF_REFUSAL_UNKNOWN;
}

/* The kernel's own checks have let us pass: who is left? */
static enum perf_refusal judge_others(const struct perf_access *a)
{
	return a->filtered ? PERF_REFUSAL_FILTER_OR_LSM : PERF_REFUSAL_LSM;
}

static enum perf_refusal judge_access(const struct perf_access *a, enum perf_use use)
{
	if (!a->have_caps)
		return PERF_REFUSAL_UNKNOWN;
	if (use == PERF_USE_COUNT && a->have_level && a->level <= 0)
		return judge_others(a);
	if (a->user_namespace)
		return PERF_REFUSAL_NAMESPACE;
	if (holds(a, CAP_SYS_ADMIN))
		return judge_others(a);
	/* it has what we lack, and was refused as well */
	if (a->opener)
		return judge_others(a);
	if (a->all_refused)
		return a->root && holds(a, CAP_PERFMON) ? PERF_REFUSAL_OPENER
							: PERF_REFUSAL_ADMIN;
	return holds(a, CAP_PERFMON) ? judge_others(a) : PERF_REFUSAL_PERFMON;
}

enum perf_refusal perf_access_judge(const struct perf_access *a, enum perf_use use, int err)
{
	if (err == -ENOSYS)
		return judge_absent(a);
	if (err == -EACCES)
		return judge_access(a, use);
	if (use == PERF_USE_KPROBE && a->locked)
		return PERF_REFUSAL_LOCKDOWN;
	return a->filtered ? PERF_REFUSAL_FILTER : PERF_REFUSAL_LSM;
}

/* --- telling ---------------------------------------------------------------- */

static const char *const refusal_clause[PERF_REFUSALS] = {
	[PERF_REFUSAL_UNKNOWN] = "the reason is unknown, because /proc cannot be read here",
	[PERF_REFUSAL_PERFMON] = "it takes CAP_PERFMON",
	[PERF_REFUSAL_ADMIN] = "above 2 this kernel asks for CAP_SYS_ADMIN",
	[PERF_REFUSAL_OPENER] =
		"above 2 this kernel asks for CAP_SYS_ADMIN; pgtop-opener, which has it, ",
	[PERF_REFUSAL_NAMESPACE] =
		"this is a user namespace, whose capabilities do not count here",
	[PERF_REFUSAL_FILTER] = "a seccomp filter forbids perf_event_open",
	[PERF_REFUSAL_LSM] = "the capabilities suffice, but a security module forbids it",
	[PERF_REFUSAL_FILTER_OR_LSM] =
		"the capabilities suffice, but a seccomp filter or a security module forbids it",
	[PERF_REFUSAL_LOCKDOWN] = "kernel lockdown in confidentiality mode forbids kprobes",
	[PERF_REFUSAL_NOT_BUILT] = "the kernel was built without CONFIG_PERF_EVENTS",
};

static const char *const refusal_remedy[PERF_REFUSALS] = {
	[PERF_REFUSAL_UNKNOWN] = "mount /proc to see why",
	[PERF_REFUSAL_PERFMON] =
		"run as root or with CAP_PERFMON, or set kernel.perf_event_paranoid to 0",
	[PERF_REFUSAL_ADMIN] = "run as root, or set kernel.perf_event_paranoid to 0",
	[PERF_REFUSAL_NAMESPACE] = "run pgtop on the host, outside of the user namespace",
	[PERF_REFUSAL_FILTER] =
		"allow perf_event_open in the seccomp profile of the container "
		"or unit",
	[PERF_REFUSAL_LSM] =
		"allow it in the policy of the security module (SELinux, AppArmor, "
		"Smack, BPF)",
	[PERF_REFUSAL_FILTER_OR_LSM] =
		"allow perf_event_open in the seccomp profile of the container or unit, and in "
		"the policy of the security module",
	[PERF_REFUSAL_LOCKDOWN] = "boot with lockdown=integrity",
	[PERF_REFUSAL_NOT_BUILT] = "boot a kernel built with CONFIG_PERF_EVENTS=y",
};

static const char *opener_clause(int err)
{
	switch (err) {
	case -ENOENT:
	case -ECONNREFUSED:
		return "does not run (pgtop-opener.socket is not active)";
	case -ETIMEDOUT:
		return "does not answer";
	case -EPIPE:
		return "ends without an answer";
	default:
		return "cannot be reached";
	}
}

/* Counters are tried again, kprobes only at the start. */
static const char *opener_remedy(enum perf_use use, int err)
{
	if (use == PERF_USE_KPROBE)
		return "start pgtop-opener.socket and then pgtopd again, or set "
		       "kernel.perf_event_paranoid to 2";
	if (err == -ENOENT || err == -ECONNREFUSED)
		return "start pgtop-opener.socket, or set kernel.perf_event_paranoid to 2";
	return "read why in its journal (journalctl -u 'pgtop-opener@*'), or set "
	       "kernel.perf_event_paranoid to 2";
}

/* Of the things that would help, what works for @use and with what is held. */
static const char *remedy_for(const struct perf_access *a, enum perf_use use,
			      enum perf_refusal refusal)
{
	if (refusal == PERF_REFUSAL_OPENER)
		return opener_remedy(use, a->opener_error);
	if (refusal == PERF_REFUSAL_ADMIN && holds(a, CAP_PERFMON))
		return "set kernel.perf_event_paranoid to 2, or add CAP_SYS_ADMIN";
	if (refusal == PERF_REFUSAL_ADMIN && use == PERF_USE_KPROBE)
		return "run as root";
	if (refusal == PERF_REFUSAL_PERFMON && use == PERF_USE_KPROBE)
		return "run as root or with CAP_PERFMON";
	return refusal_remedy[refusal];
}

static bool depends_on_level(enum perf_use use, enum perf_refusal refusal)
{
	return refusal == PERF_REFUSAL_ADMIN || refusal == PERF_REFUSAL_OPENER ||
	       (use == PERF_USE_COUNT &&
		(refusal == PERF_REFUSAL_PERFMON || refusal == PERF_REFUSAL_NAMESPACE));
}

const char *perf_access_explain(const struct perf_access *a, enum perf_use use,
				enum perf_refusal refusal, const char *what, char *buf,
				size_t len, const char **remedy)
{
	char level[64] = "";

	if (a->have_level && depends_on_level(use, refusal))
		snprintf(level, sizeof(level), "kernel.perf_event_paranoid is %d, and %s",
			 a->level, refusal == PERF_REFUSAL_PERFMON ? "above 0 " : "");
	snprintf(buf, len, "this process cannot %s: %s%s%s", what, level,
		 refusal_clause[refusal],
		 refusal == PERF_REFUSAL_OPENER ? opener_clause(a->opener_error) : "");
	if (remedy)
		*remedy = remedy_for(a, use, refusal);
	return buf;
}

const char *perf_access_why(const struct host *h, enum perf_use use, int err, const char *what,
			    char *buf, size_t len, const char **remedy)
{
	struct perf_access a;

	perf_access_read(h, &a);
	return perf_access_explain(&a, use, perf_access_judge(&a, use, err), what, buf, len,
				   remedy);
}
