// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "open.h"

/* For all processes, and never for somebody who execs. */
static int open_for_all(struct perf_event_attr *attr, int cpu, int leader)
{
	int fd = syscall(SYS_perf_event_open, attr, -1, cpu, leader, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* As pmu_group_open() of pgtop: the leader waits until the whole group is there. */
static int open_counter(const struct opener_request *q, unsigned int i, int leader)
{
	struct perf_event_attr attr = {
		.type = q->event[i].type,
		.size = sizeof(attr),
		.config = q->event[i].config[0],
		.config1 = q->event[i].config[1],
		.config2 = q->event[i].config[2],
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
		.disabled = leader < 0,
		.exclude_user = q->mode != OPENER_USER,
		.exclude_kernel = q->mode != OPENER_KERNEL,
		.exclude_hv = 1,
		.exclude_guest = 1,
	};

	return open_for_all(&attr, q->cpu, leader);
}

static void open_counters(const struct opener_request *q, struct opener_answer *a, int *fds)
{
	for (unsigned int i = 0; i < q->n; i++) {
		int fd = open_counter(q, i, i ? fds[0] : -1);

		if (fd < 0) {
			while (a->n)
				close(fds[--a->n]);
			a->error = fd;
			a->failed = i;
			return;
		}
		fds[a->n++] = fd;
	}
}

/* The probe is that of all CPUs, on whichever its event was opened. */
static void open_kprobe(const struct opener_request *q, const struct pmus *machine,
			struct opener_answer *a, int *fds)
{
	struct perf_event_attr attr = {
		.type = machine->kprobe,
		.size = sizeof(attr),
		.config = q->mode == OPENER_RETURN ? 1ull << machine->kprobe_return : 0,
		.kprobe_func = (uintptr_t)check_function(q->function),
	};
	int fd = open_for_all(&attr, q->cpu, -1);

	if (fd < 0)
		a->error = fd;
	else
		fds[a->n++] = fd;
}

void open_request(const struct opener_request *q, const struct pmus *machine,
		  struct opener_answer *answer, int *fds)
{
	struct opener_answer a = { .version = OPENER_VERSION };

	if (q->operation == OPENER_COUNT)
		open_counters(q, &a, fds);
	else if (q->operation == OPENER_KPROBE)
		open_kprobe(q, machine, &a, fds);
	*answer = a;
}
