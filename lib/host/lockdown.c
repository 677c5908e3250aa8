// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/lockdown.h"
#include "util/file.h"
#include "util/util.h"

#define SECURITYFS    "/sys/kernel/security"
#define LOCKDOWN_FILE SECURITYFS "/lockdown"

/* Every kernel that has securityfs has the list of its modules there (security/inode.c). */
static bool has_securityfs(const char *root)
{
	return file_exists(root, SECURITYFS "/lsm");
}

static enum lockdown lockdown_mode(const char *word)
{
	static const struct {
		const char *word;
		enum lockdown mode;
	} modes[] = {
		{ "none", LOCKDOWN_NONE },
		{ "integrity", LOCKDOWN_INTEGRITY },
		{ "confidentiality", LOCKDOWN_CONFIDENTIALITY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(word, modes[i].word))
			return modes[i].mode;
	}
	return LOCKDOWN_UNSEEN;
}

enum lockdown lockdown_read(const char *root, char *why, size_t len, const char **remedy)
{
	_cleanup_free_ char *word = NULL;
	enum lockdown mode = LOCKDOWN_UNSEEN;
	int r = file_read_choice(root, LOCKDOWN_FILE, &word);

	if (!r)
		mode = lockdown_mode(word);
	else if (r == -ENOENT && has_securityfs(root))
		return LOCKDOWN_NONE;
	if (mode != LOCKDOWN_UNSEEN)
		return mode;
	if (why && r == -ENOENT)
		snprintf(why, len, "securityfs is not mounted here");
	else if (why)
		file_why(r ? r : -EBADMSG, LOCKDOWN_FILE, why, len);
	if (remedy)
		*remedy = r == -ENOENT ? "mount securityfs on /sys/kernel/security, or run "
					 "pgtop on the host"
				       : file_remedy(root, r, LOCKDOWN_FILE);
	return mode;
}
