// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "snapshot/thp_policy.h"

const char *thp_decides(const char *own, const char *all, enum thp_memory m)
{
	if (!own)
		return NULL;
	if (m == THP_SHMEM && all && !strcmp(all, "deny"))
		return all;
	return strcmp(own, "inherit") ? own : all;
}

const char *thp_effective(const struct snapshot *s, const struct row *r, enum thp_memory m)
{
	return thp_decides(r->label[m],
			   s->fact[m == THP_ANON ? FACT_THP_ENABLED : FACT_THP_SHMEM].text, m);
}

const char *thp_policy_text(const char *own, const char *effective, char *buf)
{
	if (!own)
		return NULL;
	if (effective && !strcmp(own, effective))
		snprintf(buf, THP_POLICY_BYTES, "%s", own);
	else
		snprintf(buf, THP_POLICY_BYTES, "%s -> %s", own, effective ? effective : "?");
	return buf;
}
