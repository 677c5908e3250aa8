// SPDX-License-Identifier: GPL-2.0-only
/* Lockdown: what is seen, and what cannot be. */
#include "tree.h"

#include "host/lockdown.h"
#include "util/util.h"

#define DIR "/sys/kernel/security"

static const struct {
	const char *name;
	const char *lsm, *lockdown; /* what the files hold; NULL: there is none */
	enum lockdown mode;
	const char *why;
} machines[] = {
	{ "no securityfs", NULL, NULL, LOCKDOWN_UNSEEN, "securityfs is not mounted here" },
	{ "securityfs without lockdown", "capability,yama", NULL, LOCKDOWN_NONE, NULL },
	{ "built in and off", "lockdown,yama", "[none] integrity confidentiality\n",
	  LOCKDOWN_NONE, NULL },
	{ "integrity", "lockdown", "none [integrity] confidentiality\n", LOCKDOWN_INTEGRITY,
	  NULL },
	{ "confidentiality", "lockdown", "none integrity [confidentiality]\n",
	  LOCKDOWN_CONFIDENTIALITY, NULL },
	{ "the file only, as a container may bind it", NULL,
	  "none integrity [confidentiality]\n", LOCKDOWN_CONFIDENTIALITY, NULL },
	{ "a mode that is not known", "lockdown", "none [secrecy]\n", LOCKDOWN_UNSEEN,
	  DIR "/lockdown holds text pgtop cannot parse" },
	{ "garbage", "lockdown", "none\n", LOCKDOWN_UNSEEN,
	  DIR "/lockdown holds text pgtop cannot parse" },
};

static void test_modes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		char *root = tree_new(), why[128] = "untouched";
		const char *remedy = NULL;
		enum lockdown mode;

		tree_dir(root, "/sys/kernel");
		if (machines[i].lsm)
			tree_file(root, DIR "/lsm", machines[i].lsm);
		if (machines[i].lockdown)
			tree_file(root, DIR "/lockdown", machines[i].lockdown);
		mode = lockdown_read(root, why, sizeof(why), &remedy);
		if (mode != machines[i].mode ||
		    strcmp(why, machines[i].why ? machines[i].why : "untouched"))
			fail_msg("%s: %d '%s'", machines[i].name, mode, why);
		/* only for what is not mounted */
		assert_int_equal(remedy != NULL, !machines[i].lsm && !machines[i].lockdown);
		assert_int_equal(lockdown_read(root, NULL, 0, NULL), mode);
		tree_free(root);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
