// SPDX-License-Identifier: GPL-2.0-only
/*
 * contpte_count [fentry|kprobe] [FROM=TO]... TOOL BYTES BLOCK COMMAND... - what each command
 * of tests/tools/contpte costs in folds, unfolds and maps, and in TLB flushes
 * contpte_count [fentry|kprobe] [FROM=TO]... watch - the same of whatever others do
 *
 * "fentry", "kprobe": by these although there is something better; FROM=TO: look for the
 * kernel symbol TO instead of FROM.  Prints the state of the probe's rows, then for command i
 * (from 1) the changes it made:
 *
 *   probe.NAME=STATE              i.FIELD=N              i.process.COLUMN=N
 *   i.reason.NAME=N               i.caller.NAME=N        i.latency=N (sum of all buckets)
 *   i.longest=NS (that they can have taken)
 *   i.flush.KIND=N                i.process.via=TEXT     i.escalated.KIND=N
 *   i.flusher.NAME=N (TLB flushes by caller)             i.cgroup.COLUMN=N (of the process)
 *
 * "watch" prints "ready" when it counts, then for each line "PID..." of standard input what
 * changed since the line before, with PIDs' rows as i.PID.COLUMN and i.cgroup.COLUMN of the
 * cgroup of the first, and "end".
 */
#include <inttypes.h>

#include "util/number.h"
#include "sources.h"
#include "tool.h"
#include "util/util.h"

static struct snapshot *read_all(struct sources *sources)
{
	struct snapshot *s;

	if (sources_read(sources, &s))
		die("sources_read");
	return s;
}

static void print_fields(int i, const struct snapshot *d)
{
	for (int id = 0; id < FIELD_MAX; id++) {
		const struct field_desc *f = &snapshot_field_desc[id];

		if (strcmp(f->group, "contpte") && strcmp(f->group, "tlb") &&
		    strcmp(f->group, "self"))
			continue;
		if (d->field[id].known)
			printf("%d.%s.%s=%" PRIu64 "\n", i, f->group, f->name, d->field[id].n);
		else
			printf("%d.%s.%s=unknown: %s\n", i, f->group, f->name,
			       d->field[id].why ? d->field[id].why : "");
	}
}

static void print_table(int i, const char *name, const struct table *t, const char *column)
{
	uint64_t sum = 0;

	if (t->why)
		printf("%d.%s=unknown: %s\n", i, name, t->why);
	for (size_t k = 0; k < t->nrows; k++) {
		struct value v = row_get(t, t->rows[k], column);

		sum += v.n;
		if (t->rows[k]->label[0])
			printf("%d.%s.%s=%" PRIu64 "\n", i, name, t->rows[k]->label[0], v.n);
	}
	printf("%d.%s=%" PRIu64 "\n", i, name, sum);
}

/* A cell neither known nor with a reason has not begun to count: 0. */
static void print_row(int i, const char *name, const struct table *t, const struct row *row)
{
	for (size_t k = 0; row && k < t->ncolumns; k++) {
		struct value v = row_get(t, row, t->columns[k].name);

		if (v.why)
			printf("%d.%s.%s=unknown: %s\n", i, name, t->columns[k].name, v.why);
		else
			printf("%d.%s.%s=%" PRIu64 "\n", i, name, t->columns[k].name, v.n);
	}
}

static void print_process(int i, const char *name, const struct snapshot *d, pid_t pid)
{
	const struct table *t = &d->table[TABLE_PROCESS];
	const struct row *row = table_find(t, pid, NULL);

	printf("%d.%s.comm=%s\n", i, name, row && row->label[0] ? row->label[0] : "");
	print_row(i, name, t, row);
}

static void print_cgroup(int i, const struct snapshot *d, pid_t pid)
{
	const struct row *row = table_find(&d->table[TABLE_PROCESS], pid, NULL);
	const struct table *t = &d->table[TABLE_CGROUP];

	for (size_t k = 0; row && row->label[1] && k < t->nrows; k++) {
		if (t->rows[k]->label[0] && !strcmp(t->rows[k]->label[0], row->label[1]))
			print_row(i, "cgroup", t, t->rows[k]);
	}
}

/* The longest that all of the histogram can have taken; the shortest is half of that. */
static void print_longest(int i, const struct table *t)
{
	uint64_t ns = 0;

	for (size_t k = 0; k < t->nrows; k++)
		ns += t->rows[k]->key * row_get(t, t->rows[k], "unfolds").n;
	printf("%d.longest=%" PRIu64 "\n", i, ns);
}

static void print_changes(int i, const struct snapshot *d)
{
	print_fields(i, d);
	print_table(i, "reason", &d->table[TABLE_UNFOLD_REASON], "unfolds");
	print_table(i, "caller", &d->table[TABLE_UNFOLD_CALLER], "unfolds");
	print_table(i, "latency", &d->table[TABLE_UNFOLD_LATENCY], "unfolds");
	print_longest(i, &d->table[TABLE_UNFOLD_LATENCY]);
	print_table(i, "flush", &d->table[TABLE_TLB_FLUSH], "flushes");
	print_table(i, "escalated", &d->table[TABLE_TLB_FLUSH], "escalated");
	print_table(i, "flusher", &d->table[TABLE_TLB_CALLER], "flushes");
}

static struct snapshot *changes(struct snapshot *before, struct snapshot *after)
{
	struct snapshot *d;

	if (snapshot_diff(before, after, &d))
		die("snapshot_diff");
	return d;
}

static void run_command(int i, const char *command, struct tool *t, struct sources *sources)
{
	struct snapshot *before = read_all(sources), *after, *d;

	tool_tell(t, command);
	after = read_all(sources);
	d = changes(before, after);
	printf("# %d: %s\n", i, command);
	print_changes(i, d);
	print_process(i, "process", d, t->pid);
	snapshot_free(d);
	snapshot_free(before);
	snapshot_free(after);
}

/* The processes of @line: "PID..." */
static void print_processes(int i, const char *line, const struct snapshot *d)
{
	const char *p = line;
	char name[32];
	uint64_t pid;

	for (int k = 0; !scan_u64(&p, 10, &pid); k++) {
		snprintf(name, sizeof(name), "%" PRIu64, pid);
		print_process(i, name, d, pid);
		if (!k)
			print_cgroup(i, d, pid);
	}
}

static void watch(struct sources *sources)
{
	struct snapshot *before = read_all(sources), *after, *d;
	char line[128];

	printf("ready\n");
	for (int i = 1; fgets(line, sizeof(line), stdin); i++) {
		after = read_all(sources);
		d = changes(before, after);
		print_changes(i, d);
		print_processes(i, line, d);
		printf("end\n");
		snapshot_free(d);
		snapshot_free(before);
		before = after;
	}
	snapshot_free(before);
}

static void run_tool(char **argv, struct sources *sources)
{
	char *args[] = { argv[0], argv[1], argv[2], NULL };
	struct tool tool;

	tool_start(&tool, args, NULL);
	tool_expect(&tool, "ready");
	for (int i = 1; argv[2 + i]; i++)
		run_command(i, argv[2 + i], &tool, sources);
	tool_end(&tool);
}

static int parse_options(char **argv, struct source_options *o, struct host *h)
{
	char *to;
	int i = 1;

	if (argv[i]) {
		o->prefer_fentry = !strcmp(argv[i], "fentry");
		o->prefer_kprobe = !strcmp(argv[i], "kprobe");
		i += o->prefer_fentry || o->prefer_kprobe;
	}
	for (; argv[i] && (to = strchr(argv[i], '=')); i++) {
		*to++ = '\0';
		if (host_rename(h, argv[i], to))
			die("host_rename");
	}
	return i;
}

int main(int argc, char **argv)
{
	uint64_t wanted = sources_bit("contpte") | sources_bit("tlbflush");
	struct source_options o = { 0 };
	struct probe *p = probe_new();
	struct sources *sources;
	struct host *h;
	int first, rest;

	/* before anything is printed: later it would not take effect */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!p || host_new("", &h))
		die("host_new");
	first = parse_options(argv, &o, h);
	rest = argc - first;
	if (rest < 3 && !(rest == 1 && !strcmp(argv[first], "watch"))) {
		fprintf(stderr, "usage: contpte_count [fentry|kprobe] [FROM=TO]... TOOL BYTES "
				"BLOCK COMMAND...|watch\n");
		return 2;
	}
	if (sources_new(h, &o, wanted, p, &sources))
		die("sources_new");
	for (size_t i = 0; i < p->n; i++)
		printf("probe.%s=%s %s\n", p->rows[i].name, probe_state_name(p->rows[i].state),
		       p->rows[i].via ? p->rows[i].via : p->rows[i].why);
	if (rest == 1)
		watch(sources);
	else
		run_tool(argv + first, sources);
	sources_free(sources);
	probe_free(p);
	host_free(h);
	return 0;
}
