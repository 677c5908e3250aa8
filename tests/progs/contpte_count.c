// SPDX-License-Identifier: GPL-2.0-only
/*
 * contpte_count [kprobe] [FROM=TO] TOOL BYTES BLOCK COMMAND... - what each command of
 * tests/tools/contpte costs in folds, unfolds and maps
 *
 * "kprobe": by kprobes; FROM=TO: look for the kernel symbol TO instead of FROM.  Prints the
 * state of the probe's rows, then for command i (from 1) the changes it made:
 *
 *   probe.NAME=STATE              i.FIELD=N              i.process.COLUMN=N
 *   i.reason.NAME=N               i.caller.NAME=N        i.latency=N (sum of all buckets)
 *   i.flush.KIND=N                i.process.via=TEXT
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sources.h"
#include "util.h"

struct tool {
	pid_t pid;
	FILE *in, *out; /* its standard input and output */
};

static void die(const char *what)
{
	fprintf(stderr, "contpte_count: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void start_tool(char **argv, struct tool *t)
{
	char *args[] = { argv[0], argv[1], argv[2], NULL };
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe");
	t->pid = fork();
	if (t->pid < 0)
		die("fork");
	if (!t->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execv(args[0], args);
		die(args[0]);
	}
	close(in[0]);
	close(out[1]);
	t->in = fdopen(in[1], "w");
	t->out = fdopen(out[0], "r");
}

static void expect_line(struct tool *t, const char *word)
{
	char line[64];

	if (!fgets(line, sizeof(line), t->out) || strncmp(line, word, strlen(word))) {
		errno = EPROTO;
		die("the tool");
	}
}

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
static void print_process(int i, const struct table *t, pid_t pid)
{
	const struct row *row = table_find(t, pid, NULL);

	printf("%d.process.comm=%s\n", i, row && row->label[0] ? row->label[0] : "");
	for (size_t k = 0; row && k < t->ncolumns; k++) {
		struct value v = row_get(t, row, t->columns[k].name);

		if (v.why)
			printf("%d.process.%s=unknown: %s\n", i, t->columns[k].name, v.why);
		else
			printf("%d.process.%s=%" PRIu64 "\n", i, t->columns[k].name, v.n);
	}
}

static void print_changes(int i, const struct snapshot *d, pid_t pid)
{
	print_fields(i, d);
	print_table(i, "reason", &d->table[TABLE_UNFOLD_REASON], "unfolds");
	print_table(i, "caller", &d->table[TABLE_UNFOLD_CALLER], "unfolds");
	print_table(i, "latency", &d->table[TABLE_UNFOLD_LATENCY], "unfolds");
	print_table(i, "flush", &d->table[TABLE_TLB_FLUSH], "flushes");
	print_process(i, &d->table[TABLE_PROCESS], pid);
}

static void run_command(int i, const char *command, struct tool *t, struct sources *sources)
{
	struct snapshot *before = read_all(sources), *after, *d;

	fprintf(t->in, "%s\n", command);
	fflush(t->in);
	expect_line(t, "done");
	after = read_all(sources);
	if (snapshot_diff(before, after, &d))
		die("snapshot_diff");
	printf("# %d: %s\n", i, command);
	print_changes(i, d, t->pid);
	snapshot_free(d);
	snapshot_free(before);
	snapshot_free(after);
}

static int parse_options(char **argv, struct sources_options *o, struct host *h)
{
	char *to;
	int i = 1;

	if (argv[i] && !strcmp(argv[i], "kprobe")) {
		o->prefer_kprobe = true;
		i++;
	}
	if (argv[i] && (to = strchr(argv[i], '='))) {
		*to++ = '\0';
		if (host_rename(h, argv[i], to))
			die("host_rename");
		i++;
	}
	return i;
}

int main(int argc, char **argv)
{
	uint64_t wanted = sources_bit("contpte") | sources_bit("tlbflush");
	struct sources_options o = { 0 };
	struct probe *p = probe_new();
	struct sources *sources;
	struct tool tool;
	struct host *h;
	int first;

	if (!p || host_new("", &h))
		die("host_new");
	first = parse_options(argv, &o, h);
	if (argc < first + 3) {
		fprintf(stderr, "usage: contpte_count [kprobe] [FROM=TO] TOOL BYTES BLOCK "
				"COMMAND...\n");
		return 2;
	}
	if (sources_new(h, &o, wanted, p, &sources))
		die("sources_new");
	for (size_t i = 0; i < p->n; i++)
		printf("probe.%s=%s %s\n", p->rows[i].name, probe_state_name(p->rows[i].state),
		       p->rows[i].via ? p->rows[i].via : p->rows[i].why);
	start_tool(argv + first, &tool);
	expect_line(&tool, "ready");
	for (int i = 1; first + 2 + i < argc; i++)
		run_command(i, argv[first + 2 + i], &tool, sources);
	fclose(tool.in);
	fclose(tool.out);
	waitpid(tool.pid, NULL, 0);
	sources_free(sources);
	probe_free(p);
	host_free(h);
	return 0;
}
