// SPDX-License-Identifier: GPL-2.0-only
/* Records: whole ones, ones cut or changed at every byte, files that are none. */
#include "tree.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <zlib.h>

#include "random_snapshot.h"
#include "record/record.h"
#include "util/summed_line.h"

#define SNAPSHOTS 4

static char *root, path[4096];

static int set_up(void **state)
{
	root = tree_new();
	snprintf(path, sizeof(path), "%s/record", root);
	return 0;
}

static int tear_down(void **state)
{
	tree_free(root);
	return 0;
}

/* Small, so that every byte of a file can be tried. */
static struct snapshot *small(unsigned int i)
{
	struct snapshot *s = snapshot_new();
	struct table *t = snapshot_table(s, TABLE_MTHP);

	s->mono_ns = 1000 * (i + 1);
	s->real_ns = 5000 + i;
	snapshot_set(s, F_VM_MINOR_FAULTS, 7919 * i, "/proc/vmstat");
	snapshot_lacks(s, F_TLB_FLUSHES, "no BTF");
	row_set(t, table_row(t, 65536, NULL),
		table_column(t, "anon_fault_alloc", VALUE_COUNTER, UNIT_COUNT), 31 * i,
		"stats");
	return s;
}

static struct probe *some_probe(void)
{
	struct probe *p = probe_new();

	probe_add(p, PROBE_MEASUREMENT, "tlb.flushes", PROBE_UNAVAILABLE, NULL, "no BTF",
		  "install it");
	probe_add(p, PROBE_FACT, "fact.lockdown", PROBE_OK, "none", NULL, NULL);
	return p;
}

static void write_record(unsigned int n)
{
	struct probe *p = some_probe();
	struct record_writer *w = NULL;
	uint64_t bytes;

	assert_int_equal(record_create(path, p, &w), 0);
	for (unsigned int i = 0; i < n; i++) {
		struct snapshot *s = small(i);

		assert_int_equal(record_write(w, s), 0);
		snapshot_free(s);
	}
	assert_int_equal(record_written(w, &bytes), n);
	assert_true(bytes > 0);
	assert_int_equal(record_finish(w), 0);
	probe_free(p);
}

static unsigned char *contents(size_t *len)
{
	unsigned char *data = malloc(1 << 20);
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	*len = fread(data, 1, 1 << 20, f);
	fclose(f);
	return data;
}

/*
 * Read all of the file: every snapshot must be the one that was written at its place.
 * Returns how the file ended, 1 if it could not be opened; @ret_n: snapshots.
 */
static int read_all(unsigned int *ret_n, char *why, size_t why_len)
{
	struct record_reader *r = NULL;
	struct snapshot *s = NULL;
	int n;

	*ret_n = 0;
	why[0] = '\0';
	if (record_open(path, &r, why, why_len)) {
		assert_null(r);
		assert_non_null(strstr(why, "is not a pgtop record"));
		return 1;
	}
	while ((n = record_read(r, &s)) > 0) {
		struct snapshot *expected = small((*ret_n)++);

		expect_same_snapshot(expected, s);
		snapshot_free(expected);
		snapshot_free(s);
	}
	assert_int_equal(record_count(r), *ret_n);
	assert_int_equal(record_skipped(r), 0);
	/* It says the same when asked again. */
	assert_int_equal(record_read(r, &s), n);
	snprintf(why, why_len, "%s", record_why(r));
	assert_int_equal(n == 0, *why == '\0');
	record_close(r);
	return n;
}

static void test_whole(void **state)
{
	struct record_reader *r = NULL;
	const struct probe *p;
	unsigned int n;
	char why[512];

	write_record(SNAPSHOTS);
	assert_int_equal(read_all(&n, why, sizeof(why)), 0);
	assert_int_equal(n, SNAPSHOTS);
	assert_int_equal(record_open(path, &r, why, sizeof(why)), 0);
	p = record_probe(r);
	assert_int_equal(p->n, 2);
	assert_string_equal(probe_find(p, "tlb.flushes")->why, "no BTF");
	assert_string_equal(probe_find(p, "tlb.flushes")->remedy, "install it");
	assert_int_equal(probe_find(p, "tlb.flushes")->state, PROBE_UNAVAILABLE);
	assert_int_equal(probe_find(p, "fact.lockdown")->kind, PROBE_FACT);
	record_close(r);
	record_close(NULL);
}

static void test_without_snapshots(void **state)
{
	unsigned int n;
	char why[512];

	write_record(0);
	assert_int_equal(read_all(&n, why, sizeof(why)), 0);
	assert_int_equal(n, 0);
}

static void test_random_snapshots(void **state)
{
	struct record_writer *w = NULL;
	struct record_reader *r = NULL;
	struct snapshot *s, *back;
	char why[512];

	assert_int_equal(record_create(path, NULL, &w), 0);
	for (unsigned int i = 1; i <= 50; i++) {
		s = random_snapshot(i, i);
		assert_int_equal(record_write(w, s), 0);
		snapshot_free(s);
	}
	assert_int_equal(record_finish(w), 0);
	assert_int_equal(record_open(path, &r, why, sizeof(why)), 0);
	assert_int_equal(record_probe(r)->n, 0);
	for (unsigned int i = 1; i <= 50; i++) {
		s = random_snapshot(i, i);
		assert_int_equal(record_read(r, &back), 1);
		expect_same_snapshot(s, back);
		snapshot_free(s);
		snapshot_free(back);
	}
	assert_int_equal(record_read(r, &back), 0);
	record_close(r);
}

static void test_readable_by_others(void **state)
{
	char command[5000], line[64] = "";
	FILE *f;

	write_record(SNAPSHOTS);
	snprintf(command, sizeof(command), "gzip -dc %s | wc -l", path);
	f = popen(command, "r");
	assert_non_null(fgets(line, sizeof(line), f));
	assert_int_equal(pclose(f), 0);
	assert_int_equal(atoi(line), 1 + SNAPSHOTS);
}

/* Where each snapshot is complete: what a killed writer leaves behind. */
static void sizes_after(size_t sizes[SNAPSHOTS + 1])
{
	struct probe *p = some_probe();
	struct record_writer *w = NULL;
	uint64_t bytes;

	assert_int_equal(record_create(path, p, &w), 0);
	for (unsigned int i = 0;; i++) {
		struct snapshot *s = small(i);

		record_written(w, &bytes);
		sizes[i] = bytes;
		if (i < SNAPSHOTS)
			assert_int_equal(record_write(w, s), 0);
		snapshot_free(s);
		if (i == SNAPSHOTS)
			break;
	}
	assert_int_equal(record_finish(w), 0);
	probe_free(p);
	unlink(path);
}

static void test_cut_at_every_byte(void **state)
{
	size_t sizes[SNAPSHOTS + 1], len;
	unsigned char *data;
	char why[512];

	sizes_after(sizes);
	write_record(SNAPSHOTS);
	data = contents(&len);
	assert_true(sizes[SNAPSHOTS] < len);
	for (size_t cut = 0; cut < len; cut++) {
		unsigned int n, whole = 0;
		int end;

		tree_bytes(root, "/record", data, cut);
		end = read_all(&n, why, sizeof(why));
		while (whole < SNAPSHOTS && cut >= sizes[whole + 1])
			whole++;
		if (cut < sizes[0] && end == 1)
			continue;
		assert_int_equal(end, -ENODATA);
		/* The last bytes of a flush carry no data: it may be read a little earlier. */
		assert_in_range(n, whole, whole + 1);
		assert_non_null(strstr(why, "ends early"));
		assert_non_null(strstr(why, n ? "good up to snapshot" : "no good snapshot"));
	}
	free(data);
}

static void test_every_byte_changed(void **state)
{
	unsigned char *data;
	size_t len, caught = 0;
	char why[512];

	write_record(SNAPSHOTS);
	data = contents(&len);
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			unsigned int n;
			int end;

			data[i] ^= 1 << bit;
			tree_bytes(root, "/record", data, len);
			/* read_all() compares what is handed out */
			end = read_all(&n, why, sizeof(why));
			caught += end != 0;
			/* Unnoticed: bytes of gzip's head nobody needs, bits that pad. */
			if (!end)
				assert_int_equal(n, SNAPSHOTS);
			data[i] ^= 1 << bit;
		}
	}
	assert_true(caught > 8 * len * 95 / 100);
	free(data);
}

static void test_goes_on_behind_its_end(void **state)
{
	unsigned char *data;
	unsigned int n;
	char why[512];
	size_t len;

	write_record(SNAPSHOTS);
	data = contents(&len);
	data[len] = 'x';
	tree_bytes(root, "/record", data, len + 1);
	assert_int_equal(read_all(&n, why, sizeof(why)), -EBADMSG);
	assert_int_equal(n, SNAPSHOTS);
	assert_non_null(strstr(why, "after its end; it is good up to snapshot 4"));
	free(data);
}

static void gzip_file(const char *text, size_t len)
{
	gzFile f = gzopen(path, "w");

	assert_int_equal(gzwrite(f, text, len), len);
	assert_int_equal(gzclose(f), Z_OK);
}

/* A file of lines whose sums are right, whatever they say. */
static void gzip_lines(const char *const *lines, size_t n)
{
	gzFile f = gzopen(path, "w");
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		char head[SUMMED_LINE_TEXT + 1];

		summed_line_begin(lines[i], strlen(lines[i]), &sum, head);
		gzprintf(f, "%s%s\n", head, lines[i]);
	}
	assert_int_equal(gzclose(f), Z_OK);
}

static void not_opened(int err, const char *part)
{
	struct record_reader *r = NULL;
	char why[512] = "";

	assert_int_equal(record_open(path, &r, why, sizeof(why)), err);
	assert_null(r);
	assert_non_null(strstr(why, path));
	if (!strstr(why, part))
		fail_msg("'%s' does not say '%s'", why, part);
	unlink(path);
}

/* Whoever reads a record that is being written comes to an end. */
static void test_grows_while_it_is_read(void **state)
{
	struct record_writer *w = NULL;
	struct record_reader *r = NULL;
	struct snapshot *s;
	unsigned int n = 0;
	char why[512];

	assert_int_equal(record_create(path, NULL, &w), 0);
	for (unsigned int i = 0; i < 3; i++) {
		s = small(i);
		assert_int_equal(record_write(w, s), 0);
		snapshot_free(s);
	}
	assert_int_equal(record_open(path, &r, why, sizeof(why)), 0);
	do {
		s = small(3 + n);
		assert_int_equal(record_write(w, s), 0);
		snapshot_free(s);
	} while (record_read(r, &s) > 0 && (snapshot_free(s), ++n < 1000));
	assert_int_equal(n, 3);
	assert_non_null(
		strstr(record_why(r), "is being written); it is good up to snapshot 3"));
	record_close(r);
	assert_int_equal(record_finish(w), 0);
}

static void test_foreign_files(void **state)
{
	static const char *const headers[] = {
		"null",
		"{}",
		"[]",
		"{\"schema\":null}",
		"{\"schema\":\"pgtop.map\"}",
		"{\"schema\":\"pgtop.record\"}",
		"{\"schema\":\"pgtop.record\",\"version\":1,\"probe\":{}}",
		"{\"schema\":\"pgtop.record\",\"version\":1,\"probe\":[5]}",
	};
	const char *newer = "{\"schema\":\"pgtop.record\",\"version\":2}";

	not_opened(-ENOENT, "cannot be opened: No such file");
	tree_file(root, "/record", "");
	not_opened(-ENODATA, "is not a pgtop record");
	tree_file(root, "/record", "# a text\n");
	not_opened(-EBADMSG, "is not a pgtop record");
	gzip_file("", 0);
	not_opened(-EBADMSG, "is not a pgtop record");
	gzip_file("hello\nworld\n", 12);
	not_opened(-EBADMSG, "is not a pgtop record");
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		gzip_lines(&headers[i], 1);
		not_opened(-EBADMSG, "is not a pgtop record");
	}
	gzip_lines(&newer, 1);
	not_opened(-EPROTONOSUPPORT, "of version 2, this pgtop reads version 1");
	assert_int_equal(mkdir(path, 0755), 0);
	not_opened(-EISDIR, "Is a directory");
	rmdir(path);
}

static void ends(const char *const *lines, size_t n, unsigned int good, int err,
		 const char *part)
{
	struct record_reader *r = NULL;
	struct snapshot *s;
	char why[512];
	int end;

	gzip_lines(lines, n);
	assert_int_equal(record_open(path, &r, why, sizeof(why)), 0);
	while ((end = record_read(r, &s)) > 0)
		snapshot_free(s);
	assert_int_equal(end, err);
	assert_int_equal(record_count(r), good);
	if (!strstr(record_why(r), part))
		fail_msg("'%s' does not say '%s'", record_why(r), part);
	record_close(r);
}

#define HEADER "{\"schema\":\"pgtop.record\",\"version\":1}"
#define AT(mono, version)                                                                     \
	"{\"schema\":\"pgtop.snapshot.line\",\"version\":" #version ",\"mono_ns\":" #mono     \
	",\"real_ns\":1}"

static void test_snapshots_that_are_none(void **state)
{
	static const char *const of_later[] = { HEADER, AT(1, 1), AT(2, 2) };
	static const char *const backwards[] = { HEADER, AT(2, 1), AT(1, 1) };
	static const char *const again[] = { HEADER, AT(2, 1), AT(2, 1) };
	static const char *const junk[] = { HEADER, AT(1, 1), "x" };

	ends(of_later, 3, 1, -EPROTONOSUPPORT, "version 2, this pgtop reads version 1");
	ends(backwards, 3, 1, -EBADMSG, "older than the one before");
	ends(again, 3, 1, -EBADMSG, "older than the one before");
	ends(junk, 3, 1, -EBADMSG, "not JSON");
	ends(junk, 2, 1, 0, "");
}

/* A line can neither get lost nor come twice. */
static void test_lines_are_a_chain(void **state)
{
	static const char *const lines[] = { HEADER, AT(1, 1), AT(2, 1), AT(3, 1) };
	struct record_reader *r = NULL;
	struct snapshot *s = NULL;
	gzFile f = gzopen(path, "w");
	uint32_t sum = 0;
	char why[512];

	for (size_t i = 0; i < 4; i++) {
		char head[SUMMED_LINE_TEXT + 1];

		summed_line_begin(lines[i], strlen(lines[i]), &sum, head);
		if (i != 2)
			gzprintf(f, "%s%s\n", head, lines[i]);
	}
	gzclose(f);
	assert_int_equal(record_open(path, &r, why, sizeof(why)), 0);
	assert_int_equal(record_read(r, &s), 1);
	snapshot_free(s);
	assert_int_equal(record_read(r, &s), -EBADMSG);
	assert_non_null(strstr(record_why(r), "damaged; it is good up to snapshot 1"));
	record_close(r);
}

/* 100 MB of blanks in 100 kB: given up at the length of a line. */
static void test_bomb(void **state)
{
	static char blanks[1 << 20];
	gzFile f = gzopen(path, "w");

	memset(blanks, ' ', sizeof(blanks));
	for (int i = 0; i < 100; i++)
		assert_int_equal(gzwrite(f, blanks, sizeof(blanks)), sizeof(blanks));
	assert_int_equal(gzclose(f), Z_OK);
	not_opened(-EBADMSG, "is not a pgtop record");
}

static void test_exists(void **state)
{
	struct record_writer *w = NULL;
	unsigned int n;
	char why[512];

	write_record(1);
	assert_int_equal(record_create(path, NULL, &w), -EEXIST);
	assert_null(w);
	assert_int_equal(read_all(&n, why, sizeof(why)), 0);
	assert_int_equal(n, 1);
	snprintf(why, sizeof(why), "%s/no/record", root);
	assert_int_equal(record_create(why, NULL, &w), -ENOENT);
	assert_int_equal(record_finish(NULL), 0);
}

/* The limit on the size of a file stands for a disk that is full. */
static void test_full_disk(void **state)
{
	struct rlimit was, limit;
	struct record_writer *w = NULL;
	unsigned int written = 0, n;
	struct stat st;
	uint64_t bytes;
	char why[512];
	int r = 0;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(record_create(path, NULL, &w), 0);
	limit = (struct rlimit){ 1000, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	while (!r && written < 1000) {
		struct snapshot *s = small(written);

		r = record_write(w, s);
		written += r == 0;
		if (r)
			assert_int_equal(record_write(w, s), r);
		snapshot_free(s);
	}
	assert_int_equal(r, -EFBIG);
	assert_int_equal(record_written(w, &bytes), written);
	assert_int_equal(record_finish(w), -EFBIG);
	/* What there was room for of the one that failed is gone. */
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size == (off_t)bytes && bytes < 1000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(written > 2);
	/* Every snapshot that was accepted is there, nothing else is. */
	assert_int_equal(read_all(&n, why, sizeof(why)), -ENODATA);
	assert_int_equal(n, written);
}

static void test_no_room_for_a_header(void **state)
{
	struct rlimit was, limit;
	struct record_writer *w = NULL;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, SIG_IGN);
	limit = (struct rlimit){ 10, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(record_create(path, NULL, &w), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_null(w);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* The check value of CRC-32/ISO-HDLC: that of "123456789". */
static void test_summed_line(void **state)
{
	char head[SUMMED_LINE_TEXT + 1], line[] = "cbf43926 123456789";
	uint32_t sum = 0;

	summed_line_begin("123456789", 9, &sum, head);
	assert_string_equal(head, "cbf43926 ");
	assert_int_equal(sum, 0xcbf43926);
	sum = 0;
	assert_string_equal(summed_line_check(line, 18, &sum), "123456789");
	assert_int_equal(sum, 0xcbf43926);
	/* the next one's sum goes on from it: not that of a line alone */
	assert_null(summed_line_check(line, 18, &sum));
	sum = 0;
	assert_null(summed_line_check(line, 17, &sum));
	assert_null(summed_line_check(line, 8, &sum));
	assert_null(summed_line_check("CBF43926 123456789", 18, &sum));
	assert_null(summed_line_check("cbf43926:123456789", 18, &sum));
	assert_int_equal(sum, 0);
	assert_non_null(summed_line_check("00000000 ", 9, &sum));
}

#define RECORD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECORD_TEST(test_whole),
		RECORD_TEST(test_without_snapshots),
		RECORD_TEST(test_random_snapshots),
		RECORD_TEST(test_readable_by_others),
		RECORD_TEST(test_cut_at_every_byte),
		RECORD_TEST(test_every_byte_changed),
		RECORD_TEST(test_goes_on_behind_its_end),
		RECORD_TEST(test_grows_while_it_is_read),
		RECORD_TEST(test_foreign_files),
		RECORD_TEST(test_snapshots_that_are_none),
		RECORD_TEST(test_lines_are_a_chain),
		RECORD_TEST(test_bomb),
		RECORD_TEST(test_exists),
		RECORD_TEST(test_full_disk),
		RECORD_TEST(test_no_room_for_a_header),
		cmocka_unit_test(test_summed_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
