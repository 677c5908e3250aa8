// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "contpte/unfold.h"
#include "util/util.h"

static const struct {
	const char *name, *function;
} reasons[UNFOLD_REASONS] = {
	[UNFOLD_PARTIAL_CLEAR] = { "partial_clear", "contpte_clear_full_ptes" },
	[UNFOLD_PARTIAL_GET_CLEAR] = { "partial_get_clear",
				       "contpte_get_and_clear_full_ptes" },
	[UNFOLD_PARTIAL_WRPROTECT] = { "partial_wrprotect", "contpte_wrprotect_ptes" },
	[UNFOLD_SET_ACCESS_FLAGS] = { "set_access_flags", "contpte_ptep_set_access_flags" },
	[UNFOLD_API] = { "api", NULL },
	[UNFOLD_UNKNOWN] = { "unknown", NULL },
};

const char *unfold_reason_name(enum unfold_reason reason)
{
	return reasons[reason].name;
}

/* Where a conversion begins; frames before are a tracer's. */
static bool is_conversion(const char *name)
{
	return !strcmp(name, "contpte_convert") || !strcmp(name, "__contpte_try_unfold");
}

/* Out-of-line accessors of arch/arm64/mm/mmu.c and mm/pgtable-generic.c */
static bool is_accessor(const char *name)
{
	static const char *const accessors[] = {
		"ptep_modify_prot_start",  "ptep_modify_prot_commit", "modify_prot_start_ptes",
		"modify_prot_commit_ptes", "ptep_set_access_flags",   "ptep_clear_flush",
	};

	if (!strncmp(name, "contpte_", 8) || !strncmp(name, "__contpte_", 10))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(accessors); i++) {
		if (!strcmp(name, accessors[i]))
			return true;
	}
	return false;
}

static enum unfold_reason unfold_reason_of(const char *name)
{
	for (int i = 0; i < UNFOLD_API; i++) {
		if (!strcmp(name, reasons[i].function))
			return i;
	}
	return UNFOLD_API;
}

enum unfold_reason unfold_explain(const struct ksyms *k, const uint64_t *ip, size_t n,
				  const char **caller)
{
	enum unfold_reason reason = UNFOLD_API;
	bool begun = false;

	*caller = NULL;
	for (size_t i = 0; i < n && ip[i]; i++) {
		const char *name = begun ? ksyms_caller(k, ip[i]) : ksyms_name(k, ip[i], NULL);

		if (!name)
			continue;
		if (!begun) {
			begun = is_conversion(name);
			continue;
		}
		if (!is_accessor(name)) {
			*caller = name;
			return reason;
		}
		if (reason == UNFOLD_API)
			reason = unfold_reason_of(name);
	}
	return begun && reason != UNFOLD_API ? reason : UNFOLD_UNKNOWN;
}
