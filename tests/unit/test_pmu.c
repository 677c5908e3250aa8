// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PMU source on software events, so on every machine: exact counts of page faults by CPU
 * and mode against getrusage(), CPUs that come and go, events that sysfs describes.
 *
 * The source counts the CPUs its /sys names as online, here one, and on that one this process
 * is a real-time task: nobody else faults there.
 */
#include "tree.h"

#include <dirent.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <limits.h>

#include "pmu/pmu_group.h"
#include "sources.h"
#include "util/util.h"

#define ONLINE "/sys/devices/system/cpu/online"
#define D      "/sys/bus/event_source/devices"
/* primes */
#define USER_FAULTS   9973
#define KERNEL_FAULTS 1009

/* A PMU that others use too: groups run for this share of their time; 0: all of it. */
static unsigned int share_percent;

ssize_t read(int fd, void *buf, size_t len)
{
	ssize_t n = syscall(SYS_read, fd, buf, len);
	char path[64], link[64] = "";
	uint64_t *words = buf;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (share_percent && n >= 24 && readlink(path, link, sizeof(link) - 1) > 0 &&
	    strstr(link, "perf_event"))
		words[2] = words[1] * share_percent / 100;
	return n;
}

struct live {
	char *root;
	struct host *host;
	struct probe *probe;
	void *source;
	cpu_set_t was;
	unsigned int cpu;
};

static void missing(const char *what)
{
	print_message("%s\n", what);
	if (getenv("MUST_RUN"))
		fail();
	skip();
}

/* The last CPU this process may use; it stays there, in front of everybody else. */
static unsigned int pin(cpu_set_t *was)
{
	const struct sched_param first = { .sched_priority = 1 };
	unsigned int cpu = CPU_SETSIZE - 1;
	cpu_set_t one;

	assert_int_equal(sched_getaffinity(0, sizeof(*was), was), 0);
	while (cpu && !CPU_ISSET(cpu, was))
		cpu--;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		missing("real-time priority is refused here");
	return cpu;
}

static void set_online(struct live *l, const char *list)
{
	tree_file(l->root, ONLINE, list);
}

static void begin(struct live *l, enum host_arch arch, const char *const *roles)
{
	const struct source_options o = { .roles = roles };

	assert_int_equal(host_new(l->root, &l->host), 0);
	l->host->arch = arch;
	l->probe = probe_new();
	assert_int_equal(source_pmu.open(l->host, &o, l->probe, &l->source), 0);
	assert_int_equal(l->probe->error, 0);
}

static void end(struct live *l)
{
	source_pmu.close(l->source);
	probe_free(l->probe);
	host_free(l->host);
	tree_free(l->root);
}

static struct snapshot *read_now(struct live *l)
{
	struct snapshot *s = snapshot_new();

	assert_int_equal(source_pmu.read(l->source, s), 0);
	assert_int_equal(snapshot_error(s), 0);
	return s;
}

static uint64_t known(const struct snapshot *s, enum snapshot_field_id id)
{
	if (!s->field[id].known)
		fail_msg("%s: %s", snapshot_field_desc[id].name, s->field[id].why);
	return s->field[id].n;
}

static bool may_count(const struct live *l)
{
	const struct probe_row *r = probe_find(l->probe, "pmu.dtlb_walk");

	return r->state == PROBE_OK;
}

static char *map(size_t pages)
{
	char *p = mmap(NULL, pages * getpagesize(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	madvise(p, pages * getpagesize(), MADV_NOHUGEPAGE);
	return p;
}

static struct rusage usage(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u;
}

static const char *const fault_roles[] = { "instructions=task-clock",
					   "dtlb_walk=minor-faults",
					   "itlb_walk=major-faults",
					   "cycles=cpu-clock",
					   "walk_cycles=minor-faults+major-faults",
					   "l1d_refill=page-faults",
					   NULL };

/* Looking at the shadow of the pages would fault in a page of shadow for every eight. */
__attribute__((no_sanitize("address"))) static void touch(char *p, size_t pages, size_t page)
{
	for (size_t i = 0; i < pages; i++)
		((volatile char *)p)[i * page] = 1;
}

/* The sanitizer's heap takes new pages for every allocation, also between the two readings. */
#ifdef __SANITIZE_ADDRESS__
#define HEAP_FAULTS 64
#else
#define HEAP_FAULTS 0
#endif

/* The heap keeps what two snapshots at a time need, and gives none of it back. */
static void settle_heap(struct live *l)
{
	struct snapshot *one, *other;

	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	mallopt(M_TOP_PAD, 1 << 20);
	one = read_now(l);
	other = read_now(l);
	snapshot_free(one);
	snapshot_free(other);
}

struct faulted {
	uint64_t user, kernel;
	long rusage;
	bool alone; /* nobody else ran on the CPU meanwhile */
};

/* Faults between two readings: in @a by touching, in @b while the kernel writes. */
static struct faulted fault_once(struct live *l, char *a, size_t user, char *b,
				 size_t in_kernel, int zero)
{
	const size_t page = getpagesize();
	struct snapshot *before, *after;
	struct rusage begun, from, to;
	struct faulted f;
	ssize_t got;

	madvise(a, (user + 1) * page, MADV_DONTNEED);
	madvise(b, (in_kernel + 1) * page, MADV_DONTNEED);
	begun = usage();
	before = read_now(l);
	from = usage();
	touch(a, user, page);
	got = syscall(SYS_read, zero, b, in_kernel * page);
	to = usage();
	after = read_now(l);
	assert_int_equal(got, in_kernel * page);
	f.rusage = to.ru_minflt - from.ru_minflt;
	to = usage();
	f.alone = to.ru_nvcsw == begun.ru_nvcsw && to.ru_nivcsw == begun.ru_nivcsw;
	f.user = known(after, F_DTLB_WALK_USER) - known(before, F_DTLB_WALK_USER);
	f.kernel = known(after, F_DTLB_WALK_KERNEL) - known(before, F_DTLB_WALK_KERNEL);
	snapshot_free(before);
	snapshot_free(after);
	return f;
}

/*
 * @user faults by touching, @in_kernel while the kernel writes.  Even a real-time task is put
 * aside now and then for the others' sake; then it is done again.
 */
static struct faulted fault(struct live *l, size_t user, size_t in_kernel)
{
	const size_t page = getpagesize();
	char *a = map(user + 1), *b = map(in_kernel + 1);
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct faulted f;

	settle_heap(l);
	mlockall(MCL_CURRENT);
	munlock(a, (user + 1) * page);
	munlock(b, (in_kernel + 1) * page);
	for (int i = 0; i < 20; i++) {
		f = fault_once(l, a, user, b, in_kernel, zero);
		if (f.alone)
			break;
	}
	assert_true(f.alone);
	munlockall();
	munmap(a, (user + 1) * page);
	munmap(b, (in_kernel + 1) * page);
	close(zero);
	return f;
}

static void start_pinned(struct live *l)
{
	char list[16];

	*l = (struct live){ .root = tree_new() };
	l->cpu = pin(&l->was);
	snprintf(list, sizeof(list), "%u\n", l->cpu);
	set_online(l, list);
	begin(l, ARCH_X86_64, fault_roles);
}

static void stop_pinned(struct live *l)
{
	const struct sched_param none = { .sched_priority = 0 };

	sched_setscheduler(0, SCHED_OTHER, &none);
	sched_setaffinity(0, sizeof(l->was), &l->was);
	end(l);
}

/* start_pinned(), or the test is skipped. */
static void start_counting(struct live *l)
{
	start_pinned(l);
	if (may_count(l))
		return;
	stop_pinned(l);
	missing("perf_event_open is refused here");
}

static void test_exact(void **state)
{
	struct faulted f;
	struct live l;

	start_counting(&l);
	f = fault(&l, USER_FAULTS, KERNEL_FAULTS);
	stop_pinned(&l);
	assert_int_equal(f.rusage, USER_FAULTS + KERNEL_FAULTS);
	assert_in_range(f.user, USER_FAULTS, USER_FAULTS + HEAP_FAULTS);
	assert_int_equal(f.kernel, KERNEL_FAULTS);
}

/* A counter of the test's own: every minor fault in user mode on the CPU, whoever's it is. */
static int count_everybody(const struct live *l)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS_MIN,
		.exclude_kernel = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, l->cpu, -1, PERF_FLAG_FD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static uint64_t counted(int fd)
{
	uint64_t n;

	assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
	return n;
}

/* Counters are cumulative: what three intervals counted is the difference from first to last.
 */
static void test_cumulative(void **state)
{
	struct snapshot *first, *last;
	uint64_t sum = 0, all, everybody;
	struct live l;
	int fd;

	start_counting(&l);
	fd = count_everybody(&l);
	everybody = counted(fd);
	first = read_now(&l);
	for (int i = 0; i < 3; i++)
		sum += fault(&l, USER_FAULTS, 0).user;
	last = read_now(&l);
	everybody = counted(fd) - everybody;
	close(fd);
	all = known(last, F_DTLB_WALK_USER) - known(first, F_DTLB_WALK_USER);
	assert_true(known(last, F_CYCLES_USER) > known(first, F_CYCLES_USER));
	snapshot_free(first);
	snapshot_free(last);
	stop_pinned(&l);
	/* between the intervals others fault, and the test, which maps and may have to repeat
	 */
	assert_in_range(all, sum, everybody);
}

/*
 * The CPU goes offline for the source (not for us) and comes back.
 *
 * Writing the list of CPUs and opening events may sleep, and then others fault on the CPU: the
 * second counter tells how much.
 */
static void test_hotplug(void **state)
{
	uint64_t base, begun, gone, back, opened;
	struct snapshot *s;
	struct faulted f;
	struct live l;
	int all;
	char list[16], *other;

	start_counting(&l);
	all = count_everybody(&l);
	begun = counted(all);
	s = read_now(&l);
	base = known(s, F_DTLB_WALK_USER);
	snapshot_free(s);

	/* no CPU at all: unknown, and nothing is counted any more */
	set_online(&l, "\n");
	s = read_now(&l);
	assert_false(s->field[F_DTLB_WALK_USER].known);
	assert_string_equal(s->field[F_DTLB_WALK_USER].why, ONLINE " names no CPU");
	snapshot_free(s);
	gone = counted(all);
	snprintf(list, sizeof(list), "%u\n", l.cpu);
	other = map(USER_FAULTS);
	touch(other, USER_FAULTS, getpagesize());
	munmap(other, USER_FAULTS * getpagesize());

	/* back: what was counted before is kept, what happened meanwhile is not in it */
	set_online(&l, list);
	back = counted(all);
	assert_true(back - gone >= USER_FAULTS);
	s = read_now(&l);
	opened = counted(all);
	assert_in_range(known(s, F_DTLB_WALK_USER), base,
			base + (gone - begun) + (opened - back));
	snapshot_free(s);
	close(all);
	f = fault(&l, 4999, 3);
	stop_pinned(&l);
	assert_in_range(f.user, 4999, 4999 + HEAP_FAULTS);
	assert_int_equal(f.kernel, 3);
}

/* No more than one file besides those that are open: a group has two events and more. */
static rlim_t few_files(void)
{
	int next = dup(0);
	struct rlimit limit;
	rlim_t was;

	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	was = limit.rlim_cur;
	limit.rlim_cur = next + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return was;
}

static void more_files(rlim_t n)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* A CPU comes when there are no files left: it is counted when there are again. */
static void test_opened_later(void **state)
{
	struct snapshot *s;
	struct live l;
	char list[16];
	rlim_t files;
	int known_at = 0;

	start_counting(&l);
	set_online(&l, "\n");
	snapshot_free(read_now(&l));
	snprintf(list, sizeof(list), "%u\n", l.cpu);
	set_online(&l, list);
	files = few_files();
	s = read_now(&l);
	more_files(files);
	assert_false(s->field[F_DTLB_WALK_USER].known);
	assert_non_null(strstr(s->field[F_DTLB_WALK_USER].why, "open files"));
	snapshot_free(s);
	for (int i = 1; i <= 8 && !known_at; i++) {
		s = read_now(&l);
		known_at = s->field[F_DTLB_WALK_USER].known ? i : 0;
		/* not before a whole interval was counted */
		if (!known_at && !strstr(s->field[F_DTLB_WALK_USER].why, "open files"))
			assert_non_null(strstr(s->field[F_DTLB_WALK_USER].why,
					       "had no counters until now"));
		snapshot_free(s);
	}
	assert_in_range(known_at, 2, 8);
	assert_int_equal(fault(&l, 4999, 3).kernel, 3);
	stop_pinned(&l);
}

static unsigned int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void test_no_leak(void **state)
{
	const unsigned int before = open_files();
	unsigned int with_one, with_none;
	struct live l;
	char list[16];

	start_pinned(&l);
	with_one = open_files();
	if (!may_count(&l)) {
		stop_pinned(&l);
		missing("perf_event_open is refused here");
	}
	/* 2 modes x (clock + 2 faults, clock + 2 parts, clock + fault) */
	assert_int_equal(with_one - before, 2 * (3 + 3 + 2));
	snprintf(list, sizeof(list), "%u\n", l.cpu);
	for (int i = 0; i < 20; i++) {
		set_online(&l, i & 1 ? list : "\n");
		snapshot_free(read_now(&l));
	}
	assert_int_equal(open_files(), with_one);
	set_online(&l, "\n");
	snapshot_free(read_now(&l));
	with_none = open_files();
	stop_pinned(&l);
	assert_int_equal(with_none, before);
	assert_int_equal(open_files(), before);
}

static void test_rows(void **state)
{
	const struct table *t;
	const struct row *r;
	struct snapshot *s;
	struct live l;

	start_counting(&l);
	usleep(20000);
	s = read_now(&l);
	t = &s->table[TABLE_PMU_EVENT];
	assert_int_equal(t->nrows, 14);
	r = NULL;
	for (size_t i = 0; i < t->nrows; i++) {
		if (!strcmp(t->rows[i]->label[0], "dtlb_walk/kernel"))
			r = t->rows[i];
	}
	assert_non_null(r);
	assert_string_equal(r->label[1], "minor-faults");
	assert_int_equal(row_get(t, r, "supported").n, 1);
	/* one CPU, all the time */
	assert_true(row_get(t, r, "enabled").n >= 20000000);
	assert_int_equal(row_get(t, r, "running").n, row_get(t, r, "enabled").n);
	assert_string_equal(s->field[F_WALK_CYCLES_USER].via,
			    "perf minor-faults+major-faults");
	assert_false(s->field[F_STALL_TLB_USER].known);
	assert_non_null(strstr(s->field[F_STALL_TLB_USER].why, "no hardware PMU"));
	snapshot_free(s);
	stop_pinned(&l);
}

/* What is rejected for want of time is told as such: in the reason and by the row. */
static void test_shared(void **state)
{
	const struct table *t;
	struct snapshot *s;
	struct live l;

	start_counting(&l);
	share_percent = 10;
	usleep(150000);
	s = read_now(&l);
	share_percent = 0;
	assert_false(s->field[F_DTLB_WALK_USER].known);
	assert_non_null(strstr(s->field[F_DTLB_WALK_USER].why, "for 10% of the time only"));
	t = &s->table[TABLE_PMU_EVENT];
	for (size_t i = 0; i < t->nrows; i++) {
		double enabled, running;

		if (strcmp(t->rows[i]->label[0], "dtlb_walk/user"))
			continue;
		enabled = row_get(t, t->rows[i], "enabled").n;
		running = row_get(t, t->rows[i], "running").n;
		assert_true(enabled >= 150e6);
		assert_true(running > 0.09 * enabled && running < 0.11 * enabled);
	}
	snapshot_free(s);
	stop_pinned(&l);
}

static void expect_row(const struct live *l, const char *name, enum probe_state state,
		       const char *why)
{
	const struct probe_row *r = probe_find(l->probe, name);

	assert_non_null(r);
	assert_int_equal(r->state, state);
	if (!why)
		assert_null(r->why);
	else if (!r->why || !strstr(r->why, why))
		fail_msg("%s: '%s' has no '%s'", name, r->why, why);
	if (state == PROBE_UNAVAILABLE)
		assert_null(r->via);
}

static void test_bad_mappings(void **state)
{
	static const char *const roles[] = { "dtlb_walk=minorfaults",
					     "walks=minor-faults",
					     "itlb_walk=r34",
					     "cycles=no/such=1/",
					     "stall_tlb=a+b+c+d",
					     "l1d_refill=dummy+",
					     NULL };
	struct live l = { .root = tree_new() };
	struct snapshot *s;

	set_online(&l, "0\n");
	begin(&l, ARCH_X86_64, roles);
	expect_row(&l, "pmu.mapping", PROBE_UNAVAILABLE, "'walks=minor-faults' is not ROLE=");
	expect_row(&l, "pmu.dtlb_walk", PROBE_UNAVAILABLE,
		   "minorfaults: not a software event");
	expect_row(&l, "pmu.itlb_walk", PROBE_UNAVAILABLE, "no hardware PMU");
	expect_row(&l, "pmu.cycles", PROBE_UNAVAILABLE, "no PMU called no");
	expect_row(&l, "pmu.stall_tlb", PROBE_UNAVAILABLE, "a: not a software event");
	expect_row(&l, "pmu.l1d_refill", PROBE_UNAVAILABLE, "name of an event is missing");
	s = read_now(&l);
	for (int i = 0; i < FIELD_MAX; i++) {
		if (!strcmp(snapshot_field_desc[i].group, "pmu"))
			assert_non_null(s->field[i].why);
	}
	snapshot_free(s);
	end(&l);
}

static void test_no_cpu_list(void **state)
{
	struct live l = { .root = tree_new() };
	struct snapshot *s;

	begin(&l, ARCH_X86_64, fault_roles);
	expect_row(&l, "pmu.dtlb_walk", PROBE_UNAVAILABLE, ONLINE " is missing");
	set_online(&l, "all of them\n");
	s = read_now(&l);
	assert_string_equal(s->field[F_DTLB_WALK_USER].why,
			    ONLINE " holds text pgtop cannot parse");
	snapshot_free(s);
	end(&l);
}

/*
 * Two PMUs with software events behind them (type 1), one of which lists no walks.  CPU 0 has
 * the first, all others the second.
 */
static void test_core_types(void **state)
{
	struct live l = { .root = tree_new() };
	struct snapshot *s;
	bool ok;

	for (int i = 0; i < 2; i++) {
		char path[128];

		snprintf(path, sizeof(path), D "/armv8_%d/type", i);
		tree_file(l.root, path, "1\n");
		snprintf(path, sizeof(path), D "/armv8_%d/cpus", i);
		tree_file(l.root, path, i ? "1-511\n" : "0\n");
		snprintf(path, sizeof(path), D "/armv8_%d/format/event", i);
		tree_file(l.root, path, "config:0-15\n");
		snprintf(path, sizeof(path), D "/armv8_%d/events/inst_retired", i);
		tree_file(l.root, path, "event=0x0001\n");
	}
	tree_file(l.root, D "/armv8_0/events/dtlb_walk", "event=0x0005\n");
	set_online(&l, "0\n");
	begin(&l, ARCH_ARM64, NULL);
	ok = probe_find(l.probe, "pmu.instructions")->state == PROBE_OK;
	if (ok) {
		expect_row(&l, "pmu.dtlb_walk", PROBE_OK, NULL);
		expect_row(&l, "pmu.itlb_walk", PROBE_UNAVAILABLE,
			   "armv8_0 does not list itlb_walk: the core does not count it (raw "
			   "event 0x35 would");
		expect_row(&l, "pmu.walk_cycles", PROBE_UNAVAILABLE,
			   "no event for it is known on this core type");
		if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
			/* a core without the event appears: the sum would be a part */
			set_online(&l, "0-1\n");
			s = read_now(&l);
			assert_true(s->field[F_INSTRUCTIONS_USER].known);
			assert_false(s->field[F_DTLB_WALK_USER].known);
			assert_non_null(
				strstr(s->field[F_DTLB_WALK_USER].why,
				       "counted on 1 of 2 CPUs only: armv8_1 does not"));
			assert_int_equal(s->table[TABLE_PMU_EVENT].nrows, 28);
			snapshot_free(s);
		}
	}
	end(&l);
	if (!ok)
		missing("perf_event_open is refused here");
}

static void test_reasons(void **state)
{
	static const int errs[] = { EACCES, EPERM,  ENOSYS, ENOENT, EOPNOTSUPP, EINVAL, EBUSY,
				    EMFILE, ENFILE, ENOSPC, ENODEV, E2BIG,	ESRCH };
	char *root = tree_new(), buf[512];
	const struct host h = { .root = root };
	const char *remedy;

	for (size_t i = 0; i < ARRAY_SIZE(errs); i++) {
		remedy = "untouched";
		pmu_open_why(&h, -errs[i], "dtlb_walk", buf, sizeof(buf), &remedy);
		assert_true(strlen(buf) > 20);
		assert_true(!remedy || strcmp(remedy, "untouched"));
	}
	tree_file(root, "/proc/sys/kernel/perf_event_paranoid", "2\n");
	tree_file(root, "/proc/self/status", "CapEff:\t0\n");
	pmu_open_why(&h, -EACCES, "dtlb_walk", buf, sizeof(buf), &remedy);
	assert_non_null(strstr(buf, "count dtlb_walk: kernel.perf_event_paranoid is 2"));
	assert_non_null(strstr(remedy, "CAP_PERFMON"));
	tree_free(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),	     cmocka_unit_test(test_cumulative),
		cmocka_unit_test(test_hotplug),	     cmocka_unit_test(test_no_leak),
		cmocka_unit_test(test_rows),	     cmocka_unit_test(test_bad_mappings),
		cmocka_unit_test(test_no_cpu_list),  cmocka_unit_test(test_core_types),
		cmocka_unit_test(test_reasons),	     cmocka_unit_test(test_shared),
		cmocka_unit_test(test_opened_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
