// SPDX-License-Identifier: GPL-2.0-only
/*
 * flush_count [OPTION]... TOOL MODE N - run tests/tools/flush and count its TLB flushes twice
 *
 *   raw       pgtop's source by raw_tp where tp_btf works, too
 *   fentry, kprobe   by these although there is something better
 *   root=DIR  it reads its files below DIR
 *   rows=N    its programs have rows for N processes, no more, and one is taken
 *   alone     it alone counts: the rest needs x86_64
 *
 * Once by pgtop's source, once by perf's own counters on the tracepoint
 * tlb:tlb_flush, filtered by reason in the kernel, for the whole machine and for
 * the process alone.  Both are read when the tool is ready and when it is done: at a moment
 * in which the machine flushes nothing, or, where it does not stand still, with the fewest
 * flushes meanwhile.  perf is read on both sides of pgtop's source.  Prints the differences:
 *
 * In mode "processes" the tool flushes twice, with a reading between, and the readings are not
 * of one moment.
 *
 *   noise                                       flushes of the machine while it was read
 *   ours.REASON  task.REASON                    flushes, by number of the reason
 *   perf.REASON                                 the fewest that ours.REASON can be
 *   ours.flushes ours.pages ours.unattributed ours.dropped   fields of the snapshot
 *   ours.rows                                   tlb_flushes, tlb_received of all processes
 *   process.COLUMN  process.comm                row of the tool
 *   self.COLUMN                                 row of this program, if it flushed anything
 *   cgroup.COLUMN  cgroup.path                  row of its cgroup
 *   interrupts                                  "TLB shootdowns" in /proc/interrupts, at most
 */
#include <inttypes.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>

#include "util/file.h"
#include "host/interrupts.h"
#include "util/number.h"
#include "sources.h"
#include "tool.h"
#include "util/util.h"
#include "../unit/bpf_calls.h"

#define REASONS	  6 /* enum tlb_flush_reason; the last since 6.15 */
#define MAX_CPUS  64
#define MAX_TASKS 2
#define TRACING	  "/sys/kernel/tracing"

/*
 * perf counters: for each reason one a CPU and one a thread, and of all changes of mappings
 * one a CPU
 */
struct counters {
	int ncpus, ntasks;
	int reason[REASONS][MAX_CPUS], all[MAX_CPUS], task[REASONS][MAX_TASKS];
};

/* before and after the snapshot was made */
struct marks {
	uint64_t perf[REASONS], interrupts;
};

struct reading {
	struct snapshot *s;
	struct marks before, after;
	uint64_t task[REASONS], noise;
};

/* tracefs for ourselves, if nobody has mounted it */
static void mount_tracefs(void)
{
	if (!access(TRACING "/events", F_OK))
		return;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", TRACING, "tracefs", 0, NULL))
		die("mount tracefs");
}

static int open_counter(uint64_t id, pid_t pid, int cpu, const char *filter)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
	};
	int fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		die("perf_event_open");
	if (ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter))
		die("PERF_EVENT_IOC_SET_FILTER");
	return fd;
}

/* The tool makes all its threads before it is ready. */
static void find_tasks(pid_t pid, pid_t tasks[MAX_TASKS], int *ret)
{
	_cleanup_(strings_free_p) char **names = NULL;
	char dir[64];
	uint64_t tid;
	int n = 0;

	snprintf(dir, sizeof(dir), "/proc/%d/task", pid);
	errno = -file_list("", dir, &names);
	if (errno)
		die(dir);
	for (; names[n] && n < MAX_TASKS; n++) {
		errno = -parse_u64(names[n], 10, INT32_MAX, &tid);
		if (errno)
			die(dir);
		tasks[n] = tid;
	}
	*ret = n;
}

static void open_counters(struct counters *c, pid_t pid)
{
	pid_t tasks[MAX_TASKS];
	char filter[64];
	uint64_t id;

	find_tasks(pid, tasks, &c->ntasks);
	c->ncpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (c->ncpus > MAX_CPUS) {
		errno = E2BIG;
		die("more CPUs than expected");
	}
	errno = -file_read_u64("", TRACING "/events/tlb/tlb_flush/id", &id);
	if (errno)
		die("id of tlb:tlb_flush");
	for (int r = 0; r < REASONS; r++) {
		snprintf(filter, sizeof(filter), "reason == %d && pages != 0", r);
		for (int cpu = 0; cpu < c->ncpus; cpu++)
			c->reason[r][cpu] = open_counter(id, -1, cpu, filter);
		for (int t = 0; t < c->ntasks; t++)
			c->task[r][t] = open_counter(id, tasks[t], -1, filter);
	}
	for (int cpu = 0; cpu < c->ncpus; cpu++)
		c->all[cpu] = open_counter(id, -1, cpu, "reason >= 1 && reason <= 4");
}

static uint64_t count(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) != sizeof(n))
		die("read a counter");
	return n;
}

static uint64_t sum(const int *fd, int nfds)
{
	uint64_t n = 0;

	for (int i = 0; i < nfds; i++)
		n += count(fd[i]);
	return n;
}

static uint64_t interrupts(void)
{
	_cleanup_free_ char *text = NULL;
	uint64_t n;

	return file_read("", "/proc/interrupts", &text, NULL) ||
			       interrupts_count(text, "TLB", &n)
		       ? 0
		       : n;
}

static void mark(const struct counters *c, struct marks *m)
{
	m->interrupts = interrupts();
	for (int k = 0; k < REASONS; k++)
		m->perf[k] = sum(c->reason[k], c->ncpus);
}

static void read_once(struct sources *sources, const struct counters *c, struct reading *r)
{
	mark(c, &r->before);
	if (sources_read(sources, &r->s))
		die("sources_read");
	for (int k = 0; k < REASONS; k++)
		r->task[k] = sum(c->task[k], c->ntasks);
	mark(c, &r->after);
}

/* Flushes of the machine: by perf, or without it as pgtop itself counts. */
static uint64_t count_now(struct sources *sources, const struct counters *c)
{
	struct snapshot *s;
	uint64_t n;

	if (c->ncpus)
		return sum(c->all, c->ncpus);
	if (sources_read(sources, &s))
		die("sources_read");
	n = s->field[F_TLB_FLUSHES].n;
	snapshot_free(s);
	return n;
}

/*
 * Of the readings of @seconds the first that nothing disturbs, or else the one that the fewest
 * flushes do.  The wait before lets one pass that is between the programs attached to the
 * tracepoint, on a CPU the hypervisor has taken away.
 */
static void read_quietly(struct sources *sources, const struct counters *c, int seconds,
			 struct reading *r)
{
	time_t end = time(NULL) + seconds;
	struct reading next = { 0 };

	r->s = NULL;
	do {
		uint64_t before = count_now(sources, c);

		usleep(500);
		read_once(sources, c, &next);
		next.noise = count_now(sources, c) - before;
		if (r->s && next.noise >= r->noise) {
			snapshot_free(next.s);
			continue;
		}
		snapshot_free(r->s);
		*r = next;
	} while (r->noise && time(NULL) < end);
}

/* What it maps from here on was never seen by another CPU. */
static void pin_to_first(void)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
}

static void print_field(const struct snapshot *d, const char *name, enum snapshot_field_id id)
{
	if (d->field[id].known)
		printf("%s=%" PRIu64 "\n", name, d->field[id].n);
	else
		printf("%s=unknown: %s\n", name, d->field[id].why);
}

static void print_row(const char *name, const struct table *t, const struct row *row)
{
	for (size_t i = 0; row && i < t->ncolumns; i++) {
		struct value v = row_get(t, row, t->columns[i].name);

		printf("%s.%s=", name, t->columns[i].name);
		if (v.known)
			printf("%" PRIu64 "\n", v.n);
		else
			printf("unknown: %s\n", v.why);
	}
}

static const char *text(const char *label)
{
	return label ? label : "";
}

static void print_rows(const struct snapshot *d, pid_t pid)
{
	const struct table *p = &d->table[TABLE_PROCESS], *c = &d->table[TABLE_CGROUP];
	const struct row *row = table_find(p, pid, NULL);
	const char *path = text(row ? row->label[1] : NULL);

	printf("via=%s\n", text(d->field[F_TLB_FLUSHES].via));
	printf("pages_via=%s\n", text(d->field[F_TLB_FLUSH_PAGES].via));
	printf("process.comm=%s\n", text(row ? row->label[0] : NULL));
	print_row("process", p, row);
	printf("cgroup.path=%s\n", path);
	for (size_t i = 0; i < c->nrows; i++) {
		if (!strcmp(text(c->rows[i]->label[0]), path))
			print_row("cgroup", c, c->rows[i]);
	}
}

static uint64_t add_rows(const struct table *t)
{
	uint64_t n = 0;

	for (size_t i = 0; i < t->nrows; i++)
		n += row_get(t, t->rows[i], "tlb_flushes").n +
		     row_get(t, t->rows[i], "tlb_received").n;
	return n;
}

static void print_ours(const struct snapshot *d, pid_t pid)
{
	const struct table *t = &d->table[TABLE_TLB_FLUSH];

	for (size_t i = 0; i < t->nrows; i++)
		printf("ours.%" PRIu64 "=%" PRIu64 "\n", t->rows[i]->key,
		       row_get(t, t->rows[i], "flushes").n);
	print_field(d, "ours.flushes", F_TLB_FLUSHES);
	print_field(d, "ours.pages", F_TLB_FLUSH_PAGES);
	print_field(d, "ours.unattributed", F_EVENTS_UNATTRIBUTED);
	print_field(d, "ours.dropped", F_EVENTS_DROPPED);
	printf("ours.rows=%" PRIu64 "\n", add_rows(&d->table[TABLE_PROCESS]));
	print_rows(d, pid);
	print_row("self", &d->table[TABLE_PROCESS],
		  table_find(&d->table[TABLE_PROCESS], getpid(), NULL));
}

static void print_perf(const struct reading *a, const struct reading *b)
{
	for (int k = 0; k < REASONS; k++) {
		uint64_t first = a->after.perf[k], last = b->before.perf[k];

		printf("perf.%d=%" PRIu64 "\n", k, last > first ? last - first : 0);
		printf("task.%d=%" PRIu64 "\n", k, b->task[k] - a->task[k]);
	}
	printf("interrupts=%" PRIu64 "\n", b->after.interrupts - a->before.interrupts);
}

static void print_changes(const struct reading *a, const struct reading *b, pid_t pid)
{
	struct snapshot *d;

	if (snapshot_diff(a->s, b->s, &d))
		die("snapshot_diff");
	print_ours(d, pid);
	snapshot_free(d);
}

struct options {
	struct source_options source;
	const char *root;
	bool alone;
};

static unsigned int rows;

/* As if the table of processes had been built with room for less. */
static int make_rows_scarce(long cmd, const union bpf_attr *attr)
{
	if (cmd == BPF_MAP_CREATE && !strcmp(attr->map_name, "process_index"))
		((union bpf_attr *)attr)->max_entries = rows;
	return 0;
}

/* A flush of our own: a page that was only read, the zero page, is written to. */
static void take_row(void)
{
	volatile char *p =
		mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	(void)*p;
	*p = 1;
}

/* Returns whether @text is an option. */
static bool parse_option(const char *text, struct options *o)
{
	if (!strcmp(text, "raw") || !strcmp(text, "kprobe")) {
		o->source.prefer_kprobe = true;
	} else if (!strcmp(text, "fentry")) {
		o->source.prefer_fentry = true;
	} else if (!strcmp(text, "alone")) {
		o->alone = true;
	} else if (!strncmp(text, "root=", 5)) {
		o->root = text + 5;
	} else if (!strncmp(text, "rows=", 5)) {
		rows = strtoul(text + 5, NULL, 10);
		bpf_calls.refuse = make_rows_scarce;
	} else {
		return false;
	}
	return true;
}

/* @argv: the tool, its mode and number */
static int run(char **argv, const struct options *o, struct sources *sources)
{
	int seconds = o->alone ? 300 : 5;
	struct counters c = { 0 };
	struct reading a = { 0 }, b = { 0 };
	struct tool tool;
	int status;

	tool_start(&tool, argv, pin_to_first);
	tool_expect(&tool, "ready");
	if (!o->alone)
		open_counters(&c, tool.pid);
	read_quietly(sources, &c, seconds, &a);
	tool_tell(&tool, "");
	if (strcmp(argv[1], "processes")) {
		read_quietly(sources, &c, seconds, &b);
	} else {
		/* Thousands of rows: the moment would have to be long. */
		read_once(sources, &c, &b);
		snapshot_free(b.s);
		tool_tell(&tool, "");
		read_once(sources, &c, &b);
	}
	printf("noise=%" PRIu64 "\n", a.noise + b.noise);
	print_changes(&a, &b, tool.pid);
	if (!o->alone)
		print_perf(&a, &b);
	status = tool_end(&tool);
	snapshot_free(a.s);
	snapshot_free(b.s);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { .root = "" };
	struct sources *sources;
	struct host *h;
	int first = 1, status;

	while (first < argc && parse_option(argv[first], &o))
		first++;
	if (argc - first != 3) {
		fprintf(stderr,
			"usage: flush_count [raw|fentry|kprobe|root=DIR|rows=N|alone]... "
			"TOOL MODE N\n");
		return 2;
	}
	if (!o.alone)
		mount_tracefs();
	if (host_new(o.root, &h) ||
	    sources_new(h, &o.source, sources_bit("tlbflush"), NULL, &sources))
		die("sources_new");
	if (rows)
		take_row();
	status = run(argv + first, &o, sources);
	sources_free(sources);
	host_free(h);
	return status ? 1 : 0;
}
