// SPDX-License-Identifier: GPL-2.0-only
/*
 * durable - the journal and the knobs of pgtopd by hand
 *
 * durable DIR write LEVER PATH EXPECT VALUE
 * durable DIR restore [LEVER]
 * durable DIR fill N		keep N decisions, go on after errors
 * durable DIR show
 *
 * Prints what became of it; exits with 1 if the last thing failed, 3 if DIR has no journal
 * that can be opened.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "durable/journal.h"
#include "durable/knob.h"
#include "util/util.h"

static const struct host host = { .root = (char *)"" };

static int say(const char *what, int err)
{
	printf("%s: %s\n", what, err ? strerror(-err) : "ok");
	return err != 0;
}

static int do_write(struct journal *j, char **arg)
{
	struct lever l = { 0 };

	snprintf(l.name, sizeof(l.name), "%s", arg[0]);
	snprintf(l.path, sizeof(l.path), "%s", arg[1]);
	return say(l.name, knob_write(&host, j, &l, arg[2], arg[3]));
}

static void tell(void *arg, const struct knob_undone *u)
{
	say(u->knob->lever, u->err);
}

static int do_fill(struct journal *j, unsigned int n)
{
	struct decision d = { .action = DECISION_ADVISE, .reason = "it is so" };
	unsigned int failed = 0;

	for (unsigned int i = 0; i < n; i++) {
		d.id = journal_next_id(j);
		failed += journal_decide(j, &d) != 0;
	}
	printf("failed %u\n", failed);
	return say("error", journal_error(j));
}

static int do_show(const struct journal *j)
{
	size_t nknobs, ndecisions;
	const struct journal_knob *k = journal_knobs(j, &nknobs);
	const struct decision *d = journal_decisions(j, &ndecisions);

	for (size_t i = 0; i < nknobs; i++)
		printf("knob %s%s %s original %s ours %s\n", k[i].lever,
		       k[i].moved ? " moved" : "", k[i].path, k[i].original, k[i].ours);
	printf("decisions %zu last %" PRIu64 "\n", ndecisions,
	       ndecisions ? d[ndecisions - 1].id : 0);
	printf("next %" PRIu64 " damage %zu\n", journal_next_id(j), journal_damage(j));
	return say("error", journal_error(j));
}

static int run(struct journal *j, int n, char **arg)
{
	if (n == 5 && !strcmp(arg[0], "write"))
		return do_write(j, arg + 1);
	if (n == 1 && !strcmp(arg[0], "restore"))
		return say("all", knob_restore_all(&host, j, tell, NULL));
	if (n == 2 && !strcmp(arg[0], "restore"))
		return say(arg[1], knob_restore(&host, j, arg[1]));
	if (n == 2 && !strcmp(arg[0], "fill"))
		return do_fill(j, strtoul(arg[1], NULL, 10));
	if (n == 1 && !strcmp(arg[0], "show"))
		return do_show(j);
	fprintf(stderr, "durable: see the head of tests/progs/durable.c\n");
	return 2;
}

int main(int argc, char **argv)
{
	_cleanup_free_ char *boot = NULL;
	struct journal *j = NULL;
	char why[512];
	int r;

	if (argc < 3 || file_read_line("", "/proc/sys/kernel/random/boot_id", &boot))
		return 2;
	r = journal_open(argv[1], boot, &j);
	if (r) {
		puts(journal_why(r, argv[1], why, sizeof(why)));
		return 3;
	}
	r = run(j, argc - 2, argv + 2);
	journal_close(j);
	return r;
}
