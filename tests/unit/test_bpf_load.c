// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that refuses a program, or has no memory for it: that costs the rows of that
 * program, each with the reason, and nothing else.
 */
#include "tree.h"

#include <limits.h>

#include "tracing/bpf.h"
#include "bpf_calls.h"
#include "util/file.h"
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
	const struct source_options o = { .walk_processes = 1 };
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

static const char *const near[] = {
	"tlb.flushes.tlb_finish_mmu",
	"tlb.flushes.ptep_clear_flush",
	"tlb.flushes.try_to_unmap_flush",
	"tlb.flushes.__purge_vmap_area_lazy",
};

static bool is_program(long cmd, const union bpf_attr *attr, const char *name)
{
	return cmd == BPF_PROG_LOAD && !strncmp(attr->prog_name, name, strlen(name));
}

static unsigned int kprobes;

/* Functions can be traced at their entry, but not by this program. */
static int no_fentry(long cmd, const union bpf_attr *attr)
{
	if (is_program(cmd, attr, "pgtop_try") || cmd == BPF_RAW_TRACEPOINT_OPEN)
		return -1;
	kprobes += is_program(cmd, attr, "gather_kprobe");
	return is_program(cmd, attr, "gather_fentry") ? EINVAL : 0;
}

/* One program that is rejected: all by other means, if this kernel has them. */
static void test_rejected_arm64(void **state)
{
	struct opened *l = *state;
	bool any;

	if (bpf_ready(l->host, NULL, NULL))
		skip();
	l->host->arch = ARCH_ARM64;
	kprobes = 0;
	bpf_calls.refuse = no_fentry;
	open_source(l, &source_tlbflush);
	assert_in_range(kprobes, 1, UINT_MAX);
	any = file_exists("", "/sys/bus/event_source/devices/kprobe");
	assert_int_equal(l->s->field[F_TLB_FLUSHES].known, any);
	for (int i = 0; i < 3; i++) {
		const struct probe_row *r = probe_find(l->probe, near[i]);

		assert_int_equal(r->state, any ? PROBE_OK : PROBE_UNAVAILABLE);
		assert_non_null(strstr(any ? r->via : r->why, any ? "kprobe " : near[i] + 12));
	}
}

static int no_gather(long cmd, const union bpf_attr *attr)
{
	return is_program(cmd, attr, "gather_") ? EINVAL : 0;
}

/* By any means: every row says why. */
static void test_all_rejected_arm64(void **state)
{
	struct opened *l = *state;

	if (bpf_ready(l->host, NULL, NULL))
		skip();
	l->host->arch = ARCH_ARM64;
	bpf_calls.refuse = no_gather;
	open_source(l, &source_tlbflush);
	expect_lack(l, "tlb.flushes", "cannot trace function beside a TLB flush");
	for (int i = 0; i < 4; i++)
		expect_lack(l, near[i], "this kernel");
}

static int no_programs(long cmd, const union bpf_attr *attr)
{
	return cmd == BPF_PROG_LOAD ? EINVAL : 0;
}

/* Lockdown refuses with an error that says nothing of it. */
static void expect_lockdown(struct opened *l, const char *name)
{
	expect_lack(l, name, "kernel lockdown in confidentiality mode");
	assert_string_equal(probe_find(l->probe, name)->remedy,
			    "boot with lockdown=integrity");
}

static void test_lockdown(void **state)
{
	struct opened *l = *state;
	char *root, *status;

	if (bpf_ready(l->host, NULL, NULL))
		skip();
	root = tree_new();
	assert_int_equal(file_read("", "/proc/self/status", &status, NULL), 0);
	tree_file(root, "/proc/self/status", status);
	tree_file(root, "/sys/kernel/btf/vmlinux", "");
	tree_file(root, "/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	free(status);
	free(l->host->root);
	l->host->root = strdup(root);
	bpf_calls.refuse = no_programs;
	open_source(l, &source_tlbflush);
	expect_lockdown(l, "tlb.flushes");
	open_source(l, &source_usermap);
	expect_lockdown(l, "pagewalk.process");
	tree_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rejected_arm64, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_rejected_arm64, setup, teardown),
		/* From here on libbpf knows no features of the kernel: it remembers. */
		cmocka_unit_test_setup_teardown(test_lockdown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory_arm64, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
