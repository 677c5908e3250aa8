/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.h - pgtopd.conf(5): every key in one table
 *
 * The table gives section, key, type, range and meaning; the defaults are what
 * config_defaults() fills in.  The example configuration, the man page and the messages are
 * made from it or tested against it.
 */
#ifndef PGTOPD_CONFIG_H
#define PGTOPD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "linmap/linmap_mode.h"
#include "pmu/pmu_roles.h"
#include "policy/policy.h"

/* The administrator's, this boot's, the distribution's or the site's. */
#define CONFIG_FILE	"/etc/pgtop/pgtopd.conf"
#define CONFIG_RUN_FILE "/run/pgtop/pgtopd.conf"
#define CONFIG_LIB_FILE "/usr/lib/pgtop/pgtopd.conf"
/* Nothing is wrong but keys or sections that only another pgtopd knows; they are left out. */
#define CONFIG_UNKNOWN 1
/* Longest value; also what inih takes of a line, with key and newline (INI_MAX_LINE). */
#define CONFIG_TEXT    200
#define CONFIG_MESSAGE 640

enum config_exit { EXIT_RESTORE, EXIT_KEEP };

struct config {
	struct policy_config policy;
	char socket[CONFIG_TEXT], state_dir[CONFIG_TEXT];
	enum config_exit exit;
	unsigned int processes; /* walk the page tables of so many */
	struct {
		bool enabled; /* write @textfile, every so often; 0: after each window */
		char textfile[CONFIG_TEXT];
		uint64_t period_ns;
	} export;
	struct {
		bool enabled;
		uint64_t size; /* bytes, at most */
	} history;	       /* in @state_dir */
	struct {
		bool stage;	   /* write boot advice to @grub_dropin */
		enum rodata floor; /* boot advice never protects kernel memory less */
		char grub_dropin[CONFIG_TEXT];
	} boot;
	/* "EVENT[+EVENT...]" that counts a role instead of the usual one; "": the usual */
	char event[ROLE_MAX][CONFIG_TEXT];
};

/** config_defaults - what holds where no file says otherwise */
void config_defaults(struct config *ret);

/* Told once for each thing that is wrong: one sentence that names file, line, key and value.
 */
typedef void (*config_tell)(void *arg, const char *message);

/**
 * config_parse - take over what @text, the content of the file called @name, sets
 *
 * Everything that is wrong is told; @c holds what was right.
 * Returns 0, CONFIG_UNKNOWN, or -EINVAL if anything was wrong.
 */
int config_parse(struct config *c, const char *name, const char *text, config_tell tell,
		 void *arg);

/**
 * config_load_layers - the defaults, then the first of @files that exists, then all drop-ins
 * @files: NULL-terminated; @optional: none of them need exist
 *
 * Drop-ins are FILE.d/ *.conf of each of @files, in the byte order of their names; of two with
 * one name the one beside the earlier file counts.
 *
 * Returns 0; CONFIG_UNKNOWN; -EINVAL when something was wrong (and told), @ret holds what was
 * right; or -ENOMEM.
 */
int config_load_layers(const char *const *files, bool optional, config_tell tell, void *arg,
		       struct config *ret);

/**
 * config_load - @file and its drop-ins
 * @file: NULL: the layers CONFIG_FILE, CONFIG_RUN_FILE, CONFIG_LIB_FILE, which need not exist;
 *	  one that is named must
 *
 * Returns as config_load_layers().
 */
int config_load(const char *file, config_tell tell, void *arg, struct config *ret);

/** config_print - all keys with their values in @c and what they mean, as a file to edit */
void config_print(const struct config *c, FILE *out);

/** config_mode_name - "observe", "advise", "tune" */
const char *config_mode_name(enum policy_mode mode);

/**
 * config_roles - @c's events as sources_new() takes them
 *
 * @buf: their text; @ret: NULL-terminated pointers into it.
 */
void config_roles(const struct config *c, char buf[ROLE_MAX][CONFIG_TEXT + 32],
		  const char *ret[ROLE_MAX + 1]);

#endif
