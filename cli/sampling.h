/* SPDX-License-Identifier: GPL-2.0-only */
/* sampling.h - the wait between two readings */
#ifndef PGTOP_SAMPLING_H
#define PGTOP_SAMPLING_H

#include "cli.h"

/** sampling_wait - sleep for --interval, and show how long that still takes if it is long */
void sampling_wait(const struct cli_options *o);

#endif
