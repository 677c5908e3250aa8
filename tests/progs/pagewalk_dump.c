// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewalk_dump [-rcpd] [-n TIMES] [-t SECONDS] [-e COMMAND] [-s FROM=TO]
 * PID|kernel|all|probe|watch
 *
 * What the page walk sees, as lines "KEY VALUE" (bytes unless the key says otherwise), for
 * tests that hold it against other sources. -r adds a line for each range, -c one for each
 * cell, -n walks several times and prints the last, with the fastest and slowest walk,
 * -d gives a walk one call into the kernel.  "watch" reads PIDs from standard input, a line
 * each, and walks each when it comes; what it says of one ends with the line "result".
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/number.h"
#include "pagewalk/pagewalk.h"
#include "host/process.h"
#include "util/util.h"

static const char *const kind[LEAF_MAX] = {
	[LEAF_PTE] = "pte", [LEAF_CONT_PTE] = "cont_pte",
	[LEAF_PMD] = "pmd", [LEAF_CONT_PMD] = "cont_pmd",
	[LEAF_PUD] = "pud", [LEAF_CONT_PUD] = "cont_pud",
	[LEAF_P4D] = "p4d",
};

struct dump {
	struct pagewalk *w;
	bool ranges, cells, progress, hurry;
	const char *command;
	uint64_t fastest_ns, slowest_ns;
	bool all;
	uint64_t walks, ended, read_errors, bad_frames, not_identity;
	uint64_t least_longest_ns;
	uint64_t most_migration, most_resident, least_resident;
};

static void line(const char *key, uint64_t n)
{
	printf("%s %" PRIu64 "\n", key, n);
}

static void print_leaves(const char *key, const uint64_t n[LEAF_MAX])
{
	for (int k = 0; k < LEAF_MAX; k++)
		printf("%s.%s %" PRIu64 "\n", key, kind[k], n[k]);
}

static void run_command(struct dump *d)
{
	const char *command = d->command;

	d->command = NULL;
	fflush(stdout);
	if (command && system(command))
		fprintf(stderr, "failed: %s\n", command);
}

static void pair(const char *key, uint64_t n)
{
	printf(" %s %" PRIu64, key, n);
}

static int print_range(void *arg, const struct pagewalk_range *r)
{
	const struct pagewalk_sum *s = r->sum;
	uint64_t writable = 0, executable = 0;

	for (int k = 0; k < LEAF_MAX; k++) {
		writable += s->writable[k];
		executable += s->executable[k];
	}
	printf("range %" PRIx64 " %" PRIx64 " perms %s", r->start, r->end, r->perms);
	for (int k = 0; k < LEAF_MAX; k++)
		pair(kind[k], s->bytes[k]);
	pair("writable", writable);
	pair("executable", executable);
	pair("zero", s->zero_bytes);
	pair("special", s->special_bytes);
	pair("prot_none", s->prot_none_bytes);
	pair("swap", s->swap_bytes);
	pair("migration", s->migration_bytes);
	pair("other", s->other_bytes);
	pair("aligned", s->aligned_bytes);
	printf(" name %s\n", r->name);
	run_command(arg);
	return 0;
}

static int print_cell(void *arg, const struct pagewalk_cell *c)
{
	printf("cell %" PRIx64 " %" PRIu64, c->start, c->bytes);
	for (int k = 0; k < LEAF_MAX; k++)
		pair(kind[k], c->mapped[k]);
	printf("\n");
	run_command(arg);
	return 0;
}

static int print_progress(void *arg, uint64_t done, uint64_t total)
{
	printf("progress %" PRIu64 " %" PRIu64 "\n", done, total);
	return 0;
}

static void print_sum(const struct dump *d, const struct pagewalk_sum *s)
{
	print_leaves("bytes", s->bytes);
	print_leaves("writable", s->writable);
	print_leaves("executable", s->executable);
	line("present", pagewalk_present(s));
	line("zero", s->zero_bytes);
	line("special", s->special_bytes);
	line("prot_none", s->prot_none_bytes);
	line("swap", s->swap_bytes);
	line("migration", s->migration_bytes);
	line("other", s->other_bytes);
	line("aligned", s->aligned_bytes);
	line("tables", s->table_bytes);
	line("tables.p4d", s->p4d_bytes);
	line("tables.deposited", s->deposited_bytes);
	line("read_errors", s->read_errors);
	line("bad_frames", s->bad_frames);
	line("not_identity", s->not_identity);
	line("steps", s->steps);
	line("calls", s->calls);
	line("longest_call_ns", s->longest_call_ns);
	line("total_ns", s->total_ns);
	line("fastest_ns", d->fastest_ns);
	line("slowest_ns", d->slowest_ns);
	line("walks", d->walks);
	line("least.longest_call_ns", d->least_longest_ns);
	line("ever.ended", d->ended);
	line("ever.not_identity", d->not_identity);
	line("ever.read_errors", d->read_errors);
	line("ever.bad_frames", d->bad_frames);
	line("most.migration", d->most_migration);
	line("most.resident", d->most_resident);
	line("least.resident", d->least_resident);
}

static void print_geometry(const struct pagewalk *w)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(w);

	line("levels", g->levels);
	line("va_bits", g->va_bits);
	line("page_size", g->page_size);
	printf("linear %" PRIx64 "-%" PRIx64 "\n", g->linear_start, g->linear_end);
	for (int k = 0; k < LEAF_MAX; k++)
		printf("leaf.%s %" PRIu64 " %s\n", kind[k], g->leaf_bytes[k], leaf_name(w, k));
}

static void note(struct dump *d, const struct pagewalk_sum *s)
{
	uint64_t resident = pagewalk_present(s) + s->migration_bytes + s->prot_none_bytes;

	d->fastest_ns = d->walks ? MIN(d->fastest_ns, s->total_ns) : s->total_ns;
	d->slowest_ns = MAX(d->slowest_ns, s->total_ns);
	d->least_longest_ns =
		d->walks ? MIN(d->least_longest_ns, s->longest_call_ns) : s->longest_call_ns;
	d->least_resident = d->walks ? MIN(d->least_resident, resident) : resident;
	d->most_resident = MAX(d->most_resident, resident);
	d->most_migration = MAX(d->most_migration, s->migration_bytes);
	d->read_errors += s->read_errors;
	d->bad_frames += s->bad_frames;
	d->walks++;
}

static int walk_once(struct dump *d, pid_t pid, bool tell, struct pagewalk_sum *s)
{
	struct pagewalk_ops ops = {
		.range = tell && d->ranges ? print_range : NULL,
		.cell = tell && d->cells ? print_cell : NULL,
		.progress = d->progress ? print_progress : NULL,
		.arg = d,
		.calls = d->hurry,
	};
	int r = pid ? pagewalk_process(d->w, pid, &ops, s) : pagewalk_kernel(d->w, &ops, s);

	note(d, s);
	return r;
}

/* Every process there is; those that end or are hidden meanwhile are no error. */
static int walk_all(struct dump *d, struct pagewalk_sum *s)
{
	_cleanup_free_ struct process *list = NULL;
	size_t n;
	int r;

	r = process_list("", NULL, &list, &n);
	for (size_t i = 0; !r && i < n; i++) {
		r = walk_once(d, list[i].pid, false, s);
		d->ended += r == -ESRCH;
		if (r == -ESRCH || r == -EPERM)
			r = 0;
	}
	if (!r)
		r = walk_once(d, 0, false, s);
	d->not_identity += s->not_identity;
	return r;
}

static int dump(struct dump *d, pid_t pid, uint64_t times, uint64_t seconds)
{
	time_t end = time(NULL) + seconds;
	struct pagewalk_sum s;
	uint64_t longest = 0;
	bool last;
	int r;

	print_geometry(d->w);
	do {
		last = seconds ? time(NULL) >= end : d->walks + 1 >= times;
		r = d->all ? walk_all(d, &s) : walk_once(d, pid, last, &s);
		longest = MAX(longest, s.longest_call_ns);
	} while (!r && !last);
	s.longest_call_ns = longest;
	print_sum(d, &s);
	printf("result %s\n", r ? strerror(-r) : "ok");
	return r;
}

static void print_probe(const struct probe *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct probe_row *r = &p->rows[i];

		printf("probe %s %s|%s|%s|%s\n", r->name, probe_state_name(r->state),
		       r->via ? r->via : "", r->why ? r->why : "", r->remedy ? r->remedy : "");
	}
}

static int rename_symbol(struct host *h, char *arg)
{
	char *to = strchr(arg, '=');

	if (!to)
		return -EINVAL;
	*to++ = '\0';
	return host_rename(h, arg, to);
}

/* The programs are loaded once for all walks. */
static int watch(struct dump *d)
{
	char text[32];
	uint64_t pid;

	while (fgets(text, sizeof(text), stdin)) {
		text[strcspn(text, "\n")] = '\0';
		if (parse_u64(text, 10, INT32_MAX, &pid))
			return 2;
		d->walks = 0;
		dump(d, pid, 1, 0);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct dump d = { 0 };
	struct probe *p = probe_new();
	uint64_t pid = 0, times = 1, seconds = 0;
	struct host *h;
	int c, r = 2;

	if (!p || host_new(getenv("PGTOP_ROOT"), &h))
		return 2;
	while ((c = getopt(argc, argv, "rcpdn:t:e:s:")) != -1) {
		if (c == 'r')
			d.ranges = true;
		else if (c == 'c')
			d.cells = true;
		else if (c == 'p')
			d.progress = true;
		else if (c == 'd')
			d.hurry = true;
		else if (c == 'e')
			d.command = optarg;
		else if (c == 't') {
			if (parse_u64(optarg, 10, 86400, &seconds))
				return 2;
		} else if (c == 'n' ? parse_u64(optarg, 10, 1u << 30, &times)
				    : c != 's' || rename_symbol(h, optarg))
			return 2;
	}
	if (optind != argc - 1)
		return 2;
	if (pagewalk_new(h, PAGEWALK_PROCESS | PAGEWALK_KERNEL, p, &d.w))
		return 2;
	print_probe(p);
	fflush(stdout);
	d.all = !strcmp(argv[optind], "all");
	if (!strcmp(argv[optind], "watch"))
		r = watch(&d);
	else if (d.all || !strcmp(argv[optind], "kernel") ||
		 !parse_u64(argv[optind], 10, INT32_MAX, &pid))
		r = dump(&d, pid, times, seconds) ? 1 : 0;
	else if (!strcmp(argv[optind], "probe"))
		r = 0;
	pagewalk_free(d.w);
	probe_free(p);
	host_free(h);
	return r;
}
