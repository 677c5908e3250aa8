// SPDX-License-Identifier: GPL-2.0-only
/* What the self-test says of counts; and of real events that open and count nothing. */
#include "tree.h"

#include <linux/perf_event.h>

#include "pmu/pmu_core.h"
#include "pmu/pmu_trial.h"

static const struct pmu_role_events hardware[ROLE_MAX] = {
	[ROLE_INSTRUCTIONS] = { 1, { { .type = 8 } } },
	[ROLE_DTLB_WALK] = { 2, { { .type = 8 }, { .type = 8 } } },
	[ROLE_ITLB_WALK] = { 1, { { .type = 8 } } },
	[ROLE_STALL_TLB] = { 1, { { .type = 1 } } },
};

static const struct pmu_group group = {
	.n = 5,
	.slot = { { ROLE_INSTRUCTIONS, 0 },
		  { ROLE_DTLB_WALK, 0 },
		  { ROLE_DTLB_WALK, 1 },
		  { ROLE_ITLB_WALK, 0 },
		  { ROLE_STALL_TLB, 0 } },
};

static struct pmu_trial_result judge(uint64_t running, uint64_t instructions, uint64_t loads,
				     uint64_t stores, uint64_t itlb)
{
	const struct pmu_counts counts = {
		1000, running, 5, { instructions, loads, stores, itlb, 0 }
	};
	struct pmu_trial_result r;

	pmu_trial_judge(&group, hardware, &counts, &r);
	assert_true(r.tried);
	/* a software event is never judged */
	assert_false(r.silent[ROLE_STALL_TLB]);
	/* nor is what is not in the group */
	assert_false(r.silent[ROLE_CYCLES]);
	return r;
}

static void test_judge(void **state)
{
	struct pmu_trial_result r = judge(1000, 90000, 15000, 3, 40);

	assert_true(r.ran);
	assert_false(r.silent[ROLE_INSTRUCTIONS] || r.silent[ROLE_DTLB_WALK] ||
		     r.silent[ROLE_ITLB_WALK]);
	r = judge(1000, 0, 0, 0, 0);
	assert_true(r.silent[ROLE_INSTRUCTIONS] && r.silent[ROLE_DTLB_WALK] &&
		    r.silent[ROLE_ITLB_WALK]);
	/* 16384 touches: 1024 walks are the least; loads and stores count together */
	assert_false(judge(1000, 1, 1000, 24, 1).silent[ROLE_DTLB_WALK]);
	assert_true(judge(1000, 1, 1000, 23, 1).silent[ROLE_DTLB_WALK]);
	/* half of the time, half of them */
	assert_false(judge(500, 1, 512, 0, 1).silent[ROLE_DTLB_WALK]);
	assert_true(judge(500, 1, 511, 0, 1).silent[ROLE_DTLB_WALK]);
	assert_false(judge(0, 0, 0, 0, 0).ran);
}

/* The first tracepoint this kernel lets us count; 0 if it lets us count none. */
static unsigned int some_tracepoint(void)
{
	static char nowhere[] = "";
	const struct host h = { .root = nowhere };
	static const struct pmu_group one = { .n = 1, .slot = { { ROLE_DTLB_WALK, 0 } } };
	struct pmu_role_events events[ROLE_MAX] = {
		[ROLE_DTLB_WALK] = { 1, { { .type = PERF_TYPE_TRACEPOINT } } },
	};
	struct pmu_counters c;

	/* Below are those of ftrace itself: id 1 would trace every function. */
	for (unsigned int id = 64; id < 4096; id++) {
		events[ROLE_DTLB_WALK].event[0].config[0] = id;
		if (!pmu_group_open(&h, &one, events, MODE_USER, 0, &c, NULL)) {
			pmu_counters_close(&c);
			return id;
		}
	}
	return 0;
}

/*
 * A tracepoint fires in kernel mode: counted for user mode only it opens and stays at 0, as an
 * event does that the core lacks.
 */
static void test_silent(void **state)
{
	const struct pmu_device device = { .name = "tracepoint" };
	const unsigned int id = some_tracepoint();
	char event[64], why[128];
	struct pmu_mappings mapped = { 0 };
	struct pmu_core core;
	struct host *h;

	if (!id) {
		print_message("no tracepoint can be counted here\n");
		if (getenv("MUST_RUN"))
			fail();
		skip();
	}
	assert_int_equal(host_new("", &h), 0);
	snprintf(event, sizeof(event), "tracepoint/config=%u/", id);
	snprintf(why, sizeof(why), "%s opens but counts nothing: this core does not have it",
		 event);
	assert_int_equal(pmu_mappings_add(&mapped, ROLE_INSTRUCTIONS, "task-clock"), 0);
	assert_int_equal(pmu_mappings_add(&mapped, ROLE_DTLB_WALK, event), 0);
	assert_int_equal(pmu_mappings_add(&mapped, ROLE_ITLB_WALK, "minor-faults"), 0);
	assert_int_equal(pmu_core_init(h, &device, 0, &mapped, &core), 0);
	pmu_mappings_done(&mapped);
	assert_non_null(core.role[ROLE_DTLB_WALK].why);
	assert_string_equal(core.role[ROLE_DTLB_WALK].why, why);
	assert_int_equal(core.events[ROLE_DTLB_WALK].n, 0);
	/* the others are counted all the same, together */
	assert_null(core.role[ROLE_INSTRUCTIONS].why);
	assert_null(core.role[ROLE_ITLB_WALK].why);
	assert_int_equal(core.plan.n, 1);
	assert_int_equal(core.plan.group[0].n, 2);
	pmu_core_done(&core);
	host_free(h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
