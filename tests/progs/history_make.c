// SPDX-License-Identifier: GPL-2.0-only
/*
 * history_make DIR SIZE WINDOW START N FIRST [PROCESSES]: N windows in the history DIR of SIZE
 * bytes
 *
 * Window i of a machine that boots for each call is WINDOW seconds after the one before, from
 * START on (seconds since 1970), and has FIRST + i minor faults.  Each of PROCESSES (0) has
 * counts; every sixth window walks page tables.  Prints CPU time and bytes of a window.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "history/ring.h"
#include "snapshot/snapshot_line.h"
#include "util/clock.h"
#include "util/number.h"
#include "util/util.h"

struct wish {
	uint64_t size, window_s, start_s, n, first, processes;
};

static void add_process(struct snapshot *s, const struct wish *w, uint64_t i, uint64_t k)
{
	static const char *const counted[] = {
		"tlb_flushes", "tlb_mm",       "tlb_range",
		"tlb_sent",    "tlb_received", "linear_splits"
	};
	struct table *t = snapshot_table(s, TABLE_PROCESS);
	char name[32];
	struct row *r;

	snprintf(name, sizeof(name), "worker-%" PRIu64, k % 17);
	r = table_row(t, 1000 + 7 * k, name);
	row_label(t, r, 1, k % 3 ? "/system.slice/database.service" : "/user.slice");
	for (size_t c = 0; c < ARRAY_SIZE(counted); c++)
		row_set(t, r, table_column(t, counted[c], VALUE_COUNTER, UNIT_COUNT),
			(i * (k * 2654435761u % 997) + k) * (c + 1), "tp_btf tlb_flush");
	if (i % 6 == 0 && k < 16)
		row_set(t, r, table_column(t, "present_bytes", VALUE_GAUGE, UNIT_BYTES),
			(100 * k + i) << 20, "page walk");
}

static struct snapshot *made_up(const struct wish *w, uint64_t i)
{
	struct snapshot *s = snapshot_new();

	if (!s)
		return NULL;
	s->mono_ns = (i + 1) * w->window_s * NS_PER_S;
	s->real_ns = (w->start_s + i * w->window_s) * NS_PER_S;
	snapshot_fact(s, FACT_GRANULE, "4096");
	snapshot_fact(s, FACT_ARCH, "x86_64");
	for (int f = 0; w->processes && f < FIELD_MAX; f++) {
		if (snapshot_field_desc[f].kind == VALUE_COUNTER)
			snapshot_set(s, f, i * (1000 + f), "/proc/vmstat");
	}
	snapshot_set(s, F_VM_MINOR_FAULTS, w->first + i, "/proc/vmstat");
	if (i % 6 == 0)
		snapshot_set(s, F_USER_WALKED, 4096 * (i + 1), "page walk");
	for (uint64_t k = 0; k < w->processes; k++)
		add_process(s, w, i, k);
	return s;
}

static int put(struct ring *r, const struct wish *w, uint64_t i)
{
	struct snapshot *s = made_up(w, i);
	_cleanup_free_ char *line = NULL;
	size_t len;
	int err = s ? snapshot_line_write(s, &line, &len) : -ENOMEM;

	snapshot_free(s);
	return err ? err : ring_add(r, line, len);
}

static int fill(const char *dir, const struct wish *w)
{
	struct segment_header h = { .run = w->start_s, .window_ns = w->window_s * NS_PER_S };
	struct probe *p = probe_new();
	struct ring *r = NULL;
	struct ring_extent e;
	char why[512];
	int err;

	snprintf(h.boot, sizeof(h.boot), "boot-%" PRIu64, w->start_s);
	err = ring_open(dir, w->size, &h, p, &r, why, sizeof(why));
	if (err)
		fprintf(stderr, "%s\n", why);
	for (uint64_t i = 0; !err && i < w->n; i++)
		err = put(r, w, i);
	if (!err) {
		e = ring_extent(r);
		printf("windows %" PRIu64 "\nbytes %" PRIu64 "\ncpu_us_per_window %.0f\n",
		       e.windows, e.bytes, clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e3 / w->n);
	}
	ring_close(r);
	probe_free(p);
	return err;
}

int main(int argc, char **argv)
{
	struct wish w = { 0 };
	uint64_t *const numbers[] = { &w.size, &w.window_s, &w.start_s,
				      &w.n,    &w.first,    &w.processes };

	if (argc < 7)
		return 2;
	for (int i = 2; i < argc && i < 8; i++) {
		if (parse_u64(argv[i], 10, UINT64_MAX, numbers[i - 2]))
			return 2;
	}
	return fill(argv[1], &w) ? 1 : 0;
}
