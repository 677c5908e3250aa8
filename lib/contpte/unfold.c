// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "contpte/unfold.h"
#include "host/kernel_names.h"

static const struct {
	const char *name;
	enum kernel_name function;
} reasons[UNFOLD_REASONS] = {
	[UNFOLD_PARTIAL_CLEAR] = { "partial_clear", FUNC_CONTPTE_CLEAR_FULL_PTES },
	[UNFOLD_PARTIAL_GET_CLEAR] = { "partial_get_clear",
				       FUNC_CONTPTE_GET_AND_CLEAR_FULL_PTES },
	[UNFOLD_PARTIAL_WRPROTECT] = { "partial_wrprotect", FUNC_CONTPTE_WRPROTECT_PTES },
	[UNFOLD_SET_ACCESS_FLAGS] = { "set_access_flags", FUNC_CONTPTE_SET_ACCESS_FLAGS },
	[UNFOLD_API] = { .name = "api" },
	[UNFOLD_UNKNOWN] = { .name = "unknown" },
};

const char *unfold_reason_name(enum unfold_reason reason)
{
	return reasons[reason].name;
}

static bool is_name_in(const struct host *h, enum kernel_name first, enum kernel_name last,
		       const char *symbol)
{
	for (enum kernel_name n = first; n <= last; n++) {
		if (kernel_is(h, n, symbol))
			return true;
	}
	return false;
}

/* Where a conversion begins; frames before are a tracer's. */
static bool is_conversion(const struct host *h, const char *symbol)
{
	return is_name_in(h, FUNC_CONTPTE_TRY_UNFOLD, FUNC_CONTPTE_CONVERT, symbol);
}

/* Out-of-line accessors of arch/arm64/mm/mmu.c and mm/pgtable-generic.c */
static bool is_accessor(const struct host *h, const char *symbol)
{
	return !strncmp(symbol, "contpte_", 8) || !strncmp(symbol, "__contpte_", 10) ||
	       is_name_in(h, FUNC_PTEP_CLEAR_FLUSH, FUNC_MODIFY_PROT_COMMIT, symbol);
}

static enum unfold_reason unfold_reason_of(const struct host *h, const char *symbol)
{
	for (int i = 0; i < UNFOLD_API; i++) {
		if (kernel_is(h, reasons[i].function, symbol))
			return i;
	}
	return UNFOLD_API;
}

enum unfold_reason unfold_explain(const struct host *h, const struct ksyms *k,
				  const uint64_t *ip, size_t n, const char **caller)
{
	enum unfold_reason reason = UNFOLD_API;
	bool begun = false;

	*caller = NULL;
	for (size_t i = 0; i < n && ip[i]; i++) {
		const char *name = begun ? ksyms_caller(k, ip[i]) : ksyms_name(k, ip[i], NULL);

		if (!name)
			continue;
		if (!begun) {
			begun = is_conversion(h, name);
			continue;
		}
		if (!is_accessor(h, name)) {
			*caller = name;
			return reason;
		}
		if (reason == UNFOLD_API)
			reason = unfold_reason_of(h, name);
	}
	return begun && reason != UNFOLD_API ? reason : UNFOLD_UNKNOWN;
}
