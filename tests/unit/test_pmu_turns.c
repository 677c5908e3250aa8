// SPDX-License-Identifier: GPL-2.0-only
/* The PMU source on counters that take turns, which are made up and stand in for pmu_group.c.
 */
#include "tree.h"

#include <errno.h>

#include "pmu/pmu_group.h"
#include "sources.h"

#define MS 1000000ull

/* What every group has counted since it was opened. */
static uint64_t enabled, running, count;

int pmu_group_open(const struct host *h, const struct pmu_group *g,
		   const struct pmu_role_events events[ROLE_MAX], enum pmu_mode mode,
		   unsigned int cpu, struct pmu_counters *ret, const struct pmu_event **failed)
{
	*ret = (struct pmu_counters){ .n = g->n, .base = { .n = g->n } };
	return 0;
}

void pmu_counters_close(struct pmu_counters *c)
{
	*c = (struct pmu_counters){ 0 };
}

int pmu_counters_read(const struct pmu_counters *c, struct pmu_counts *ret)
{
	*ret = (struct pmu_counts){ .enabled = enabled, .running = running, .n = c->n };
	for (size_t i = 0; i < c->n; i++)
		ret->count[i] = count;
	return 0;
}

const char *pmu_open_why(const struct host *h, int err, const char *event, char *buf,
			 size_t len, const char **remedy)
{
	return "refused";
}

struct live {
	char *root;
	struct host *host;
	struct probe *probe;
	void *source;
};

static int setup(void **state)
{
	static const char *const roles[] = { "instructions=task-clock",
					     "dtlb_walk=minor-faults", NULL };
	const struct source_options o = { .roles = roles };
	static struct live l;

	l = (struct live){ .root = tree_new(), .probe = probe_new() };
	tree_file(l.root, "/sys/devices/system/cpu/online", "0\n");
	assert_int_equal(host_new(l.root, &l.host), 0);
	enabled = running = count = 1;
	assert_int_equal(source_pmu.open(l.host, &o, l.probe, &l.source), 0);
	*state = &l;
	return 0;
}

static int teardown(void **state)
{
	struct live *l = *state;

	source_pmu.close(l->source);
	probe_free(l->probe);
	host_free(l->host);
	tree_free(l->root);
	return 0;
}

static struct snapshot *read_at(struct live *l, uint64_t e, uint64_t r, uint64_t n)
{
	struct snapshot *s = snapshot_new();

	enabled = e;
	running = r;
	count = n;
	assert_int_equal(source_pmu.read(l->source, s), 0);
	assert_int_equal(snapshot_error(s), 0);
	return s;
}

static void expect(struct snapshot *s, uint64_t n)
{
	assert_true(s->field[F_DTLB_WALK_USER].known);
	assert_int_equal(s->field[F_DTLB_WALK_USER].n, n);
	snapshot_free(s);
}

/* Nothing ran between two readings: the change is not known, and not lost either. */
static void test_too_short(void **state)
{
	struct live *l = *state;
	struct snapshot *s;

	expect(read_at(l, 5 * MS, 0, 0), 0);
	s = read_at(l, 55 * MS, 0, 0);
	assert_false(s->field[F_DTLB_WALK_USER].known);
	assert_non_null(strstr(s->field[F_DTLB_WALK_USER].why, "too short"));
	snapshot_free(s);
	expect(read_at(l, 1000 * MS, 500 * MS, 1009), 2018);
	s = read_at(l, 1010 * MS, 501 * MS, 1010);
	assert_false(s->field[F_DTLB_WALK_USER].known);
	snapshot_free(s);
	expect(read_at(l, 2000 * MS, 1000 * MS, 2018), 4036);
}

/* The first reading soon after they were opened is where others begin. */
static void test_first(void **state)
{
	struct live *l = *state;

	expect(read_at(l, 5 * MS, 0, 0), 0);
	expect(read_at(l, 1000 * MS, 500 * MS, 1009), 2018);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_too_short, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
