// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that refuses a program, or has no memory for it: that costs the rows of that
 * program, each with the reason, and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bpf.h"
#include "bpf_calls.h"
#include "sources.h"

struct opened {
	struct host *host;
	struct probe *probe;
	struct snapshot *s;
};

static int setup(void **state)
{
	static struct opened opened;

	opened = (struct opened){ .probe = probe_new(), .s = snapshot_new() };
	assert_int_equal(host_new("", &opened.host), 0);
	*state = &opened;
	return 0;
}

static int teardown(void **state)
{
	struct opened *l = *state;

	bpf_calls.refuse = NULL;
	host_free(l->host);
	probe_free(l->probe);
	snapshot_free(l->s);
	return 0;
}

static void open_source(struct opened *l, const struct source_class *c)
{
	const struct sources_options o = { .walk_processes = 1 };
	void *source = NULL;

	assert_int_equal(c->open(l->host, &o, l->probe, &source), 0);
	assert_int_equal(c->read(source, l->s), 0);
	c->close(source);
}

static void expect_lack(const struct opened *l, const char *name, const char *why)
{
	const struct probe_row *r = probe_find(l->probe, name);

	assert_non_null(r);
	assert_int_equal(r->state, PROBE_UNAVAILABLE);
	assert_non_null(r->why);
	assert_non_null(strstr(r->why, why));
}

static int no_memory(long cmd, const union bpf_attr *attr)
{
	return cmd == BPF_MAP_CREATE || cmd == BPF_PROG_LOAD ? ENOMEM : 0;
}

static void test_no_memory(void **state)
{
	struct opened *l = *state;

	if (bpf_ready(l->host, NULL, NULL))
		skip(); /* not root */
	bpf_calls.refuse = no_memory;
	open_source(l, &source_tlbflush);
	expect_lack(l, "tlb.flushes", "no memory for the BPF program");
	assert_false(l->s->field[F_TLB_FLUSHES].known);
	open_source(l, &source_usermap);
	expect_lack(l, "pagewalk.process", "no memory for the BPF program");
	assert_non_null(strstr(l->s->field[F_USER_WALKED].why, "no memory"));
}

/* The sources of arm64 on whatever runs this. */
static void test_no_memory_arm64(void **state)
{
	struct opened *l = *state;

	if (bpf_ready(l->host, NULL, NULL))
		skip();
	l->host->arch = ARCH_ARM64;
	bpf_calls.refuse = no_memory;
	open_source(l, &source_tlbflush);
	expect_lack(l, "tlb.flushes", "no memory for the BPF program");
	open_source(l, &source_contpte);
	expect_lack(l, "contpte.unfolds", "no memory for the BPF program");
	open_source(l, &source_linmap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory_arm64, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
