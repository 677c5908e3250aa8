// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/opener.h"
#include "host/perf_access.h"
#include "pmu/pmu_group.h"
#include "util/util.h"

static int open_event(const struct pmu_event *e, enum pmu_mode mode, unsigned int cpu,
		      int leader)
{
	struct perf_event_attr attr = {
		.type = e->type,
		.size = sizeof(attr),
		.config = e->config[0],
		.config1 = e->config[1],
		.config2 = e->config[2],
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
		.disabled = leader < 0,
		.exclude_user = mode != MODE_USER,
		.exclude_kernel = mode != MODE_KERNEL,
		.exclude_hv = 1,
		.exclude_guest = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, leader, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0)
		return fd;
	/* The kernel's lack of memory is this event's trouble, not that of the program. */
	return errno == ENOMEM ? -ENOSPC : -errno;
}

static const struct pmu_event *slot_event(const struct pmu_group *g,
					  const struct pmu_role_events events[ROLE_MAX],
					  size_t slot)
{
	return &events[g->slot[slot].role].event[g->slot[slot].part];
}

/* Fills @c, or returns an error with the slot that failed in @failed. */
static int open_own(const struct pmu_group *g, const struct pmu_role_events events[ROLE_MAX],
		    enum pmu_mode mode, unsigned int cpu, struct pmu_counters *c,
		    size_t *failed)
{
	for (size_t i = 0; i < g->n; i++) {
		int fd = open_event(slot_event(g, events, i), mode, cpu, i ? c->fd[0] : -1);

		if (fd < 0) {
			pmu_counters_close(c);
			*failed = i;
			return fd;
		}
		c->fd[c->n++] = fd;
	}
	return 0;
}

/* The same by the opener.  Returns @refused, which is why we ask, where it cannot be asked. */
static int open_by_opener(const struct host *h, const struct pmu_group *g,
			  const struct pmu_role_events events[ROLE_MAX], enum pmu_mode mode,
			  unsigned int cpu, int refused, struct pmu_counters *c,
			  size_t *failed)
{
	struct opener_event event[OPENER_EVENTS] = { 0 };
	int error;

	_Static_assert(PMU_GROUP_MAX <= OPENER_EVENTS, "a group is one request");
	for (size_t i = 0; i < g->n; i++) {
		const struct pmu_event *e = slot_event(g, events, i);

		event[i] =
			(struct opener_event){ e->type,
					       { e->config[0], e->config[1], e->config[2] } };
	}
	if (opener_count(h->opener, mode == MODE_USER ? OPENER_USER : OPENER_KERNEL, cpu,
			 event, g->n, c->fd, failed, &error))
		return refused;
	c->n = error ? 0 : g->n;
	return error == -ENOMEM ? -ENOSPC : error;
}

int pmu_group_open(const struct host *h, const struct pmu_group *g,
		   const struct pmu_role_events events[ROLE_MAX], enum pmu_mode mode,
		   unsigned int cpu, struct pmu_counters *ret, const struct pmu_event **failed)
{
	struct pmu_counters c = { .n = 0 };
	size_t which = 0;
	int r = open_own(g, events, mode, cpu, &c, &which);

	if (r == -EACCES || r == -EPERM)
		r = open_by_opener(h, g, events, mode, cpu, r, &c, &which);
	c.base.n = c.n;
	if (!r && c.n && ioctl(c.fd[0], PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP)) {
		r = -errno;
		pmu_counters_close(&c);
	}
	if (!r)
		*ret = c;
	else if (failed)
		*failed = slot_event(g, events, which);
	return r;
}

void pmu_counters_close(struct pmu_counters *c)
{
	/* The leader last: closing it first would make its siblings groups of their own. */
	while (c->n)
		close(c->fd[--c->n]);
}

int pmu_counters_read(const struct pmu_counters *c, struct pmu_counts *ret)
{
	uint64_t words[3 + PMU_GROUP_MAX];
	ssize_t n;

	if (!c->n)
		return -ENODATA;
	n = read(c->fd[0], words, sizeof(words));
	if (n < 0)
		return -errno;
	return pmu_counts_parse(words, n / sizeof(words[0]), c->n, ret);
}

static const char *why_refused(const struct host *h, int err, const char *event, char *buf,
			       size_t len, const char **remedy)
{
	char what[128];

	snprintf(what, sizeof(what), "count %s", event);
	return perf_access_why(h, PERF_USE_COUNT, err, what, buf, len, remedy);
}

const char *pmu_open_why(const struct host *h, int err, const char *event, char *buf,
			 size_t len, const char **remedy)
{
	const char *todo = NULL;

	switch (-err) {
	case EACCES:
	case EPERM:
	case ENOSYS:
		why_refused(h, err, event, buf, len, &todo);
		break;
	case ENOENT:
	case EOPNOTSUPP:
	case ENODEV:
	case ENXIO:
		snprintf(buf, len, "the PMU of this machine does not count %s", event);
		todo = "name another event with --event ROLE=EVENT";
		break;
	case EINVAL:
		snprintf(buf, len,
			 "the PMU of this machine does not accept %s as it is written", event);
		todo = "name another event with --event ROLE=EVENT";
		break;
	case EBADMSG:
		snprintf(buf, len, "pgtop-opener opens no event of the kind of %s", event);
		todo = "name a software event, or one of the cores' own PMU, with --event";
		break;
	case EBUSY:
		snprintf(buf, len, "another user of the PMU holds the counters that %s needs",
			 event);
		todo = "stop the other user of the PMU (another profiler, kernel.nmi_watchdog)";
		break;
	case EMFILE:
	case ENFILE:
		snprintf(buf, len,
			 "counting %s on every CPU needs more open files than allowed", event);
		todo = "raise the limit of open files (ulimit -n, LimitNOFILE=)";
		break;
	case ENOSPC:
		snprintf(buf, len, "the kernel has no memory or counters left for %s", event);
		break;
	default:
		snprintf(buf, len, "the kernel refused to count %s: %s", event,
			 strerror(-err));
	}
	if (remedy)
		*remedy = todo;
	return buf;
}
