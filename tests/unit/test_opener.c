// SPDX-License-Identifier: GPL-2.0-only
/* What pgtop-opener grants, on made-up machines, and what is left to it once it is confined.
 */
#include "tree.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"
#include "confine.h"
#include "open.h"
#include "util/util.h"

#define CORE	8
#define TYPE_BP PERF_TYPE_BREAKPOINT

static const struct pmus machine = {
	.n = 2, .core = { CORE, 9 }, .have_kprobe = true, .kprobe = 6, .kprobe_return = 0
};

static struct opener_request count_of(__u64 type, __u64 config)
{
	return (struct opener_request){ .version = OPENER_VERSION,
					.operation = OPENER_COUNT,
					.n = 1,
					.event = { { type, { config, 0, 0 } } } };
}

static bool granted(const struct opener_request *q)
{
	return check_request(q, sizeof(*q), &machine);
}

static void test_events(void **state)
{
	static const struct {
		const char *what;
		__u64 type, config, config1;
		bool want;
	} t[] = {
		{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, true },
		{ "cycles of one kind of core", PERF_TYPE_HARDWARE, 9ull << 32, 0, true },
		{ "cycles of another PMU", PERF_TYPE_HARDWARE, 10ull << 32, 0, false },
		{ "misses of the dTLB", PERF_TYPE_HW_CACHE, 0x10003, 0, true },
		{ "... of the kprobe PMU", PERF_TYPE_HW_CACHE, 6ull << 32 | 3, 0, false },
		{ "raw", PERF_TYPE_RAW, 0x8167, 0, true },
		{ "raw, with what comes in config1", PERF_TYPE_RAW, 0x1b7, 0x3fbfc00001,
		  true },
		{ "an event of a core PMU", CORE, 0x34, 1, true },
		{ "faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN, 0, true },
		{ "faults, with an address", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN,
		  0xffff800000000000, false },
		{ "output of BPF programs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_BPF_OUTPUT, 0,
		  false },
		{ "switches of cgroups", PERF_TYPE_SOFTWARE, 11, 0, false },
		{ "a tracepoint", PERF_TYPE_TRACEPOINT, 1, 0, false },
		{ "a breakpoint", TYPE_BP, 0, 0xffffffff81000000, false },
		{ "a kprobe", 6, 0, 0xffffffff81000000, false },
		{ "a uprobe", 7, 0, 0x400000, false },
		{ "an uncore PMU", 12, 1, 0, false },
		{ "a type of more than 32 bits", 1ull << 32 | CORE, 1, 0, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct opener_request q = count_of(t[i].type, t[i].config);

		q.event[0].config[1] = t[i].config1;
		if (granted(&q) != t[i].want)
			fail_msg("%s: %s", t[i].what, t[i].want ? "denied" : "granted");
	}
}

/* One thing wrong with a request that would be granted. */
static void test_forms(void **state)
{
	struct opener_request good = count_of(PERF_TYPE_RAW, 1), q = good;

	assert_true(granted(&q));
	assert_false(check_request(&q, sizeof(q) - 1, &machine));
	assert_false(check_request(&q, 0, &machine));
	q.version++;
	assert_false(granted(&q));
	q = good;
	q.operation = 3;
	assert_false(granted(&q));
	q = good;
	q.mode = 2;
	assert_false(granted(&q));
	q = good;
	q.n = 0;
	assert_false(granted(&q));
	q.n = 2; /* of which the second is not there: PERF_TYPE_HARDWARE, cycles */
	assert_true(granted(&q));
	q.n = OPENER_EVENTS + 1;
	assert_false(granted(&q));
	q = good;
	q.function = 1;
	assert_false(granted(&q));
	q = good;
	q.event[OPENER_EVENTS - 1].config[2] = 1;
	assert_false(granted(&q));
}

static void test_kprobes(void **state)
{
	struct opener_request q = { .version = OPENER_VERSION, .operation = OPENER_KPROBE };
	struct pmus without = machine;
	unsigned int n = 0;

	for (; check_function(n); n++) {
		q.function = n;
		assert_true(granted(&q));
	}
	assert_in_range(n, 1, 64);
	q.function = n;
	assert_false(granted(&q));
	q.function = 1u << 31;
	assert_false(granted(&q));
	q.function = 0;
	q.mode = OPENER_RETURN;
	assert_true(granted(&q));
	q.mode++;
	assert_false(granted(&q));
	q.mode = OPENER_ENTRY;
	q.n = 1;
	assert_false(granted(&q));
	q.n = 0;
	without.have_kprobe = false;
	assert_false(check_request(&q, sizeof(q), &without));
}

static void test_hello(void **state)
{
	struct opener_request q = { .version = OPENER_VERSION };
	struct opener_answer a = { .error = 1 };

	assert_true(granted(&q));
	open_request(&q, &machine, &a, NULL);
	assert_int_equal(a.version, OPENER_VERSION);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.n, 0);
	q.cpu = 1;
	assert_false(granted(&q));
}

#define D "/sys/bus/event_source/devices"

static void test_pmus(void **state)
{
	char *root = tree_new(), dir[4096];
	struct pmus p;

	snprintf(dir, sizeof(dir), "%s" D, root);
	pmus_read(dir, &p);
	assert_int_equal(p.n, 0);
	assert_false(p.have_kprobe);
	tree_file(root, D "/armv8_cortex_a76/type", "8\n");
	tree_file(root, D "/armv8_cortex_a76/cpus", "0-3\n");
	tree_file(root, D "/cpu/type", "4\n");
	tree_file(root, D "/software/type", "1\n");
	tree_file(root, D "/kprobe/type", "6\n");
	tree_file(root, D "/uncore_imc_0/type", "14\n");
	tree_file(root, D "/uncore_imc_0/cpumask", "0\n");
	tree_file(root, D "/broken/type", "none\n");
	tree_file(root, D "/broken/cpus", "0\n");
	pmus_read(dir, &p);
	assert_int_equal(p.n, 2);
	assert_true(pmus_is_core(&p, 8) && pmus_is_core(&p, 4));
	assert_false(pmus_is_core(&p, 14) || pmus_is_core(&p, 6) || pmus_is_core(&p, 0));
	assert_false(p.have_kprobe); /* where its bit is was not to be read */
	tree_file(root, D "/kprobe/format/retprobe", "config:0\n");
	pmus_read(dir, &p);
	assert_true(p.have_kprobe);
	assert_int_equal(p.kprobe, 6);
	assert_int_equal(p.kprobe_return, 0);
	tree_file(root, D "/kprobe/format/retprobe", "config:64\n");
	pmus_read(dir, &p);
	assert_false(p.have_kprobe);
	tree_free(root);
}

/* --- confined ---------------------------------------------------------------- */

/* The sanitizers make calls of their own, which would be refused. */
#ifndef __SANITIZE_ADDRESS__
static void call_nothing(void)
{
}

static void call_getpid(void)
{
	syscall(SYS_getpid);
}

static void call_open(void)
{
	syscall(SYS_openat, AT_FDCWD, "/dev/null", 0);
}

static void call_exec(void)
{
	syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static void call_socket(void)
{
	socket(AF_UNIX, SOCK_STREAM, 0);
}

static void perf_open(pid_t pid, int cpu, unsigned long flags)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr) };

	syscall(SYS_perf_event_open, &attr, pid, cpu, -1, flags);
}

static void call_perf(void)
{
	perf_open(-1, 0, PERF_FLAG_FD_CLOEXEC);
}

static void call_perf_own(void)
{
	perf_open(0, -1, PERF_FLAG_FD_CLOEXEC);
}

static void call_perf_process(void)
{
	perf_open(1, 0, PERF_FLAG_FD_CLOEXEC);
}

static void call_perf_cgroup(void)
{
	perf_open(-1, 0, PERF_FLAG_FD_CLOEXEC | PERF_FLAG_PID_CGROUP);
}

static void call_close(void)
{
	close(0);
}

/* The status of a process that confines itself and makes a call. */
static int status_after(void (*call)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		if (confine())
			syscall(SYS_exit_group, 1);
		call();
		syscall(SYS_exit_group, 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_confined(void **state)
{
	static void (*const allowed[])(void) = { call_nothing, call_perf, call_close };
	static void (*const killed[])(
		void) = { call_getpid,	 call_open,	    call_exec,	     call_socket,
			  call_perf_own, call_perf_process, call_perf_cgroup };

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		assert_int_equal(status_after(allowed[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(killed); i++) {
		int status = status_after(killed[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("call %zu was allowed", i);
	}
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),	 cmocka_unit_test(test_forms),
		cmocka_unit_test(test_kprobes),	 cmocka_unit_test(test_hello),
		cmocka_unit_test(test_pmus),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test(test_confined),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
