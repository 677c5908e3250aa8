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
	/* One that each kernel has: else there is nothing to load. */
	assert_int_equal(host_rename(l->host, "contpte_convert", "tlb_finish_mmu"), 0);
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

static bool is_entry(long cmd, const union bpf_attr *attr)
{
	return cmd == BPF_PROG_LOAD && attr->prog_type == BPF_PROG_TYPE_TRACING &&
	       (attr->expected_attach_type == BPF_TRACE_FENTRY ||
		attr->expected_attach_type == BPF_TRACE_FEXIT);
}

/* Functions can be traced at their entry, whatever this kernel says, but not by this program.
 */
static int no_fentry(long cmd, const union bpf_attr *attr)
{
	kprobes += is_program(cmd, attr, "gather_kprobe");
	if (is_program(cmd, attr, "gather_fentry"))
		return EINVAL;
	return is_entry(cmd, attr) || cmd == BPF_RAW_TRACEPOINT_OPEN || cmd == BPF_LINK_CREATE
		       ? -1
		       : 0;
}

static void expect_near(const struct opened *l, int i, bool ok, const char *text)
{
	const struct probe_row *r = probe_find(l->probe, near[i]);

	assert_int_equal(r->state, ok ? PROBE_OK : PROBE_UNAVAILABLE);
	assert_non_null(strstr(ok ? r->via : r->why, text));
}

/* One program that is rejected: its hook by other means, if this kernel has them; no other. */
static void test_rejected_arm64(void **state)
{
	struct opened *l = *state;
	bool any;

	if (bpf_ready(l->host, NULL, NULL))
		skip(); /* not root */
	l->host->arch = ARCH_ARM64;
	kprobes = 0;
	bpf_calls.refuse = no_fentry;
	open_source(l, &source_tlbflush);
	assert_in_range(kprobes, 1, UINT_MAX);
	any = file_exists("", "/sys/bus/event_source/devices/kprobe");
	expect_near(l, 0, any, any ? "kprobe tlb_finish_mmu" : "tlb_finish_mmu");
	expect_near(l, 1, true, "fentry ptep_clear_flush");
	expect_near(l, 2, true, "fentry try_to_unmap_flush");
	expect_near(l, 3, true, "fexit __purge_vmap_area_lazy");
	assert_true(l->s->field[F_TLB_FLUSHES].known);
}

static int no_gather(long cmd, const union bpf_attr *attr)
{
	return is_program(cmd, attr, "gather_") ? EINVAL : no_fentry(cmd, attr);
}

/* By any means: its row says why, and no other. */
static void test_one_rejected_arm64(void **state)
{
	struct opened *l = *state;

	if (bpf_ready(l->host, NULL, NULL))
		skip();
	l->host->arch = ARCH_ARM64;
	bpf_calls.refuse = no_gather;
	open_source(l, &source_tlbflush);
	expect_near(l, 0, false, "this kernel cannot trace tlb_finish_mmu");
	expect_near(l, 1, true, "fentry ptep_clear_flush");
	assert_int_equal(probe_find(l->probe, "tlb.flushes")->state, PROBE_DEGRADED);
	assert_true(l->s->field[F_TLB_FLUSHES].known);
}

static int no_near(long cmd, const union bpf_attr *attr)
{
	static const char *const programs[] = { "pte_", "batch_", "vmalloc_", "access_" };

	for (int i = 0; i < 4; i++) {
		if (is_program(cmd, attr, programs[i]))
			return EINVAL;
	}
	return no_gather(cmd, attr);
}

/* All of them: every row says why. */
static void test_all_rejected_arm64(void **state)
{
	struct opened *l = *state;

	if (bpf_ready(l->host, NULL, NULL))
		skip();
	l->host->arch = ARCH_ARM64;
	bpf_calls.refuse = no_near;
	open_source(l, &source_tlbflush);
	expect_lack(l, "tlb.flushes", "cannot trace function beside a TLB flush");
	assert_non_null(
		strstr(l->s->field[F_TLB_FLUSHES].why, "cannot trace function beside"));
	for (int i = 0; i < 4; i++)
		expect_near(l, i, false, near[i] + strlen("tlb.flushes."));
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
		cmocka_unit_test_setup_teardown(test_one_rejected_arm64, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_rejected_arm64, setup, teardown),
		/* From here on libbpf knows no features of the kernel: it remembers. */
		cmocka_unit_test_setup_teardown(test_lockdown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory_arm64, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
