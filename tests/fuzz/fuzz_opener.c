// SPDX-License-Identifier: GPL-2.0-only
/* Requests to pgtop-opener: what is granted counts, and nothing else. */
#include <linux/perf_event.h>

#include "check.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pmus machine = {
		.n = 1, .core = { 8 }, .have_kprobe = true, .kprobe = 6
	};
	struct opener_request q = { 0 };

	memcpy(&q, data, size < sizeof(q) ? size : sizeof(q));
	if (!check_request(&q, size, &machine))
		return 0;
	CHECK(size == sizeof(q) && q.version == OPENER_VERSION);
	CHECK(q.operation == OPENER_COUNT || !q.n);
	CHECK(q.n <= OPENER_EVENTS && q.mode < 2);
	CHECK(q.operation != OPENER_KPROBE || check_function(q.function));
	for (unsigned int i = 0; i < q.n; i++) {
		CHECK(q.event[i].type == 8 || q.event[i].type <= PERF_TYPE_RAW);
		CHECK(q.event[i].type != PERF_TYPE_TRACEPOINT);
	}
	return 0;
}
