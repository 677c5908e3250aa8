// SPDX-License-Identifier: GPL-2.0-only
/*
 * modelcounts - what the TLB model behind this machine's PMU had counted when the counters
 * were read (kernel/tests/tlbmodel/told.h)
 *
 * A line for each counter that has an event: "counter N EVENT MODE READS COUNT...", EVENT in
 * hexadecimal, MODE user, kernel or both, and the counts at the first reads since the event
 * was set, then "last" and that at the last one; before them "cost CYCLES".  Exit status 3
 * where no model answers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../kernel/tests/tlbmodel/told.h"

static _Alignas(4096) struct told told;

static void ask(void)
{
#ifdef __aarch64__
	register void *to asm("x0") = &told;

	asm volatile("hint %1\n\tisb" ::"r"(to), "i"(TOLD_HINT) : "memory");
#endif
}

static const char *mode_of(uint32_t type)
{
	if (type & TOLD_NO_KERNEL)
		return type & TOLD_NO_USER ? "none" : "user";
	return type & TOLD_NO_USER ? "kernel" : "both";
}

static void print_counter(unsigned int n, const struct told_counter *c)
{
	printf("counter %u %" PRIx32 " %s %" PRIu32, n, c->type & TOLD_EVENT, mode_of(c->type),
	       c->reads);
	for (unsigned int i = 0; i < TOLD_READS && i < c->reads; i++)
		printf(" %" PRIu64, c->count[i]);
	printf(" last %" PRIu64 "\n", c->last);
}

int main(void)
{
	memset(&told, 1, sizeof(told)); /* its page is there */
	ask();
	if (told.magic != TOLD_MAGIC) {
		fprintf(stderr, "modelcounts: no model answers\n");
		return 3;
	}
	printf("cost %" PRIu32 "\n", told.cost);
	for (unsigned int n = 0; n < TOLD_COUNTERS; n++)
		if (told.counter[n].type)
			print_counter(n, &told.counter[n]);
	return 0;
}
