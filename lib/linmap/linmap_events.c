// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "linmap.skel.h"
#include "linmap/linmap_events.h"

static const char *const split_kind_names[SPLIT_KINDS] = {
	[SPLIT_PUD] = "PUD",
	[SPLIT_CONT_PMD] = "contiguous PMD",
	[SPLIT_PMD] = "PMD",
	[SPLIT_CONT_PTE] = "contiguous PTE",
	[SPLIT_OTHER] = "of an unknown size",
};

/* As the kernel's trace prints them. */
static const char *const reason_names[SPLIT_REASONS] = {
	[SPLIT_SET_MEMORY] = "set_memory",
	[SPLIT_SET_VALID] = "set_valid",
	[SPLIT_SET_DIRECT_MAP] = "set_direct_map",
	[SPLIT_KFENCE_POOL] = "kfence_pool",
	[SPLIT_UNKNOWN] = "unknown",
};

const char *linmap_kind_name(enum split_kind kind)
{
	return split_kind_names[kind];
}

uint64_t linmap_kind_bytes(const struct host *h, enum split_kind kind)
{
	uint64_t pmd = host_pmd_bytes(h);

	switch (kind) {
	case SPLIT_PUD:
		return h->page_size == 4096 ? pmd * (h->page_size / 8) : 0;
	case SPLIT_CONT_PMD:
		return h->arch == ARCH_ARM64 ? pmd * (h->page_size == 4096 ? 16 : 32) : 0;
	case SPLIT_PMD:
		return pmd;
	case SPLIT_CONT_PTE:
		return host_contpte_bytes(h);
	default:
		return 0;
	}
}

/* The same for the kernel as for us. */
static bool find_self(struct stat *ret)
{
	return !stat("/proc/self/ns/pid", ret);
}

bool linmap_events_knows_self(const struct tracer *t)
{
	struct stat st;

	return !tracer_why(t) && find_self(&st);
}

const char *linmap_events_partial(struct host *h, const struct tracer *t)
{
	if (!kernel_has_enum(h, ENUM_LINMAP_REASON))
		return "this kernel's BTF has no enum linmap_reason: splits have a caller, "
		       "but no reason";
	if (!linmap_events_knows_self(t))
		return "pgtop's own splits are not counted separately: its PID namespace cannot be read";
	return NULL;
}

static bool linmap_events_possible(const struct host *h, char *why, size_t len,
				   const char **remedy)
{
	if (h->arch == ARCH_ARM64)
		return true;
	snprintf(why, len, "the tracepoint linmap_split exists only on arm64");
	return false;
}

static void linmap_events_prepare(const struct host *h, void *rodata)
{
	struct linmap_bpf__rodata *constants = rodata;
	struct stat st;

	if (find_self(&st)) {
		constants->own_tgid = getpid();
		constants->own_ino = st.st_ino;
		/* as the kernel has it: include/linux/kdev_t.h */
		constants->own_dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	}

	for (int k = 0; k < SPLIT_OTHER; k++)
		constants->kind_bytes[k] = linmap_kind_bytes(h, k);
}

const struct tracer_class linmap_events_class = {
	.name = "linmap_bpf",
	.what = "tracepoint linmap_split",
	.object = linmap_bpf__elf_bytes,
	.prepare = linmap_events_prepare,
	.possible = linmap_events_possible,
	.total_bytes = sizeof(struct split_cpu),
	.tables = (const enum snapshot_table_id[]){ TABLE_SPLIT_CALLER, TABLE_MAX },
	.nhooks = 1,
	.hooks = { { { "split_tp", HOOK_EVENT, EVENT_LINMAP_SPLIT } } },
};

struct split_callers {
	struct caller_table table;
	const char *via;
};

static void linmap_events_add_place(void *arg, const void *key, const struct place_total *n)
{
	const struct split_callers *c = arg;
	const struct place *place = key;

	if (place->kind < SPLIT_REASONS)
		caller_add_place(&c->table, place, reason_names[place->kind], n, c->via);
}

void linmap_events_read(struct host *h, const struct tracer *t, struct snapshot *s)
{
	static const char *const columns[PLACE_COUNTS] = { "splits", "own", "failed" };
	struct split_callers c = { .via = tracer_hook_via(t, 0) };
	struct split_cpu sum;

	if (!tracer_read(t, s, &sum) ||
	    !tracer_callers(t, s, TABLE_SPLIT_CALLER, columns, "places", &c.table))
		return;
	c.table.why[1] = linmap_events_knows_self(t) ? NULL : linmap_events_partial(h, t);
	tracer_each(t, "places", linmap_events_add_place, &c);
}
