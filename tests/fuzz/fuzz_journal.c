// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable/journal.h"
#include "durable/journal_line.h"
#include "util/summed_line.h"
#include "text.h"

#define BOOT "boot"

static char dir[64];

static void remove_dir(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/journal.damaged", dir);
	unlink(path);
	rmdir(dir);
}

/* In memory: what is fuzzed is not the disk. */
static void make_dir(void)
{
	if (!*dir) {
		snprintf(dir, sizeof(dir), "%s/pgtop-fuzz.XXXXXX",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
		CHECK(mkdtemp(dir));
		CHECK(!atexit(remove_dir));
	}
}

/* Lines get the sum they should have, unless they begin with '!'. */
static void put_lines(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	CHECK(f);
	while (*text) {
		size_t len = strcspn(text, "\n");
		bool ends = text[len] == '\n';
		char begin[SUMMED_LINE_TEXT + 1] = "";
		uint32_t sum = 0;

		if (*text != '!')
			summed_line_begin(text, len, &sum, begin);
		fprintf(f, "%s%.*s%s", begin, (int)len, text, ends ? "\n" : "");
		text += len + ends;
	}
	CHECK(!fclose(f));
}

static void check_content(const struct journal *j)
{
	size_t nknobs, ndecisions;
	const struct journal_knob *k = journal_knobs(j, &nknobs);
	const struct decision *d = journal_decisions(j, &ndecisions);

	CHECK(nknobs <= JOURNAL_KNOBS && ndecisions <= JOURNAL_DECISIONS);
	for (size_t i = 0; i < nknobs; i++) {
		CHECK(!strncmp(k[i].path, "/sys/", 5) ||
		      !strncmp(k[i].path, "/proc/sys/", 10));
		CHECK(!strstr(k[i].path, "/../") && *k[i].lever);
	}
	for (size_t i = 0; i < ndecisions; i++) {
		CHECK(d[i].id && d[i].id < journal_next_id(j));
		CHECK(journal_find(j, d[i].id));
	}
}

/* What was opened takes a knob and a decision, and has them when it is opened again. */
static void use(struct journal *j)
{
	struct journal_knob k = { .path = "/sys/a", .lever = "fuzz", .original = "0" };
	struct decision d = { .id = journal_next_id(j) };
	uint64_t id = d.id;
	size_t n, again;
	int r;

	check_content(j);
	r = journal_intend(j, &k);
	CHECK(r == 0 || r == -ENOBUFS);
	CHECK(!journal_decide(j, &d) || id > DECISION_ID_MAX);
	CHECK(!journal_error(j));
	journal_knobs(j, &n);
	journal_close(j);
	CHECK(!journal_open(dir, BOOT, &j));
	CHECK(!journal_damage(j));
	CHECK(journal_find(j, id) || id > DECISION_ID_MAX);
	check_content(j);
	journal_knobs(j, &again);
	CHECK(again == n);
	journal_close(j);
}

static void open_file(const char *text)
{
	char path[128];
	struct journal *j;
	int r;

	make_dir();
	snprintf(path, sizeof(path), "%s/journal", dir);
	put_lines(path, text);
	r = journal_open(dir, BOOT, &j);
	CHECK(r == 0 || r == -EPROTONOSUPPORT);
	if (!r)
		use(j);
	unlink(path);
}

/* The text as one line. */
static void read_line(const char *text)
{
	size_t len = strlen(text);
	char *line = malloc(SUMMED_LINE_TEXT + len + 1);
	struct journal_line l;
	uint32_t sum = 0;
	int r;

	CHECK(line);
	summed_line_begin(text, len, &sum, line);
	memcpy(line + SUMMED_LINE_TEXT, text, len);
	r = journal_line_read(line, SUMMED_LINE_TEXT + len, &l);
	CHECK(r == 0 || r == -EBADMSG);
	CHECK(r || l.kind <= LINE_DECISION);
	CHECK(!len || !journal_line_torn(line, SUMMED_LINE_TEXT + len) || *text == '{');
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	read_line(text);
	/* Files cost a thousand times more. */
	if (size % 128 == 0)
		open_file(text);
	free(text);
	return 0;
}
