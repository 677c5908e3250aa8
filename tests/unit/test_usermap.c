// SPDX-License-Identifier: GPL-2.0-only
/* What a snapshot tells of many processes, by a walker that is made up and stands in for the
 * real. */
#include "tree.h"

#include <errno.h>

#include "pagewalk/pagewalk.h"
#include "sources.h"

#define PIDS 8

/* What the walk of process 1, 2, ... comes to. */
static struct {
	int r;
	uint64_t bytes, zero, bad_frames, calls;
} walks[PIDS];

static struct pagewalk_geometry geometry = {
	.page_size = 4096, .leaf_bytes = { [LEAF_PTE] = 4096, [LEAF_PMD] = 2 << 20 }
};

int pagewalk_new(struct host *h, unsigned int what, struct probe *p, struct pagewalk **ret)
{
	return 0;
}

void pagewalk_free(struct pagewalk *w)
{
}

const char *pagewalk_why(const struct pagewalk *w, unsigned int what)
{
	return NULL;
}

const struct pagewalk_geometry *pagewalk_geometry(const struct pagewalk *w)
{
	return &geometry;
}

int pagewalk_process(struct pagewalk *w, pid_t pid, const struct pagewalk_ops *ops,
		     struct pagewalk_sum *sum)
{
	*sum = (struct pagewalk_sum){ .bytes[LEAF_PTE] = walks[pid].bytes,
				      .zero_bytes = walks[pid].zero,
				      .bad_frames = walks[pid].bad_frames,
				      .calls = walks[pid].calls };
	return walks[pid].r;
}

uint64_t pagewalk_present(const struct pagewalk_sum *sum)
{
	return sum->bytes[LEAF_PTE];
}

const char *leaf_name(const struct pagewalk *w, enum leaf_kind kind)
{
	return kind == LEAF_PTE ? "4K" : "2M";
}

void pagewalk_tell_runs(const struct pagewalk *w, struct snapshot *s)
{
}

struct seen {
	char *root;
	struct snapshot *s;
};

static int setup(void **state)
{
	static struct seen seen;

	seen = (struct seen){ .root = tree_new() };
	memset(walks, 0, sizeof(walks));
	geometry.absent_why = NULL;
	*state = &seen;
	return 0;
}

static int teardown(void **state)
{
	struct seen *l = *state;

	snapshot_free(l->s);
	tree_free(l->root);
	return 0;
}

/* Processes 1 to @n, the first the largest. */
static void look(struct seen *l, unsigned int n)
{
	struct host host = { .root = l->root, .page_size = 4096 };
	const struct source_options o = { .walk_processes = n };
	void *source = NULL;
	char path[64], text[32];

	for (unsigned int pid = 1; pid <= n; pid++) {
		snprintf(path, sizeof(path), "/proc/%u/statm", pid);
		snprintf(text, sizeof(text), "1000 %u 0 0 0 0 0", 1000 - pid);
		tree_file(l->root, path, text);
	}
	l->s = snapshot_new();
	assert_int_equal(source_usermap.open(&host, &o, NULL, &source), 0);
	assert_int_equal(source_usermap.read(source, l->s), 0);
	source_usermap.close(source);
}

static void expect_field(const struct seen *l, enum snapshot_field_id id, uint64_t n,
			 const char *via)
{
	const struct value *v = &l->s->field[id];

	assert_true(v->known);
	assert_int_equal(v->n, n);
	assert_string_equal(v->via, via);
}

static struct value cell(const struct seen *l, pid_t pid, const char *column)
{
	const struct table *t = &l->s->table[TABLE_PROCESS];
	const struct row *r = table_find(t, pid, NULL);

	assert_non_null(r);
	return row_get(t, r, column);
}

static struct value present(const struct seen *l, pid_t pid)
{
	return cell(l, pid, "present_bytes");
}

static void test_all_walked(void **state)
{
	struct seen *l = *state;

	walks[1].bytes = 4096;
	walks[1].zero = 1 << 30;
	walks[2].bytes = 8192;
	walks[2].zero = 4096;
	look(l, 2);
	expect_field(l, F_USER_WALKED, 12288, "page walk");
	expect_field(l, F_USER_ZERO, (1 << 30) + 4096, "page walk");
	assert_int_equal(cell(l, 1, "zero_bytes").n, 1 << 30);
	expect_field(l, F_USER_PROCESSES, 2, "page walk");
	expect_field(l, F_USER_LISTED, 2, "/proc/PID/statm");
	assert_int_equal(present(l, 2).n, 8192);
}

static void test_some_hidden(void **state)
{
	struct seen *l = *state;

	walks[1].r = -EPERM;
	walks[2].bytes = 4096;
	walks[3].r = -EPERM;
	walks[4].r = -ESRCH;
	look(l, 4);
	expect_field(l, F_USER_WALKED, 4096,
		     "page walk; 2 more processes are hidden by the kernel");
	expect_field(l, F_USER_PROCESSES, 1,
		     "page walk; 2 more processes are hidden by the kernel");
	assert_false(present(l, 1).known);
	assert_non_null(strstr(present(l, 3).why, "the kernel hides it"));
	assert_null(table_find(&l->s->table[TABLE_PROCESS], 4, NULL));
}

/* None was walked, which is not 0 bytes. */
static void test_all_hidden(void **state)
{
	struct seen *l = *state;

	walks[1].r = walks[2].r = -EPERM;
	look(l, 2);
	assert_false(l->s->field[F_USER_WALKED].known);
	assert_false(l->s->field[F_USER_PROCESSES].known);
	assert_non_null(strstr(l->s->field[F_USER_WALKED].why, "hides these processes"));
	assert_non_null(l->s->table[TABLE_USER_MAP].why);
}

static void test_short_and_hidden(void **state)
{
	struct seen *l = *state;

	walks[1].r = -ETIME;
	walks[1].calls = 200;
	walks[2].bytes = 4096;
	walks[3].r = -EPERM;
	look(l, 3);
	expect_field(l, F_USER_WALKED, 4096,
		     "page walk; 1 more process not walked: too little time; "
		     "1 more process is hidden by the kernel");
}

static void test_doubts(void **state)
{
	struct seen *l = *state;

	walks[1].bytes = walks[2].bytes = 4096;
	walks[2].bad_frames = 7;
	look(l, 2);
	assert_string_equal(present(l, 1).via, "page walk");
	assert_string_equal(present(l, 2).via, "page walk; 7 entries made no sense");
	expect_field(l, F_USER_WALKED, 8192, "page walk; 7 entries made no sense");
}

/* What was not told apart is not 0 bytes of swap. */
static void test_absent_unknown(void **state)
{
	struct seen *l = *state;

	geometry.absent_why = "it was not learned";
	walks[1].bytes = 4096;
	look(l, 1);
	assert_int_equal(present(l, 1).n, 4096);
	assert_false(cell(l, 1, "swap_bytes").known);
	assert_string_equal(cell(l, 1, "swap_bytes").why, "it was not learned");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_walked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_some_hidden, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_hidden, setup, teardown),
		cmocka_unit_test_setup_teardown(test_short_and_hidden, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absent_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_doubts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
