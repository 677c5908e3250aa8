// SPDX-License-Identifier: GPL-2.0-only
/*
 * flush_share NAME COMMAND [ARGUMENT]... - the TLB flushes that pgtop counts while COMMAND
 * runs
 *
 * The command runs between hint #0x74 and #0x75, which a plugin of the emulator sees
 * (kernel/tests/qemu/count.c): it counts the same window by the instructions executed.
 * Prints, after what the command prints:
 *
 *   share NAME flushes=N local=N KIND=N...     spaces in KIND are underscores; "?": unknown
 */
#include <inttypes.h>
#include <spawn.h>

#include "sources.h"
#include "tool.h"

#ifdef __aarch64__
#define hint(n) asm volatile("hint %0" ::"i"(n) : "memory")
#else
#define hint(n) asm volatile("" ::: "memory")
#endif

static struct snapshot *read_flushes(struct sources *sources)
{
	struct snapshot *s;

	if (sources_read(sources, &s))
		die("sources_read");
	return s;
}

/* Spawned, not forked: what this program writes to afterwards is its own still. */
static void run_command(char **argv)
{
	int status;
	pid_t pid;

	errno = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (errno || waitpid(pid, &status, 0) != pid)
		die(argv[0]);
	if (status) {
		errno = ECHILD;
		die(argv[0]);
	}
}

static void print_count(const char *name, const struct value *v)
{
	putchar(' ');
	for (; *name; name++)
		putchar(*name == ' ' ? '_' : *name);
	if (v->known)
		printf("=%" PRIu64, v->n);
	else
		printf("=?");
}

static void print_share(const char *name, const struct snapshot *d)
{
	const struct table *t = &d->table[TABLE_TLB_FLUSH];

	printf("share %s", name);
	print_count("flushes", &d->field[F_TLB_FLUSHES]);
	print_count("local", &d->field[F_TLB_FLUSHES_LOCAL]);
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], "flushes");

		print_count(t->rows[i]->label[0], &v);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct snapshot *before, *after, *d;
	struct source_options o = { 0 };
	struct probe *p = probe_new();
	struct sources *sources;
	struct host *h;

	if (argc < 3 || !p || host_new("", &h) ||
	    sources_new(h, &o, sources_bit("tlbflush"), p, &sources))
		die("usage: flush_share NAME COMMAND [ARGUMENT]...");
	before = read_flushes(sources);
	hint(0x74);
	run_command(argv + 2);
	hint(0x75);
	after = read_flushes(sources);
	if (snapshot_diff(before, after, &d))
		die("snapshot_diff");
	print_share(argv[1], d);
	snapshot_free(d);
	snapshot_free(before);
	snapshot_free(after);
	sources_free(sources);
	probe_free(p);
	host_free(h);
	return 0;
}
