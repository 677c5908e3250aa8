// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "host/kernel_names.h"
#include "linmap/split_stack.h"
#include "util/util.h"

static bool is_one_of(const struct host *h, const enum kernel_name *names, size_t n,
		      const char *symbol)
{
	for (size_t i = 0; i < n; i++) {
		if (kernel_is(h, names[i], symbol))
			return true;
	}
	return false;
}

/* arch/arm64/mm/mmu.c; frames before are a tracer's. */
static bool is_splitter(const struct host *h, const char *symbol)
{
	static const enum kernel_name names[] = {
		FUNC_SPLIT_LEAF_LOCKED, FUNC_SPLIT_KERNEL_LEAF_MAPPING, FUNC_SPLIT_TO_PTES_PUD,
		FUNC_SPLIT_TO_PTES_PMD, FUNC_SPLIT_TO_PTES_PTE,
	};

	return is_one_of(h, names, ARRAY_SIZE(names), symbol);
}

/* The API of arch/arm64/mm/pageattr.c and mmu.c: what is asked for. */
static enum split_reason api_reason(const struct host *h, const char *symbol)
{
	static const struct {
		const char *prefix;
		enum split_reason reason;
	} known[] = {
		{ "set_memory_valid", SPLIT_SET_VALID },
		{ "set_memory_", SPLIT_SET_MEMORY },
		{ "set_direct_map_", SPLIT_SET_DIRECT_MAP },
	};

	if (kernel_is(h, FUNC_ARCH_KFENCE_INIT_POOL, symbol))
		return SPLIT_KFENCE_POOL;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strncmp(symbol, known[i].prefix, strlen(known[i].prefix)))
			return known[i].reason;
	}
	return SPLIT_UNKNOWN;
}

/* What lies between the API and the function that splits. */
static bool is_between(const struct host *h, const char *symbol)
{
	static const enum kernel_name names[] = {
		FUNC_RANGE_SPLIT_TO_PTES,
		FUNC_UPDATE_RANGE_PROT,
		FUNC_CHANGE_MEMORY_COMMON,
		FUNC_CHANGE_RANGE,
	};

	return is_splitter(h, symbol) || is_one_of(h, names, ARRAY_SIZE(names), symbol) ||
	       !strncmp(symbol, "walk_", 5);
}

/* The outermost function of the API counts: set_direct_map_valid_noflush() calls
 * set_memory_valid(). */
enum split_reason split_explain(const struct host *h, const struct ksyms *k,
				const uint64_t *ip, size_t n, const char **caller)
{
	enum split_reason reason = SPLIT_UNKNOWN, this;
	bool begun = false;

	*caller = NULL;
	for (size_t i = 0; i < n && ip[i]; i++) {
		const char *name = begun ? ksyms_caller(k, ip[i]) : ksyms_name(k, ip[i], NULL);

		if (!name)
			continue;
		this = api_reason(h, name);
		if (this != SPLIT_UNKNOWN) {
			reason = this;
		} else if (begun && !is_between(h, name)) {
			*caller = name;
			return reason;
		}
		begun = begun || this != SPLIT_UNKNOWN || is_between(h, name);
	}
	return reason;
}
