/* SPDX-License-Identifier: GPL-2.0-only */
/* undo.h - the journal of this machine, and writing back what it knows of */
#ifndef PGTOPD_UNDO_H
#define PGTOPD_UNDO_H

#include <stdbool.h>

#include "host/host.h"
#include "durable/journal.h"

/** undo_open - journal_open() with the boot the machine is in; logs what was damaged */
int undo_open(const struct host *h, const char *dir, struct journal **ret);

/** undo_is_kept - whether a trial proved @lever good: its last change was decided to stay */
bool undo_is_kept(const struct journal *j, const char *lever);

/**
 * undo_all - write back every original value, and log what became of each
 * @keep: but not of levers for which undo_is_kept()
 *
 * Returns 0, or the first errno of a knob that is still to be undone.
 */
int undo_all(const struct host *h, struct journal *j, bool keep);

#endif
