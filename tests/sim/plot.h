/* SPDX-License-Identifier: GPL-2.0-only */
/* plot.h - a picture of what the simulator saw */
#ifndef PGTOP_SIM_PLOT_H
#define PGTOP_SIM_PLOT_H

#include "sim.h"

/** plot_add - remember what is drawn of machine number @i */
void plot_add(const struct run *run, uint64_t i);
/** plot_write - Returns 0, or -1 after a message */
int plot_write(const char *path, double days);

#endif
