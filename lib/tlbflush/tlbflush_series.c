// SPDX-License-Identifier: GPL-2.0-only
/* tlbflush_series.c - TLB flushes of arm64 with the pgtop kernel series: every one */
#include "host/ksyms.h"
#include "tlbflush/tlbflush.h"
#include "util/util.h"

enum { TRACED_USER, TRACED_KERNEL, TRACED_SYNC, TRACED_HOOKS };

static bool is_of_user(enum flush_kind kind)
{
	return kind == FLUSH_SCOPE_MM || kind == FLUSH_SCOPE_RANGE ||
	       kind == FLUSH_SCOPE_PAGE || kind == FLUSH_SCOPE_OTHER;
}

static int series_hook(enum flush_kind kind)
{
	if (kind == FLUSH_SYNC)
		return TRACED_SYNC;
	if (kind < FLUSH_SCOPE_MM)
		return -1;
	return is_of_user(kind) ? TRACED_USER : TRACED_KERNEL;
}

/* Without the enums of the events the programs cannot tell scopes and flags. */
static void find_enums(struct tlbflush *f)
{
	f->scopes_why = kernel_has_enum(f->host, ENUM_ARM64_TLB_SCOPE)
				? NULL
				: "this kernel's BTF has no enum arm64_tlb_scope: flushes are "
				  "counted, but their scope is unknown";
	f->escalated_why = kernel_has_enum(f->host, ENUM_ARM64_TLB_FLAGS)
				   ? NULL
				   : "this kernel's BTF has no enum arm64_tlb_flags";
}

static void series_opened(struct tlbflush *f, const struct source_options *o, struct probe *p)
{
	find_enums(f);
	tlbflush_add_row(f, p,
			 tracer_hook_why(f->tracer, TRACED_KERNEL) ?: f->scopes_why
								  ?: f->escalated_why,
			 NULL);
	tracer_add_callers_row(f->tracer, p, "tlb.flush_callers", TRACED_USER,
			       "tp_btf arm64_tlb_flush, /proc/kallsyms", NULL);
	tlbflush_add_hook_rows(f, p);
	tlbflush_add_silent_row(f, p);
}

struct flush_callers {
	const struct tlbflush *f;
	struct caller_table table;
};

static void tlbflush_add_place(void *arg, const void *key, const struct place_total *n)
{
	const struct flush_callers *c = arg;
	const struct place *place = key;

	if (place->kind < FLUSH_KINDS)
		caller_add_place(&c->table, place, tlbflush_scope(place->kind), n,
				 tracer_hook_via(c->f->tracer, series_hook(place->kind)));
}

static void series_set_callers(const struct tlbflush *f, struct snapshot *s)
{
	static const char *const columns[PLACE_COUNTS] = {
		[PLACE_FLUSHES] = "flushes", [PLACE_ESCALATED] = "escalated"
	};
	struct flush_callers c = { .f = f };

	if (!tracer_callers(f->tracer, s, TABLE_TLB_CALLER, columns, "places", &c.table))
		return;
	c.table.why[PLACE_ESCALATED] = f->escalated_why;
	tracer_each(f->tracer, "places", tlbflush_add_place, &c);
}

static void series_add_columns(const struct tlbflush *f, struct process_column *columns)
{
	static const char *const names[FLUSH_SCOPES] = {
		"tlb_mm",  "tlb_range",	  "tlb_page",  "tlb_kernel",
		"tlb_all", "tlb_pgtable", "tlb_other",
	};

	for (int i = 0; i < FLUSH_SCOPES; i++)
		columns[FLUSH_OWN_SCOPE + i] =
			(struct process_column){ names[i], UNIT_COUNT, f->scopes_why };
	columns[FLUSH_OWN_ESCALATED] =
		(struct process_column){ "tlb_escalated", UNIT_COUNT, f->escalated_why };
}

const struct tlbflush_means tlbflush_series = {
	.arch = ARCH_ARM64,
	.class = {
		.what = "TLB flushes",
		TLBFLUSH_CLASS,
		.nhooks = TRACED_HOOKS,
		.hooks = {
			[TRACED_USER] = { { "arm64_flush", HOOK_EVENT, EVENT_ARM64_TLB_FLUSH } },
			[TRACED_KERNEL] = { { "arm64_flush_kernel", HOOK_EVENT,
					      EVENT_ARM64_TLB_FLUSH_KERNEL } },
			[TRACED_SYNC] = { { "arm64_sync", HOOK_EVENT, EVENT_ARM64_TLB_SYNC } },
		},
	},
	.hook = series_hook,
	.opened = series_opened,
	.set_callers = series_set_callers,
	.add_columns = series_add_columns,
	.local_why = "the kernel's events are of flushes that it broadcasts; what a CPU flushes "
		     "for itself has none",
	.sent_why = "arm64 broadcasts flushes: no CPU sends or receives requests",
};
