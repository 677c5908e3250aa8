// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracing/bpf.h"
#include "util/capability.h"
#include "util/file.h"
#include "host/host.h"
#include "host/lockdown.h"
#include "util/util.h"

static int print_if_debugging(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	return getenv("PGTOP_BPF_DEBUG") ? vfprintf(stderr, fmt, ap) : 0;
}

/* Which capability is missing to load BPF programs that trace, a clause; NULL: none. */
static const char *lacks_capability(uint64_t set)
{
	static const char needs[] = "loading BPF programs needs CAP_BPF and CAP_PERFMON";

	if (capability_has(set, CAP_SYS_ADMIN))
		return NULL;
	if (!capability_has(set, CAP_PERFMON))
		return capability_has(set, CAP_BPF) ? "loading BPF programs needs CAP_PERFMON"
						    : needs;
	return capability_has(set, CAP_BPF) ? NULL : "loading BPF programs needs CAP_BPF";
}

#define BTF_FILE    "/sys/kernel/btf/vmlinux"
#define STATUS_FILE "/proc/self/status"

static int lack_btf(const char *root, int err, const char **why, const char **remedy)
{
	if (err == -ENOENT && file_place_exists(root, BTF_FILE)) {
		*why = "the kernel has no BTF (" BTF_FILE " is missing)";
		*remedy = "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y";
	} else {
		*why = "the kernel's types cannot be read (" BTF_FILE ")";
		*remedy = file_remedy(root, err, BTF_FILE);
	}
	return err;
}

/* A filter or a security module may forbid bpf() itself, whatever the capabilities. */
static int lack_call(const char *root, const char **why, const char **remedy)
{
	_cleanup_free_ char *status = NULL;
	union bpf_attr attr = { 0 };
	int e;

	/* No kernel knows this command: one that is reached says EINVAL. */
	if (syscall(SYS_bpf, INT_MAX, &attr, sizeof(attr)) >= 0)
		return 0;
	e = errno;
	if (e != EPERM && e != EACCES && e != ENOSYS)
		return 0;
	if (!file_read(root, STATUS_FILE, &status, NULL) && status_is_filtered(status)) {
		*why = "a seccomp filter forbids bpf()";
		*remedy = "allow bpf in the seccomp profile of the container or unit, or run "
			  "pgtop on the host";
	} else {
		*why = "a security module forbids bpf()";
		*remedy = "allow bpf in the policy of the security module";
	}
	return -e;
}

static int find_lack(const struct host *h, const char **why, const char **remedy)
{
	uint64_t set;
	int r = file_check(h->root, BTF_FILE);

	if (r)
		return lack_btf(h->root, r, why, remedy);
	r = capability_read(h->root, &set);
	if (r) {
		*why = "the capabilities of this process cannot be read (" STATUS_FILE ")";
		*remedy = file_remedy(h->root, r, STATUS_FILE);
		return r;
	}
	*why = lacks_capability(set);
	if (!*why && capability_is_namespaced(h->root)) {
		*why = "this is a user namespace, whose capabilities do not count for BPF";
		*remedy = "run pgtop on the host, outside of the user namespace";
		return -EPERM;
	}
	if (!*why)
		return lack_call(h->root, why, remedy);
	*remedy = "run as root, or with CAP_BPF and CAP_PERFMON";
	return -EPERM;
}

int bpf_ready(const struct host *h, const char **why, const char **remedy)
{
	const char *reason = NULL, *todo = NULL;
	int r;

	libbpf_set_print(print_if_debugging);
	r = find_lack(h, &reason, &todo);
	if (r && why)
		*why = reason;
	if (r && remedy)
		*remedy = todo;
	return r;
}

const char *bpf_why(int err, const char *what, char *buf, size_t len)
{
	switch (err < 0 ? -err : err) {
	case ENOENT:
	case ESRCH:
		snprintf(buf, len, "this kernel has no %s that can be traced", what);
		break;
	case EPERM:
	case EACCES:
		snprintf(buf, len,
			 "the kernel refused to trace %s (lockdown, or a hypervisor's policy)",
			 what);
		break;
	case EINVAL:
	case EOPNOTSUPP:
	case 524: /* ENOTSUPP of the kernel, not in user headers */
		snprintf(buf, len, "this kernel cannot trace %s in the way pgtop needs", what);
		break;
	case ENOMEM:
	case ENOBUFS: /* bpf_load_result() */
	case E2BIG:
		snprintf(buf, len, "no memory for the BPF program on %s", what);
		break;
	default:
		snprintf(buf, len, "the BPF program for %s could not be loaded (%s)", what,
			 strerror(err < 0 ? -err : err));
	}
	return buf;
}

/* The verifier takes the helper that reads kernel memory for one that does not exist. */
static bool lockdown_forbids(const struct host *h, int err)
{
	return (err == -EPERM || err == -EACCES || err == -EINVAL) &&
	       lockdown_read(h->root, NULL, 0, NULL) == LOCKDOWN_CONFIDENTIALITY;
}

/* More than libbpf and the objects of pgtop have open at a time. */
#define FILES_TO_LOAD 16

/*
 * Whether there are fewer descriptors left than loading takes.  Where libbpf cannot open
 * another one to try what the kernel can, it takes the kernel for an older one; what follows
 * is any error (libbpf, features.c).
 */
static bool files_are_short(void)
{
	struct rlimit limit;
	int left = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return false;
	for (int fd = 0; (rlim_t)fd < limit.rlim_cur && left < FILES_TO_LOAD; fd++)
		left += fcntl(fd, F_GETFD) < 0;
	return left < FILES_TO_LOAD;
}

const char *bpf_load_why(const struct host *h, int err, const char *what, char *buf,
			 size_t len, const char **remedy)
{
	if (files_are_short())
		err = -EMFILE;
	if (!lockdown_forbids(h, err)) {
		if (err == -EMFILE || err == -ENFILE)
			*remedy = file_remedy(h->root, err, "");
		return bpf_why(err, what, buf, len);
	}
	snprintf(
		buf, len,
		"kernel lockdown in confidentiality mode forbids the BPF program on %s to read "
		"kernel memory",
		what);
	*remedy = "boot with lockdown=integrity";
	return buf;
}

int bpf_load_result(int r)
{
	return r == -ENOMEM ? -ENOBUFS : r;
}

int bpf_array_read(int fd, uint32_t n, void *values, size_t size)
{
	/* not wanted, but the kernel writes them whether there is room or not */
	_cleanup_free_ __u32 *keys = calloc(n, sizeof(*keys));
	__u32 count = n, last;

	if (!keys)
		return -ENOMEM;
	if (!bpf_map_lookup_batch(fd, NULL, &last, keys, values, &count, NULL) && count == n)
		return 0;
	for (__u32 i = 0; i < n; i++) {
		if (bpf_map_lookup_elem(fd, &i, (char *)values + i * size))
			return -errno;
	}
	return 0;
}

int bpf_program_runs(const struct bpf_program *prog, struct bpf_runs *ret)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	int fd = bpf_program__fd(prog);

	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*ret = (struct bpf_runs){ info.run_time_ns, info.run_cnt, info.recursion_misses };
	return 0;
}

static void lack_runs(struct snapshot *s, const char *why)
{
	struct table *t = snapshot_table(s, TABLE_BPF_PROGRAM);

	if (s->field[F_BPF_RUNS].known)
		return;
	snapshot_lacks(s, F_BPF_RUNS, why);
	snapshot_lacks(s, F_BPF_RUN_TIME, why);
	if (!t->nrows)
		table_lacks(t, why);
}

static void tell_program(const struct bpf_program *prog, const struct bpf_runs *n,
			 struct snapshot *s)
{
	struct table *t = snapshot_table(s, TABLE_BPF_PROGRAM);
	size_t time = table_column(t, "run_time", VALUE_COUNTER, UNIT_NS);
	size_t runs = table_column(t, "runs", VALUE_COUNTER, UNIT_COUNT);
	struct row *r = table_row(t, 0, bpf_program__name(prog));

	table_lacks(t, NULL);
	row_add(t, r, time, n->time_ns, "bpf_prog_info");
	row_add(t, r, runs, n->runs, "bpf_prog_info");
	snapshot_add(s, F_BPF_RUN_TIME, n->time_ns, "bpf_prog_info");
	snapshot_add(s, F_BPF_RUNS, n->runs, "bpf_prog_info");
}

static bool is_loaded(const struct bpf_program *prog)
{
	return bpf_program__fd(prog) >= 0;
}

/* Whether the kernel times programs, or did while those of @obj ran. */
static bool are_timed(const struct host *h, const struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_runs n;
	uint64_t on = 0;

	if (!file_read_u64(h->root, "/proc/sys/kernel/bpf_stats_enabled", &on) && on)
		return true;
	bpf_object__for_each_program(prog, obj) {
		if (!bpf_program_runs(prog, &n) && n.runs)
			return true;
	}
	return false;
}

void bpf_tell_runs(const struct host *h, const struct bpf_object *obj, struct snapshot *s)
{
	unsigned int loaded = 0;
	struct bpf_program *prog;
	struct bpf_runs n;

	if (obj) {
		bpf_object__for_each_program(prog, obj)
			loaded += is_loaded(prog);
	}
	if (!loaded) {
		/* what another object says of itself is more */
		if (!s->field[F_BPF_RUNS].why)
			lack_runs(s, "pgtop has loaded no BPF program");
		return;
	}
	if (!are_timed(h, obj)) {
		lack_runs(s, "the kernel does not time BPF programs: set the sysctl "
			     "kernel.bpf_stats_enabled to 1");
		return;
	}
	bpf_object__for_each_program(prog, obj) {
		if (is_loaded(prog) && !bpf_program_runs(prog, &n))
			tell_program(prog, &n, s);
	}
}
