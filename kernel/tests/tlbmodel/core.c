// SPDX-License-Identifier: GPL-2.0-only
#include "core.h"

int core_init(struct core *c, const struct tlb_preset *preset)
{
	int err;

	*c = (struct core){ .split = preset->l2i.sets };
	err = tlb_init(&c->l1[CORE_DATA], &preset->l1d);
	if (!err)
		err = tlb_init(&c->l1[CORE_CODE], &preset->l1i);
	if (!err)
		err = tlb_init(&c->l2[CORE_DATA], &preset->l2);
	if (!err && c->split)
		err = tlb_init(&c->l2[CORE_CODE], &preset->l2i);
	if (err)
		core_done(c);
	return err;
}

void core_done(struct core *c)
{
	tlb_done(&c->l1[CORE_DATA]);
	tlb_done(&c->l1[CORE_CODE]);
	tlb_done(&c->l2[CORE_DATA]);
	tlb_done(&c->l2[CORE_CODE]);
}

enum core_result core_access(struct core *c, enum core_side side, uint64_t va, uint16_t asid,
			     core_walk_fn walk_va, void *context, unsigned int *ret_reads)
{
	struct tlb *l2 = &c->l2[c->split ? side : CORE_DATA];
	const struct tlb_entry *e;
	struct mapping m;

	if (tlb_lookup(&c->l1[side], va, asid))
		return CORE_L1_HIT;
	e = tlb_lookup(l2, va, asid);
	if (e) {
		tlb_insert(&c->l1[side], va, e->shift, e->asid, e->global);
		return CORE_L2_HIT;
	}
	if (!walk_va(context, va, &m))
		return CORE_UNMAPPED;
	*ret_reads = m.reads;
	tlb_insert(l2, va, m.shift, asid, m.global);
	tlb_insert(&c->l1[side], va, m.shift, asid, m.global);
	return CORE_WALK;
}

void core_invalidate(struct core *c, const struct tlb_scope *scope)
{
	tlb_invalidate(&c->l1[CORE_DATA], scope);
	tlb_invalidate(&c->l1[CORE_CODE], scope);
	tlb_invalidate(&c->l2[CORE_DATA], scope);
	if (c->split)
		tlb_invalidate(&c->l2[CORE_CODE], scope);
}
