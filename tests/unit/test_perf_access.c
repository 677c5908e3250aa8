// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why perf_event_open() is refused: a table of machines, each with one cause.  What is
 * expected comes from perf_event_open(2), capabilities(7), kernel/events/core.c, and for level
 * 3 and 4 from the kernels of Debian and Ubuntu.
 */
#include "tree.h"

#include <linux/capability.h>

#include "host/perf_access.h"
#include "util/util.h"

#define BIT(n) (1ull << (n))
#define NONE   BIT(CAP_SYS_PTRACE)
#define UNIT   (BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_SYS_PTRACE) | BIT(CAP_SYSLOG))
#define ALL    0x1ffffffffffull

#define ADMIN	 "CAP_SYS_ADMIN"
#define PERFMON	 "CAP_PERFMON"
#define SYSCTL	 "kernel.perf_event_paranoid"
#define FILTER	 "seccomp"
#define MODULE	 "security module"
#define CONFIG	 "CONFIG_PERF_EVENTS"
#define LOCKDOWN "lockdown"
#define SPACE	 "user namespace"
#define OPENER	 "pgtop-opener"
#define AGAIN	 "pgtopd again"

static const char *const words[] = { ADMIN,  PERFMON,  SYSCTL, FILTER, MODULE,
				     CONFIG, LOCKDOWN, SPACE,  OPENER };

struct machine {
	const char *name;
	enum perf_use use;
	int err;
	int level; /* 99: the file is missing */
	uint64_t caps;
	bool filtered, locked, user_namespace, all_refused, opener, root;
	int opener_error;
	/* of the words above: what the reason names, and what the remedy names */
	const char *why[3], *remedy[3];
};

static const struct machine machines[] = {
	{ "any user, the kernel's default", .err = -EACCES, .level = 2, .caps = NONE,
	  .why = { SYSCTL, PERFMON }, .remedy = { PERFMON, SYSCTL } },
	{ "any user, level 1: own processes only", .err = -EACCES, .level = 1, .caps = NONE,
	  .why = { SYSCTL, PERFMON }, .remedy = { PERFMON, SYSCTL } },
	{ "pgtopd's unit on Debian", .err = -EACCES, .level = 3, .caps = UNIT,
	  .all_refused = true, .why = { SYSCTL, ADMIN }, .remedy = { SYSCTL, ADMIN } },
	{ "pgtopd's unit on Ubuntu", .err = -EACCES, .level = 4, .caps = UNIT,
	  .all_refused = true, .why = { SYSCTL, ADMIN }, .remedy = { SYSCTL, ADMIN } },
	{ "any user on Debian", .err = -EACCES, .level = 3, .caps = NONE, .all_refused = true,
	  .why = { SYSCTL, ADMIN }, .remedy = { SYSCTL } },
	{ "any user, level 3 on a kernel that does not know it", .err = -EACCES, .level = 3,
	  .caps = NONE, .why = { SYSCTL, PERFMON }, .remedy = { PERFMON, SYSCTL } },
	{ "such capabilities, level 2: the kernel lets it pass", .err = -EACCES, .level = 2,
	  .caps = UNIT, .why = { MODULE }, .remedy = { MODULE } },
	{ "everybody may, and SELinux says no", .err = -EACCES, .level = -1, .caps = NONE,
	  .why = { MODULE }, .remedy = { MODULE } },
	{ "root in a container whose filter says EACCES", .err = -EACCES, .level = 2,
	  .caps = ALL, .filtered = true, .why = { FILTER, MODULE },
	  .remedy = { FILTER, MODULE } },
	{ "root of a user namespace", .err = -EACCES, .level = 2, .caps = ALL,
	  .user_namespace = true, .why = { SYSCTL, SPACE }, .remedy = { SPACE } },
	{ "root of a user namespace on Debian", .err = -EACCES, .level = 3, .caps = ALL,
	  .user_namespace = true, .all_refused = true, .why = { SYSCTL, SPACE },
	  .remedy = { SPACE } },
	{ "a container as Docker makes it", .err = -EPERM, .level = 2, .caps = NONE,
	  .filtered = true, .why = { FILTER }, .remedy = { FILTER } },
	{ "a container as Podman makes it: as if there were no such call", .err = -ENOSYS,
	  .level = 2, .caps = NONE, .filtered = true, .why = { FILTER },
	  .remedy = { FILTER } },
	{ "the same, and /proc/self/status does not tell of filters", .err = -ENOSYS,
	  .level = 2, .caps = ALL, .why = { FILTER }, .remedy = { FILTER } },
	{ "a kernel without perf events", .err = -ENOSYS, .level = 99, .caps = ALL,
	  .why = { CONFIG }, .remedy = { CONFIG } },
	{ "EPERM without a filter", .err = -EPERM, .level = 2, .caps = ALL, .why = { MODULE },
	  .remedy = { MODULE } },
	{ "counting under lockdown: lockdown does not forbid it", .err = -EPERM, .level = 2,
	  .caps = ALL, .locked = true, .why = { MODULE }, .remedy = { MODULE } },
	{ "a kprobe under lockdown", .use = PERF_USE_KPROBE, .err = -EPERM, .level = 2,
	  .caps = ALL, .locked = true, .why = { LOCKDOWN }, .remedy = { LOCKDOWN } },
	{ "a kprobe: no level replaces CAP_PERFMON", .use = PERF_USE_KPROBE, .err = -EACCES,
	  .level = -1, .caps = NONE, .why = { PERFMON }, .remedy = { PERFMON } },
	{ "a kprobe with such capabilities on Debian", .use = PERF_USE_KPROBE, .err = -EACCES,
	  .level = 3, .caps = UNIT, .all_refused = true, .why = { SYSCTL, ADMIN },
	  .remedy = { SYSCTL, ADMIN } },
	{ "a kprobe of any user on Debian", .use = PERF_USE_KPROBE, .err = -EACCES, .level = 3,
	  .caps = NONE, .all_refused = true, .why = { SYSCTL, ADMIN }, .remedy = { NULL } },
};

static bool listed(const char *const list[3], const char *word)
{
	for (int i = 0; i < 3 && list[i]; i++) {
		if (!strcmp(list[i], word))
			return true;
	}
	return false;
}

/* Of all words that could be blamed, those expected and no others. */
static void expect_words(const char *machine, const char *text, const char *const want[3])
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!!strstr(text, words[i]) != listed(want, words[i]))
			fail_msg("%s: '%s' %s '%s'", machine, text,
				 listed(want, words[i]) ? "does not name" : "names", words[i]);
	}
}

static struct perf_access access_of(const struct machine *m)
{
	return (struct perf_access){
		.have_sysctl = true,
		.have_level = m->level != 99,
		.level = m->level,
		.have_caps = true,
		.caps = m->caps,
		.user_namespace = m->user_namespace,
		.filtered = m->filtered,
		.locked = m->locked,
		.all_refused = m->all_refused,
		.opener = m->opener,
		.opener_error = m->opener_error,
		.root = m->root,
	};
}

static void test_causes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		const struct machine *m = &machines[i];
		struct perf_access a = access_of(m);
		const char *remedy = NULL;
		char why[256];

		perf_access_explain(&a, m->use, perf_access_judge(&a, m->use, m->err),
				    "count cycles", why, sizeof(why), &remedy);
		assert_non_null(strstr(why, "cannot count cycles"));
		assert_non_null(remedy);
		expect_words(m->name, why, m->why);
		expect_words(m->name, remedy, m->remedy);
	}
}

/* A capability that is held, where it counts, is no remedy. */
static void test_no_useless_remedy(void **state)
{
	static const int errs[] = { -EACCES, -EPERM, -ENOSYS };
	static const uint64_t sets[] = { NONE, UNIT, ALL, BIT(CAP_PERFMON),
					 BIT(CAP_SYS_ADMIN) };

	for (unsigned int n = 0; n < 8 * 6 * ARRAY_SIZE(sets) * ARRAY_SIZE(errs); n++) {
		struct perf_access a = { .have_sysctl = true,
					 .have_level = true,
					 .have_caps = true,
					 .level = (int)(n / 8 % 6) - 1,
					 .filtered = n & 1,
					 .locked = n & 2,
					 .all_refused = n & 4 };
		int err = errs[n / 48 % ARRAY_SIZE(errs)];
		const char *remedy = NULL;
		char why[256];

		a.caps = sets[n / 48 / ARRAY_SIZE(errs)];
		perf_access_explain(&a, PERF_USE_COUNT,
				    perf_access_judge(&a, PERF_USE_COUNT, err), "count", why,
				    sizeof(why), &remedy);
		if (a.caps & BIT(CAP_PERFMON))
			assert_null(strstr(remedy, PERFMON));
		if (a.caps & BIT(CAP_SYS_ADMIN))
			assert_null(strstr(remedy, ADMIN));
	}
}

static void test_allows(void **state)
{
	static const struct {
		int level;
		uint64_t caps;
		bool user_namespace, all_refused, opener, want;
	} t[] = {
		{ 0, 0, false, false, false, true },
		{ -1, 0, true, false, false, true },
		{ 1, NONE, false, false, false, false },
		{ 2, UNIT, false, false, false, true },
		{ 2, UNIT, true, false, false, false },
		{ 3, UNIT, false, true, false, false },
		{ 3, UNIT, false, true, true, true },
		{ 3, UNIT, false, false, false, true },
		{ 3, ALL, false, false, false, true },
		{ 4, NONE, false, false, false, false },
		{ 4, BIT(CAP_SYS_ADMIN), false, false, false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct perf_access a = { .have_level = true,
					 .have_caps = true,
					 .level = t[i].level,
					 .caps = t[i].caps,
					 .user_namespace = t[i].user_namespace,
					 .all_refused = t[i].all_refused,
					 .opener = t[i].opener };

		assert_int_equal(perf_access_allows(&a), t[i].want);
	}
}

#define STATUS "/proc/self/status"

static void test_read(void **state)
{
	char *root = tree_new();
	const struct host h = { .root = root };
	struct perf_access a;

	perf_access_read(&h, &a);
	assert_false(a.have_sysctl || a.have_level || a.have_caps || a.user_namespace ||
		     a.filtered || a.locked || a.all_refused || a.opener || a.root);
	tree_file(root, "/proc/sys/kernel/perf_event_paranoid", "-1\n");
	tree_file(root, STATUS,
		  "Name:\tx\nUid:\t1000\t0\t0\t0\nCapEff:\t0000004000000000\nSeccomp:\t2\n");
	tree_file(root, "/proc/self/uid_map", "         0          0 4294967295\n");
	tree_file(root, "/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	perf_access_read(&h, &a);
	assert_true(a.have_sysctl && a.have_level && a.have_caps && a.filtered && a.locked &&
		    a.root);
	assert_int_equal(a.level, -1);
	assert_int_equal(a.caps, BIT(CAP_PERFMON));
	assert_false(a.user_namespace);
	tree_file(root, "/proc/self/uid_map", "         0       1000          1\n");
	tree_file(root, STATUS, "CapEff:\t0000004000000000\nSeccomp:\t0\n");
	tree_file(root, "/proc/sys/kernel/perf_event_paranoid", "rubbish\n");
	perf_access_read(&h, &a);
	assert_true(a.user_namespace);
	assert_false(a.filtered || a.have_level);
	tree_free(root);
}

/* Nothing of /proc: nobody is blamed. */
static void test_unknown(void **state)
{
	const struct perf_access a = { 0 };
	const char *remedy;
	char why[256];

	assert_int_equal(perf_access_judge(&a, PERF_USE_COUNT, -EACCES), PERF_REFUSAL_UNKNOWN);
	assert_int_equal(perf_access_judge(&a, PERF_USE_COUNT, -ENOSYS), PERF_REFUSAL_UNKNOWN);
	perf_access_explain(&a, PERF_USE_COUNT, PERF_REFUSAL_UNKNOWN, "count cycles", why,
			    sizeof(why), &remedy);
	expect_words("no /proc", why, (const char *const[3]){ NULL });
	assert_non_null(strstr(remedy, "mount /proc"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_causes),	cmocka_unit_test(test_no_useless_remedy),
		cmocka_unit_test(test_allows),	cmocka_unit_test(test_read),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
