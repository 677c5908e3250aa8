/* SPDX-License-Identifier: GPL-2.0-only */
/* options.h - the command line and the exit codes of pgtopd */
#ifndef PGTOPD_OPTIONS_H
#define PGTOPD_OPTIONS_H

#include <stdbool.h>

/* Documented in pgtopd(8), EXIT STATUS. */
enum pgtopd_exit {
	PGTOPD_OK = 0,
	PGTOPD_FAILED = 1, /* no memory, another pgtopd runs, ... */
	PGTOPD_USAGE = 2,
	PGTOPD_CONFIG = 3,	 /* the configuration is wrong */
	PGTOPD_NOT_RESTORED = 4, /* a knob could not be written back */
	PGTOPD_DAMAGED = 5,	 /* what is known was, but what the journal knew was lost */
};

enum action {
	ACTION_RUN,
	ACTION_DRY_RUN,
	ACTION_CHECK,
	ACTION_PRINT,
	ACTION_RESTORE,
	ACTION_REPLAY
};

struct options {
	enum action action;
	const char *config;		/* NULL: CONFIG_FILE */
	const char *root;		/* "" on the live machine */
	const char *socket, *state_dir; /* NULL: as configured */
	const char *record;		/* ACTION_REPLAY */
	bool json;
	bool lenient; /* ACTION_CHECK: unknown keys are no error */
};

/**
 * options_parse - Returns 0, or -1 with the exit code in @code after --help, --version or an
 * error that has been reported
 */
int options_parse(int argc, char **argv, struct options *o, int *code);

#endif
