// SPDX-License-Identifier: GPL-2.0-only
/* pgtopd.conf(5): what is accepted, what is refused, and in which words. */
#include "config.h"
#include "tree.h"
#include "util/util.h"

#define S UINT64_C(1000000000)

struct told {
	unsigned int n;
	char first[CONFIG_MESSAGE], all[8 * CONFIG_MESSAGE];
};

static void tell(void *arg, const char *message)
{
	struct told *t = arg;
	size_t at = strlen(t->all);

	if (!t->n++)
		snprintf(t->first, sizeof(t->first), "%s", message);
	snprintf(t->all + at, sizeof(t->all) - at, "%s\n", message);
}

static int parse(struct config *c, struct told *t, const char *text)
{
	memset(t, 0, sizeof(*t));
	config_defaults(c);
	return config_parse(c, "a.conf", text, tell, t);
}

static void test_defaults(void **state)
{
	struct config c;

	config_defaults(&c);
	assert_int_equal(c.policy.mode, POLICY_OBSERVE);
	assert_int_equal(c.policy.window_ns, 10 * S);
	assert_int_equal(c.exit, EXIT_RESTORE);
	assert_int_equal(c.boot.floor, RODATA_FULL);
	assert_false(c.boot.stage);
	assert_string_equal(c.socket, "/run/pgtop/control");
	assert_string_equal(c.state_dir, "/var/lib/pgtop");
	assert_true(c.policy.alpha == 0.01);
	assert_true(c.policy.min_effect == 0.03);
}

static void test_values(void **state)
{
	struct config c;
	struct told t;

	assert_int_equal(parse(&c, &t,
			       "# comment\n; another\n\n"
			       "[daemon]\n"
			       "mode = tune   ; to the end of the line\n"
			       "  window=5 min\n"
			       "exit: keep\n"
			       "state_dir = /srv/state dir\n"
			       "[trial]\nalpha = 2.5%\nmin_effect=.1\nmeasure_windows = 7\n"
			       "[policy]\r\nshmem = on\r\ncooldown = 1d\r\n"
			       "[boot]\nfloor = off\n[export]\ntextfile = /srv/x.prom\n"
			       "[pmu]\ndtlb_walk = minor-faults+major-faults"),
			 0);
	assert_int_equal(t.n, 0);
	assert_int_equal(c.policy.mode, POLICY_TUNE);
	assert_int_equal(c.policy.window_ns, 300 * S);
	assert_int_equal(c.exit, EXIT_KEEP);
	assert_string_equal(c.state_dir, "/srv/state dir");
	assert_true(c.policy.alpha > 0.0249999 && c.policy.alpha < 0.0250001);
	assert_true(c.policy.min_effect == 0.1);
	assert_int_equal(c.policy.measure_windows, 7);
	assert_true(c.policy.shmem);
	assert_int_equal(c.policy.cooldown_ns, 86400 * S);
	assert_int_equal(c.boot.floor, RODATA_OFF);
	assert_string_equal(c.export.textfile, "/srv/x.prom");
	assert_string_equal(c.event[ROLE_DTLB_WALK], "minor-faults+major-faults");
}

static void test_later_wins(void **state)
{
	struct config c;
	struct told t;

	assert_int_equal(parse(&c, &t, "[daemon]\nwindow = 1s\nwindow = 2s\n"), 0);
	assert_int_equal(c.policy.window_ns, 2 * S);
	assert_int_equal(config_parse(&c, "b.conf", "[daemon]\nwindow = 3", tell, &t), 0);
	assert_int_equal(c.policy.window_ns, 3 * S);
}

static void test_messages(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{ "[daemon]\nmode = fast\n",
		  "a.conf:2: [daemon] mode = fast: not observe, advise or tune" },
		{ "\n\n[daemon]\nwindow = 0s",
		  "a.conf:4: [daemon] window = 0s: not a time from 1s to 1h, with the unit s, "
		  "min, h or d" },
		{ "[policy]\nshmem = maybe",
		  "a.conf:2: [policy] shmem = maybe: not yes or no" },
		{ "[daemon]\nsocket = control",
		  "a.conf:2: [daemon] socket = control: not an absolute path of at most 107 "
		  "bytes" },
		{ "[export]\ntextfile = /var/lib/node_exporter/pgtop.txt",
		  "a.conf:2: [export] textfile = /var/lib/node_exporter/pgtop.txt: not an "
		  "absolute path of at most 199 bytes that ends in .prom" },
		{ "[policy]\nbreaker_reverts = 0",
		  "a.conf:2: [policy] breaker_reverts = 0: not a whole number from 1 to 1000" },
		{ "[guards]\nbloat_max = 101%",
		  "a.conf:2: [guards] bloat_max = 101%: not a number from 0 to 1, also as a "
		  "percentage" },
		{ "[boot]\nflor = full",
		  "a.conf:2: [boot] flor = full: there is no such key; there is stage, floor or "
		  "grub_dropin" },
		{ "[trail]\nalpha = 0.1",
		  "a.conf:2: [trail] alpha = 0.1: there is no such section; there is daemon, "
		  "policy, trial, guards, export, history, boot or pmu" },
		{ "mode = tune", "a.conf:1: mode = tune: no [section] stands before it" },
		{ "[daemon]\nmode tune\n", "a.conf:2: neither [section] nor key = value" },
		{ "[daemon\n", "a.conf:1: neither [section] nor key = value" },
		{ "[daemon]\nmode = a\001b\n",
		  "a.conf:2: [daemon] mode = a?b: not observe, advise or tune" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct config c;
		struct told t;

		/* a newer pgtopd may have what there is not */
		assert_int_equal(parse(&c, &t, bad[i].text),
				 strstr(bad[i].message, "there is no such") ? CONFIG_UNKNOWN
									    : -EINVAL);
		assert_string_equal(t.first, bad[i].message);
		assert_int_equal(t.n, 1);
	}
}

/* What is known counts all the same; what is wrong outweighs what is unknown. */
static void test_unknown(void **state)
{
	struct config c;
	struct told t;

	assert_int_equal(parse(&c, &t, "[daemon]\nnew = 1\nwindow = 3\n[newer]\nx = 2\n"),
			 CONFIG_UNKNOWN);
	assert_int_equal(t.n, 2);
	assert_int_equal(c.policy.window_ns, 3 * S);
	assert_int_equal(parse(&c, &t, "[daemon]\nwindow = x\nnew = 1\n"), -EINVAL);
	assert_int_equal(parse(&c, &t, "[daemon]\nnew = 1\nwindow = x\n"), -EINVAL);
}

static void test_auto(void **state)
{
	struct config c;
	struct told t;

	assert_int_equal(parse(&c, &t, "[guards]\nswap_out_max = 5\n"), 0);
	assert_true(c.policy.swap_out_max == 5 && c.policy.unfolds_max == POLICY_AUTO);
	assert_int_equal(parse(&c, &t, "[guards]\nswap_out_max = auto\n"), 0);
	assert_true(c.policy.swap_out_max == POLICY_AUTO);
	assert_int_equal(parse(&c, &t, "[guards]\nswap_out_max = -1\n"), -EINVAL);
	assert_int_equal(parse(&c, &t, "[guards]\nbloat_max = auto\n"), -EINVAL);
}

static void test_numbers_refused(void **state)
{
	static const char *const bad[] = {
		"[daemon]\nwindow = 1.5s",
		"[daemon]\nwindow = -1s",
		"[daemon]\nwindow = 2h",
		"[daemon]\nwindow = 10 parsecs",
		"[daemon]\nwindow =",
		"[daemon]\nwindow = 99999999999999999999s",
		"[policy]\ncooldown = 213504d", /* 26 minutes modulo 2^64 ns */
		"[policy]\nbackoff_max = 5124096h",
		"[policy]\ncooldown = 307445735min",
		"[trial]\nalpha = nan",
		"[trial]\nalpha = 0x1p-3",
		"[trial]\nalpha = inf",
		"[trial]\nalpha = 0",
		"[trial]\nalpha = 0.1 0.2",
		"[trial]\nalpha = 1%%",
		"[trial]\nalpha = -1",
		"[trial]\nmeasure_windows = 2",
		"[trial]\nmeasure_windows = 1e2",
		"[trial]\nmeasure_windows = 4294967303",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct config c;
		struct told t;

		if (parse(&c, &t, bad[i]) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
	}
}

/* Nothing of a line is lost in silence. */
static void test_long_line(void **state)
{
	char text[1024] = "[daemon]\nstate_dir = /";
	struct config c;
	struct told t;

	memset(text + strlen(text), 'x', 500);
	assert_int_equal(parse(&c, &t, text), -EINVAL);
	assert_non_null(strstr(t.first, "a.conf:2: the line is longer than 198 characters"));
	assert_string_equal(c.state_dir, "/var/lib/pgtop");
}

/* Everything that is wrong is told, not only the first. */
static void test_all_told(void **state)
{
	struct config c;
	struct told t;

	assert_int_equal(parse(&c, &t, "[daemon]\nmode = a\nwindow = b\n[x]\ny = z\n"),
			 -EINVAL);
	assert_int_equal(t.n, 3);
}

static void print(const struct config *c, char *buf, size_t len)
{
	FILE *f = fmemopen(buf, len, "w");

	assert_non_null(f);
	config_print(c, f);
	assert_int_equal(fclose(f), 0);
}

/* What is printed reads back as what it was printed from. */
static void test_print(void **state)
{
	char first[16384], second[16384];
	struct config c, again;
	struct told t;

	assert_int_equal(parse(&c, &t,
			       "[daemon]\nmode = advise\nwindow = 90\n[policy]\n"
			       "cooldown = 36h\nshmem = yes\n[guards]\nunfolds_max = 12345\n"
			       "[pmu]\nl1d_refill = r5\n"),
			 0);
	print(&c, first, sizeof(first));
	assert_int_equal(parse(&again, &t, first), 0);
	assert_int_equal(t.n, 0);
	print(&again, second, sizeof(second));
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "\nwindow = 90s\n"));
	assert_non_null(strstr(first, "\ncooldown = 36h\n"));
	assert_non_null(strstr(first, "\nl1d_refill = r5\n"));
}

static void test_dropins(void **state)
{
	char *root = tree_new(), file[4096];
	struct told t = { 0 };
	struct config c;

	snprintf(file, sizeof(file), "%s/p.conf", root);
	assert_int_equal(config_load(file, tell, &t, &c), -EINVAL);
	assert_non_null(strstr(t.first, "p.conf: cannot be read: No such file or directory"));

	tree_file(root, "/p.conf", "[daemon]\nwindow = 1s\nmode = advise\n");
	tree_file(root, "/p.conf.d/10.conf", "[daemon]\nwindow = 2s\n");
	tree_file(root, "/p.conf.d/20.conf", "[daemon]\nwindow = 3s\n");
	tree_file(root, "/p.conf.d/30.conf~", "[daemon]\nwindow = 4s\n");
	tree_file(root, "/p.conf.d/.conf", "garbage");
	memset(&t, 0, sizeof(t));
	assert_int_equal(config_load(file, tell, &t, &c), 0);
	assert_int_equal(c.policy.window_ns, 3 * S);
	assert_int_equal(c.policy.mode, POLICY_ADVISE);

	tree_file(root, "/p.conf.d/25.conf", "[daemon]\nwindow = soon\n");
	assert_int_equal(config_load(file, tell, &t, &c), -EINVAL);
	assert_non_null(strstr(t.first, "/p.conf.d/25.conf:2: [daemon] window = soon"));
	assert_int_equal(c.policy.window_ns, 3 * S);

	tree_bytes(root, "/p.conf.d/25.conf", "[daemon]\0x", 10);
	memset(&t, 0, sizeof(t));
	assert_int_equal(config_load(file, tell, &t, &c), -EINVAL);
	assert_non_null(strstr(t.first, "25.conf: cannot be read: it is not text"));
	tree_free(root);
}

/* The first main file, and the drop-ins of all; of two with one name that of the first. */
static void test_layers(void **state)
{
	static const char *const names[] = { "etc", "run", "lib" };
	char *root = tree_new(), file[3][4096];
	const char *files[4] = { 0 };
	struct told t = { 0 };
	struct config c;

	for (int i = 0; i < 3; i++) {
		snprintf(file[i], sizeof(file[i]), "%s/%s/p.conf", root, names[i]);
		files[i] = file[i];
	}
	assert_int_equal(config_load_layers(files, true, tell, &t, &c), 0);
	assert_int_equal(config_load_layers(files, false, tell, &t, &c), -EINVAL);
	tree_file(root, "/lib/p.conf", "[daemon]\nwindow = 7s\nmode = advise\n");
	tree_file(root, "/lib/p.conf.d/50-site.conf", "[daemon]\nwindow = 5s\n");
	assert_int_equal(config_load_layers(files, true, tell, &t, &c), 0);
	assert_int_equal(c.policy.window_ns, 5 * S);
	assert_int_equal(c.policy.mode, POLICY_ADVISE);
	/* one of the boot comes before it by its name, and is overridden */
	tree_file(root, "/run/p.conf.d/40-x.conf", "[daemon]\nwindow = 4s\nprocesses = 4\n");
	assert_int_equal(config_load_layers(files, true, tell, &t, &c), 0);
	assert_int_equal(c.policy.window_ns, 5 * S);
	assert_int_equal(c.processes, 4);
	/* the administrator empties the site's, and replaces its main file */
	tree_file(root, "/etc/p.conf.d/50-site.conf", "");
	tree_file(root, "/etc/p.conf", "[daemon]\nmode = tune\n");
	assert_int_equal(config_load_layers(files, true, tell, &t, &c), 0);
	assert_int_equal(c.policy.window_ns, 4 * S);
	assert_int_equal(c.policy.mode, POLICY_TUNE);
	tree_free(root);
}

static void test_roles(void **state)
{
	char text[ROLE_MAX][CONFIG_TEXT + 32];
	const char *roles[ROLE_MAX + 1];
	struct config c;
	struct told t;

	assert_int_equal(parse(&c, &t, "[pmu]\nitlb_walk = a\ncycles = cpu-clock\n"), 0);
	config_roles(&c, text, roles);
	assert_string_equal(roles[0], "cycles=cpu-clock");
	assert_string_equal(roles[1], "itlb_walk=a");
	assert_null(roles[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_later_wins),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_numbers_refused),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_all_told),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_dropins),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
