// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pmu/pmu_trial.h"
#include "util/util.h"

#define NEW_SPACES 4

struct pmu_trial {
	const struct host *host;
	volatile const char *map;
	size_t page_size;
};

int pmu_trial_new(const struct host *h, struct pmu_trial **ret)
{
	struct pmu_trial *t = calloc(1, sizeof(*t));
	size_t len = PMU_TRIAL_PAGES * h->page_size;
	void *map;

	if (!t)
		return -ENOMEM;
	/* Read only: every page is the zero page, by a PTE of its own. */
	map = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED) {
		free(t);
		return -ENOMEM;
	}
	madvise(map, len, MADV_NOHUGEPAGE);
	/* Only saves time: without it the touches fault the pages in. */
	madvise(map, len, MADV_POPULATE_READ);
	t->host = h;
	t->map = map;
	t->page_size = h->page_size;
	*ret = t;
	return 0;
}

void pmu_trial_free(struct pmu_trial *t)
{
	if (!t)
		return;
	munmap((void *)t->map, PMU_TRIAL_PAGES * t->page_size);
	free(t);
}

/* Knuth's MMIX generator; its high bits choose the page, so that no prefetcher can follow. */
static void pmu_trial_touch_pages(const struct pmu_trial *t)
{
	uint64_t x = 1;

	for (unsigned int i = 0; i < PMU_TRIAL_PAGES; i++) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		(void)t->map[(x >> 32) % PMU_TRIAL_PAGES * t->page_size];
	}
}

/* In an address space made a moment ago no instruction has been translated yet. */
static bool walk_for_instructions(void)
{
	for (int i = 0; i < NEW_SPACES; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return false;
		if (pid == 0)
			_exit(0);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return true;
}

static uint64_t must_count(enum pmu_role role, const struct pmu_counts *counts)
{
	switch (role) {
	case ROLE_DTLB_WALK:
	case ROLE_L1D_REFILL:
	case ROLE_WALK_CYCLES:
		if (!counts->enabled)
			return 1;
		return MAX(1,
			   pmu_scale(PMU_TRIAL_PAGES / 16,
				     MIN(counts->running, counts->enabled), counts->enabled));
	default:
		return 1;
	}
}

void pmu_trial_judge(const struct pmu_group *g, const struct pmu_role_events events[ROLE_MAX],
		     const struct pmu_counts *counts, struct pmu_trial_result *ret)
{
	uint64_t sum[ROLE_MAX] = { 0 };

	*ret = (struct pmu_trial_result){ .tried = true, .ran = counts->running > 0 };
	for (size_t i = 0; i < g->n; i++) {
		const struct pmu_slot *s = &g->slot[i];

		sum[s->role] += counts->count[i];
		ret->silent[s->role] = !pmu_event_is_software(&events[s->role].event[0]) &&
				       sum[s->role] < must_count(s->role, counts);
	}
}

static bool group_has(const struct pmu_group *g, enum pmu_role role)
{
	for (size_t i = 0; i < g->n; i++) {
		if (g->slot[i].role == role)
			return true;
	}
	return false;
}

static int count_touches(struct pmu_trial *t, const struct pmu_group *g, unsigned int cpu,
			 const struct pmu_role_events events[ROLE_MAX],
			 struct pmu_trial_result *ret, const struct pmu_event **failed)
{
	struct pmu_counts counts;
	struct pmu_counters c;
	bool walked = false;
	int r = pmu_group_open(t->host, g, events, MODE_USER, cpu, &c, failed);

	if (r)
		return r;
	pmu_trial_touch_pages(t);
	if (group_has(g, ROLE_ITLB_WALK))
		walked = walk_for_instructions();
	*ret = (struct pmu_trial_result){ .tried = true };
	/* A group in error state reads as nothing: it did not run. */
	if (!pmu_counters_read(&c, &counts)) {
		pmu_trial_judge(g, events, &counts, ret);
		ret->silent[ROLE_ITLB_WALK] &= walked;
	}
	pmu_counters_close(&c);
	return 0;
}

int pmu_trial_group(struct pmu_trial *t, const struct pmu_group *g,
		    const struct pmu_role_events events[ROLE_MAX], unsigned int cpu,
		    struct pmu_trial_result *ret, const struct pmu_event **failed)
{
	const size_t size = CPU_ALLOC_SIZE(CPULIST_MAX);
	cpu_set_t *was = CPU_ALLOC(CPULIST_MAX), *one = CPU_ALLOC(CPULIST_MAX);
	int r = was && one ? 0 : -ENOMEM;

	if (!r) {
		*ret = (struct pmu_trial_result){ .tried = false };
		CPU_ZERO_S(size, one);
		CPU_SET_S(cpu, size, one);
		if (!sched_getaffinity(0, size, was) && !sched_setaffinity(0, size, one)) {
			r = count_touches(t, g, cpu, events, ret, failed);
			sched_setaffinity(0, size, was);
		}
	}
	CPU_FREE(was);
	CPU_FREE(one);
	return r;
}
