// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <zlib.h>

#include "util/file.h"
#include "durable/staging.h"

#define KFENCE "kfence.sample_interval=100"

/* --- what to stage ---------------------------------------------------------- */

static void expect(struct linmap_inputs in, enum rodata floor, const char *staged,
		   const char *params)
{
	struct staging s;

	staging_advise(&in, floor, staged, &s);
	assert_string_equal(s.params, params);
	assert_non_null(s.why);
	assert_true(strlen(s.why) > 10);
}

/* Debian 12 and 13 on arm64: rodata=full, KFENCE built with interval 0. */
static const struct linmap_inputs debian = { .walked = LINMAP_WALKED_PAGES,
					     .rodata = RODATA_FULL,
					     .kfence = true,
					     .kfence_late = true };

static void test_floor(void **state)
{
	struct linmap_inputs in = debian;

	expect(in, RODATA_FULL, "", "");
	expect(in, RODATA_ON, "", "rodata=on " KFENCE);
	expect(in, RODATA_OFF, "", "rodata=on " KFENCE);
	in.kfence_late = false;
	expect(in, RODATA_FULL, "", "");
	expect(in, RODATA_ON, "", "rodata=on");
	/* The administrator has weakened it himself: KFENCE is all that is in the way. */
	in = debian;
	in.rodata = RODATA_ON;
	expect(in, RODATA_FULL, "", KFENCE);
	in.rodata = RODATA_OFF;
	expect(in, RODATA_FULL, "", KFENCE);
	in.kfence_late = false;
	expect(in, RODATA_ON, "", "");
}

/* The machine after the boot that was advised: the advice stays, or the next boot undoes it.
 */
static void test_in_effect(void **state)
{
	struct linmap_inputs in = { .rodata = RODATA_ON,
				    .rodata_given = true,
				    .kfence = true };

	expect(in, RODATA_ON, "rodata=on " KFENCE, "rodata=on " KFENCE);
	expect(in, RODATA_ON, "rodata=on", "rodata=on");
	expect(in, RODATA_OFF, KFENCE, KFENCE);
	/* none of it ours */
	expect(in, RODATA_ON, "", "");
	/* the floor was raised since */
	expect(in, RODATA_FULL, "rodata=on " KFENCE, "");
	/* words are whole words */
	expect(in, RODATA_ON, "xrodata=on rodata=once", "");
}

static void test_newer_word(void **state)
{
	struct linmap_inputs in = debian;

	in.noalias_word = true;
	expect(in, RODATA_ON, "", "rodata=noalias " KFENCE);
	/* staged by an older kernel: not what this one calls it */
	in.rodata = RODATA_FULL;
	expect(in, RODATA_ON, "rodata=on " KFENCE, "rodata=noalias " KFENCE);
}

/* Neoverse N3 on 7.3: pgtop of 0.1.0 would have weakened a kernel that had blocks. */
static void test_page_tables_decide(void **state)
{
	struct linmap_inputs in = debian;

	in.walked = LINMAP_WALKED_BLOCKS;
	expect(in, RODATA_OFF, "", "");
	/* staged for the kernel before: withdrawn, as this one needs none of it */
	expect(in, RODATA_OFF, "rodata=on " KFENCE, "");
	in.walked = LINMAP_NOT_WALKED;
	expect(in, RODATA_OFF, "", "");
	/* the kernel's own word will do */
	in.told = LINMAP_PTE;
	expect(in, RODATA_ON, "", "rodata=on " KFENCE);
	/* what was staged brought the blocks, and stays */
	in = (struct linmap_inputs){ .walked = LINMAP_WALKED_BLOCKS,
				     .rodata = RODATA_ON,
				     .rodata_given = true,
				     .kfence = true };
	expect(in, RODATA_ON, "rodata=on " KFENCE, "rodata=on " KFENCE);
	in.walked = LINMAP_NOT_WALKED;
	expect(in, RODATA_ON, "rodata=on " KFENCE, "rodata=on " KFENCE);
}

static void test_nothing_helps(void **state)
{
	struct linmap_inputs in = debian;

	in.bbml2 = true;
	expect(in, RODATA_OFF, "", "");
	/* what was staged is withdrawn on CPUs that a newer kernel serves better */
	in.split_on_demand = true;
	in.rodata = RODATA_ON;
	expect(in, RODATA_OFF, "rodata=on " KFENCE, "");
	in = debian;
	in.realm = true;
	expect(in, RODATA_OFF, "", "");
	in = debian;
	in.debug_pagealloc = true;
	expect(in, RODATA_OFF, "", "");
	in = debian;
	in.kfence_any = true;
	expect(in, RODATA_OFF, "", "");
	in = debian;
	in.crashkernel = true;
	expect(in, RODATA_OFF, "", "");
}

/* --- the file --------------------------------------------------------------- */

struct place {
	char *root, path[256];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	p->root = tree_new();
	snprintf(p->path, sizeof(p->path), "%s/pgtop.cfg", p->root);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	tree_free(p->root);
	free(p);
	return 0;
}

static const struct staging both = { .params = "rodata=on " KFENCE, .why = "Because." };
static const struct staging none = { .why = "Nothing to do." };

static void test_write_and_withdraw(void **state)
{
	const struct place *p = *state;
	char params[STAGING_PARAMS];
	struct stat before, after;

	assert_int_equal(staging_read(p->path, params), 0);
	assert_string_equal(params, "");
	assert_int_equal(staging_write(p->path, &none), 0);
	assert_int_equal(access(p->path, F_OK), -1);
	assert_int_equal(staging_write(p->path, &both), 1);
	assert_int_equal(staging_read(p->path, params), 0);
	assert_string_equal(params, both.params);
	assert_int_equal(stat(p->path, &before), 0);
	assert_int_equal(before.st_mode & 07777, 0644);
	/* unchanged: not written */
	assert_int_equal(staging_write(p->path, &both), 0);
	assert_int_equal(stat(p->path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	assert_int_equal(staging_write(p->path, &none), 1);
	assert_int_equal(access(p->path, F_OK), -1);
}

/* What grub-mkconfig does with it: the shell reads it. */
static void test_shell(void **state)
{
	const struct place *p = *state;
	char command[512], got[256] = "";
	FILE *sh;

	assert_int_equal(staging_write(p->path, &both), 1);
	snprintf(
		command, sizeof(command),
		"GRUB_CMDLINE_LINUX='quiet a=\"b c\"'; . %s; printf %%s \"$GRUB_CMDLINE_LINUX\"",
		p->path);
	sh = popen(command, "r");
	assert_non_null(sh);
	assert_non_null(fgets(got, sizeof(got), sh));
	assert_int_equal(pclose(sh), 0);
	assert_string_equal(got, "quiet a=\"b c\" rodata=on " KFENCE);
}

/* As the program of 0.1.0 wrote it: docs/formats.md. */
#define FIRST_0_1_0  "# Written by pgtopd(8); not if edited. Sum: "
#define ASSIGN_0_1_0 "\nGRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX "

static void test_written_by_0_1_0(void **state)
{
	static const char text[] = FIRST_0_1_0
		"25f7d57f\n"
		"# Takes effect with update-grub(8) and a boot; removed when no longer advised.\n"
		"# Full protection makes the kernel map pages singly." ASSIGN_0_1_0
		"rodata=on kfence.sample_interval=100\"\n";
	const struct place *p = *state;
	char params[STAGING_PARAMS];

	tree_file(p->root, "/pgtop.cfg", text);
	assert_int_equal(staging_read(p->path, params), 0);
	assert_string_equal(params, "rodata=on " KFENCE);
	assert_int_equal(staging_write(p->path, &none), 1);
	assert_int_equal(access(p->path, F_OK), -1);
}

/* By these it knows a file of its own again; the sum is of all that follows the first line. */
static void test_read_by_0_1_0(void **state)
{
	char text[STAGING_TEXT], sum_text[16], *rest;

	assert_true(staging_text(&both, text) > 0);
	assert_memory_equal(text, FIRST_0_1_0, strlen(FIRST_0_1_0));
	rest = strchr(text, '\n') + 1;
	snprintf(sum_text, sizeof(sum_text), "%08lx\n",
		 crc32(0, (const unsigned char *)rest, strlen(rest)));
	assert_memory_equal(text + strlen(FIRST_0_1_0), sum_text, strlen(sum_text));
	assert_non_null(strstr(rest, ASSIGN_0_1_0 "rodata=on " KFENCE "\"\n"));
}

static void test_edited(void **state)
{
	const struct place *p = *state;
	char params[STAGING_PARAMS], *text;
	size_t len;

	assert_int_equal(staging_write(p->path, &both), 1);
	assert_int_equal(file_read(NULL, p->path, &text, &len), 0);
	for (size_t i = 0; i < len; i++) {
		text[i] ^= 1;
		tree_bytes(p->root, "/pgtop.cfg", text, len);
		assert_int_equal(staging_read(p->path, params), -EBADMSG);
		assert_int_equal(staging_write(p->path, &none), -EBADMSG);
		text[i] ^= 1;
		tree_bytes(p->root, "/pgtop.cfg", text, i);
		assert_int_equal(staging_write(p->path, &none), -EBADMSG);
	}
	assert_int_equal(access(p->path, F_OK), 0);
	free(text);
}

static void test_somebody_elses(void **state)
{
	static const char text[] = "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX rodata=off\"\n";
	const struct place *p = *state;
	char *got;

	tree_file(p->root, "/pgtop.cfg", text);
	assert_int_equal(staging_write(p->path, &both), -EBADMSG);
	assert_int_equal(staging_write(p->path, &none), -EBADMSG);
	assert_int_equal(file_read(NULL, p->path, &got, NULL), 0);
	assert_string_equal(got, text);
	free(got);
}

static void test_no_place(void **state)
{
	const struct place *p = *state;
	char path[512];

	snprintf(path, sizeof(path), "%s/none/pgtop.cfg", p->root);
	assert_int_equal(staging_write(path, &both), -ENOENT);
	assert_int_equal(staging_write(path, &none), 0);
	assert_int_equal(staging_write(p->root, &both), -EISDIR);
}

static void test_only_plain_words(void **state)
{
	static const char *const bad[] = { "",	   "a\"b", "a$b", "a`b", "a\\b",
					   "a\nb", "a'b",  "a;b", "a#b", "a\x80" };
	char text[STAGING_TEXT];
	struct staging s = both;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(s.params, sizeof(s.params), "%s", bad[i]);
		assert_int_equal(staging_text(&s, text), -EINVAL);
	}
	s = both;
	s.why = "two\nlines";
	assert_int_equal(staging_text(&s, text), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_in_effect),
		cmocka_unit_test(test_newer_word),
		cmocka_unit_test(test_page_tables_decide),
		cmocka_unit_test(test_nothing_helps),
		cmocka_unit_test_setup_teardown(test_write_and_withdraw, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shell, setup, teardown),
		cmocka_unit_test_setup_teardown(test_written_by_0_1_0, setup, teardown),
		cmocka_unit_test(test_read_by_0_1_0),
		cmocka_unit_test_setup_teardown(test_edited, setup, teardown),
		cmocka_unit_test_setup_teardown(test_somebody_elses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_place, setup, teardown),
		cmocka_unit_test(test_only_plain_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
