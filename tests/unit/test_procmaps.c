// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "host/procmaps.h"
#include "util/util.h"

static void test_names(void **state)
{
	static const char *const lines[] = {
		"400000-401000 r--p 00000000 fd:00 12  /usr/bin/with blank (deleted)",
		"401000-402000 r-xp 00001000 fd:00 12 /bin/x",
		"7f0000000000-7f0000021000 rw-p 00000000 00:00 0 ",
		"7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0   [stack]",
		"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]",
	};
	struct procmaps m = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(procmaps_add(&m, lines[i]), 0);
	assert_int_equal(m.n, 5);
	assert_string_equal(procmaps_name(&m, 0x400000), "/usr/bin/with blank (deleted)");
	assert_string_equal(procmaps_name(&m, 0x400fff), "/usr/bin/with blank (deleted)");
	assert_string_equal(procmaps_name(&m, 0x401000), "/bin/x");
	assert_string_equal(procmaps_name(&m, 0x7f0000000000), "");
	assert_string_equal(procmaps_name(&m, 0x7ffd00000000), "[stack]");
	assert_string_equal(procmaps_name(&m, 0xffffffffff600000), "[vsyscall]");
	assert_string_equal(procmaps_name(&m, 0x3fffff), "");
	assert_string_equal(procmaps_name(&m, 0x402000), "");
	assert_string_equal(procmaps_name(&m, UINT64_MAX), "");
	procmaps_done(&m);
	assert_string_equal(procmaps_name(&m, 0x400000), "");
}

static void test_bad(void **state)
{
	static const char *const lines[] = {
		"",
		"garbage",
		"1000-",
		"1000-1000 r--p 0 0:0 0",
		"2000-1000 r--p 0 0:0 0",
		"1000-2000",
		"11111111111111111-2 r--p 0 0:0 0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct procmaps m = { 0 };

		if (procmaps_add(&m, lines[i]) != -EBADMSG)
			fail_msg("'%s'", lines[i]);
		assert_int_equal(m.n, 0);
	}
}

/* What two reads of a file that changes between them can show: the second line and what comes
 * of both. */
static void test_overlap(void **state)
{
	static const struct {
		const char *line;
		size_t n;
		uint64_t start, end; /* of the last one */
		const char *at_2800, *at_3800;
	} second[] = {
		{ "3000-4000 r--p 0 0:0 0 b", 2, 0x3000, 0x4000, "a", "b" },
		/* grown downward, or merged with what is behind */
		{ "2000-4000 r--p 0 0:0 0 b", 2, 0x3000, 0x4000, "a", "b" },
		{ "1000-4000 r--p 0 0:0 0 b", 2, 0x3000, 0x4000, "a", "b" },
		{ "0-4000 r--p 0 0:0 0 b", 2, 0x3000, 0x4000, "a", "b" },
		/* nothing of it is new */
		{ "2000-3000 r--p 0 0:0 0 b", 1, 0x1000, 0x3000, "a", "" },
		{ "1000-2000 r--p 0 0:0 0 b", 1, 0x1000, 0x3000, "a", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(second); i++) {
		struct procmaps m = { 0 };

		assert_int_equal(procmaps_add(&m, "1000-3000 r--p 0 0:0 0 a"), 0);
		assert_int_equal(procmaps_add(&m, second[i].line), 0);
		if (m.n != second[i].n || m.entries[m.n - 1].start != second[i].start ||
		    m.entries[m.n - 1].end != second[i].end)
			fail_msg("%s", second[i].line);
		assert_string_equal(procmaps_name(&m, 0x2800), second[i].at_2800);
		assert_string_equal(procmaps_name(&m, 0x3800), second[i].at_3800);
		procmaps_done(&m);
	}
}

static void test_limit(void **state)
{
	struct procmaps m = { 0 };
	char line[64];

	m.entries = calloc(PROCMAPS_MAX, sizeof(*m.entries));
	assert_non_null(m.entries);
	m.n = PROCMAPS_MAX;
	snprintf(line, sizeof(line), "1000-2000 r--p 0 0:0 0 a");
	assert_int_equal(procmaps_add(&m, line), -EFBIG);
	procmaps_done(&m);
}

static void test_read(void **state)
{
	struct procmaps m;

	assert_int_equal(procmaps_read("", getpid(), &m), 0);
	assert_string_equal(procmaps_name(&m, (uintptr_t)&m), "[stack]");
	procmaps_done(&m);
	assert_int_equal(procmaps_read("/nowhere", 1, &m), -ENOENT);
	assert_int_equal(m.n, 0);
}

/* 130,000 mappings of a file with a long name: 26 MiB, as search engines have them */
static void test_large(void **state)
{
	char *root = tree_new(), path[256], name[121];
	struct procmaps m;
	FILE *f;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(path, sizeof(path), "%s/proc/7/maps", root);
	tree_parents(root, path);
	f = fopen(path, "w");
	assert_non_null(f);
	for (unsigned int i = 0; i < 130000; i++)
		fprintf(f, "%016x-%016x %s 00000000 fe:01 1310742%34s/%s/%s\n", i << 12,
			(i + 1) << 12, i & 1 ? "r--s" : "---s", "", name,
			i < 65000 ? "index" : "other");
	assert_true(ftell(f) > 16 << 20);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(procmaps_read(root, 7, &m), 0);
	assert_int_equal(m.n, 130000);
	assert_int_equal(m.nnames, 2);
	assert_non_null(strstr(procmaps_name(&m, 5 << 12), "d/index"));
	assert_non_null(strstr(procmaps_name(&m, 129999u << 12), "d/other"));
	procmaps_done(&m);
	tree_free(root);
}

static atomic_bool racing;

/* Split and merge mappings, as fast as may be. */
static void *race(void *arg)
{
	unsigned int seed = 1;
	char *base = arg;

	while (racing) {
		size_t at = rand_r(&seed) % 2000 * 8192, len = (1 + rand_r(&seed) % 16) * 4096;

		mprotect(base + at, len,
			 rand_r(&seed) & 1 ? PROT_READ : PROT_READ | PROT_WRITE);
		if (rand_r(&seed) % 64 == 0)
			mprotect(base, 1 << 24, PROT_NONE);
	}
	return NULL;
}

static void test_race(void **state)
{
	char *base = mmap(NULL, 1 << 24, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t thread[2];

	assert_ptr_not_equal(base, MAP_FAILED);
	racing = true;
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, race, base), 0);
	for (int i = 0; i < 300; i++) {
		struct procmaps m;

		assert_int_equal(procmaps_read("", getpid(), &m), 0);
		assert_string_equal(procmaps_name(&m, (uintptr_t)&m), "[stack]");
		procmaps_done(&m);
	}
	racing = false;
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++)
		pthread_join(thread[i], NULL);
	munmap(base, 1 << 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	cmocka_unit_test(test_bad),
		cmocka_unit_test(test_overlap), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_read),	cmocka_unit_test(test_large),
		cmocka_unit_test(test_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
