/* SPDX-License-Identifier: GPL-2.0-only */
/* policy_replay.h - what the policy decides on a record of windows */
#ifndef PGTOPD_POLICY_REPLAY_H
#define PGTOPD_POLICY_REPLAY_H

#include "config.h"
#include "options.h"

/**
 * policy_replay_run - show the windows of the record @o->record to the policy, print its
 * decisions
 * @c: with the mode observe replayed as advise
 *
 * A step is taken for carried out; what knobs hold is what the record says.  Reads no clock,
 * so that the same record gives the same decisions.  Returns an exit code; a record that ends
 * early or is damaged is told, after what was good of it.
 */
int policy_replay_run(const struct options *o, const struct config *c);

#endif
