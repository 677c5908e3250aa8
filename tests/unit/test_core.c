// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members of the kernel's structs that are called otherwise, or are gone, in a BTF made for
 * the test from this kernel's: which programs the kernel still takes.
 */
#include "tree.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "host/host.h"
#include "pgtop/abi.h"
#include "tracing/bpf.h"

#include "contpte.skel.h"
#include "folio.skel.h"
#include "linmap.skel.h"
#include "pagewalk.skel.h"
#include "tlbflush.skel.h"

static char *root;

static bool can_load(void)
{
	struct host h = { .root = "" };

	return !bpf_ready(&h, NULL, NULL);
}

/* All names @from become @to, which is as long: members, and whatever else is called so. */
static void write_btf_with(const char *from, const char *to)
{
	struct btf *btf = btf__load_vmlinux_btf();
	size_t len = strlen(from) + 1, n = 0;
	const void *data;
	uint32_t size;
	char *raw;

	assert_non_null(btf);
	data = btf__raw_data(btf, &size);
	raw = malloc(size);
	assert_non_null(raw);
	memcpy(raw, data, size);
	assert_int_equal(strlen(to) + 1, len);
	for (size_t at = 1; at + len <= size; at++) {
		if (raw[at - 1] || memcmp(raw + at, from, len))
			continue;
		memcpy(raw + at, to, len);
		n++;
	}
	assert_int_equal(n, 1); /* each name is there once */
	tree_bytes(root, "/btf", raw, size);
	free(raw);
	btf__free(btf);
}

/* Whether the kernel takes @program, for @target, with the members as @btf has them. */
static bool loads(const void *(*elf)(size_t *size), const char *program, const char *target,
		  const char *btf)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	size_t size;
	const void *data = elf(&size);
	struct bpf_object *obj = bpf_object__open_mem(data, size, &opts);
	struct bpf_program *prog;
	int r;

	assert_non_null(obj);
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, false);
	prog = bpf_object__find_program_by_name(obj, program);
	assert_non_null(prog);
	bpf_program__set_autoload(prog, true);
	if (target)
		assert_int_equal(bpf_program__set_attach_target(prog, 0, target), 0);
	r = bpf_object__load(obj);
	bpf_object__close(obj);
	return !r;
}

static const void *contpte(size_t *size)
{
	return contpte_bpf__elf_bytes(size);
}

static const void *pagewalk(size_t *size)
{
	return pagewalk_bpf__elf_bytes(size);
}

static const void *folio(size_t *size)
{
	return folio_bpf__elf_bytes(size);
}

static const void *linmap(size_t *size)
{
	return linmap_bpf__elf_bytes(size);
}

static const void *tlbflush(size_t *size)
{
	return tlbflush_bpf__elf_bytes(size);
}

static const struct {
	const void *(*elf)(size_t *size);
	const char *program, *target; /* target: NULL where loading needs none */
	const char *needs[4];	      /* members without which it is nothing */
} programs[] = {
#ifdef __x86_64__
	{ tlbflush, "tlb_flush_btf", "tlb_flush", { NULL } },
	{ tlbflush, "tlb_flush_raw", NULL, { NULL } },
#endif
	{ tlbflush, "gather_kprobe", NULL, { "tlb_flush_pending", "freed_tables" } },
	{ tlbflush, "pte_kprobe", NULL, { NULL } },
	{ contpte, "unfold_kprobe", NULL, { NULL } },
	{ contpte, "begin_kprobe", NULL, { NULL } },
	{ linmap, "begin_kprobe", NULL, { NULL } },
	{ linmap, "end_kretprobe", NULL, { NULL } },
	{ pagewalk, "walk_vma", NULL, { "vm_start", "vm_end", "vm_mm" } },
	{ pagewalk, "walk_range", NULL, { NULL } },
	{ pagewalk, "walk_peek", NULL, { NULL } },
	{ folio, "folio_look", NULL, { NULL } },
	{ folio, "folio_stack", NULL, { NULL } },
};

/* "vm_flags" as kernels to come have it is another member: nothing is lost then either. */
static const char *const members[][2] = {
	{ "tgid", "tgix" },
	{ "comm", "comx" },
	{ "group_leader", "group_leadex" },
	{ "vm_flags", "vm_flagx" },
	{ "vm_start", "vm_starx" },
	{ "vm_file", "vm_filx" },
	{ "f_mapping", "f_mappinx" },
	{ "compound_head", "compound_heax" },
	{ "cgroups", "cgroupx" },
	{ "dfl_cgrp", "dfl_cgrx" },
	{ "tlb_flush_pending", "tlb_flush_pendinx" },
	{ "freed_tables", "freed_tablex" },
	{ "unshared_tables", "unshared_tablex" },
	{ "TLB_REMOTE_WRONG_CPU", "TLB_REMOTE_WRONG_CPX" },
	{ "TLB_LOCAL_SHOOTDOWN", "TLB_LOCAL_SHOOTDOWX" },
};

static bool is_needed(size_t i, const char *member)
{
	for (int k = 0; k < 4 && programs[i].needs[k]; k++) {
		if (!strcmp(programs[i].needs[k], member))
			return true;
	}
	return false;
}

static bool has_name(const char *name)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool found = btf__find_str(btf, name) > 0;

	btf__free(btf);
	return found;
}

/* A member that is gone costs the programs that are nothing without it, and no other. */
static void test_members(void **state)
{
	char path[256];

	if (!can_load())
		skip();
	snprintf(path, sizeof(path), "%s/btf", root);
	for (size_t m = 0; m < sizeof(members) / sizeof(*members); m++) {
		if (!has_name(members[m][0]))
			continue; /* this kernel lacks it anyhow */
		write_btf_with(members[m][0], members[m][1]);
		for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
			bool is = loads(programs[i].elf, programs[i].program,
					programs[i].target, path);

			if (is == is_needed(i, members[m][0]))
				fail_msg("%s without %s: %s", programs[i].program,
					 members[m][0], is ? "loads" : "does not load");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
	};
	int r;

	root = tree_new();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	tree_free(root);
	return r;
}
