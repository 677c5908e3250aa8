/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linmap_mode.h - what decides whether arm64 maps its linear map with pages or with blocks
 *
 * arm64 decides once, at boot: map_mem() (arch/arm64/mm/mmu.c) uses pages for everything if
 * can_set_direct_map() (arch/arm64/mm/pageattr.c) says that attributes may have to change
 * later.  These are the inputs of that decision, as far as user space can see them;
 * linmap_verdict.h makes it again.
 */
#ifndef PGTOP_LINMAP_MODE_H
#define PGTOP_LINMAP_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"
#include "linmap/linmap_files.h"

enum rodata { RODATA_FULL, RODATA_ON, RODATA_OFF };

/* What a walk of the page tables found.  Some memory is in pages in any case, and a few blocks
 * may be left among pages: more than nine tenths count as pages, less than half as blocks. */
enum linmap_walked {
	LINMAP_NOT_WALKED,
	LINMAP_WALKED_BLOCKS,
	LINMAP_WALKED_PAGES,
	LINMAP_WALKED_BOTH, /* neither: the walk settles nothing */
};

struct linmap_inputs {
	enum rodata rodata;
	bool rodata_given;   /* on the command line */
	bool rodata_assumed; /* nothing says: the default of Kconfig is assumed */
	/* no configuration says that what is on the command line means anything */
	bool crashkernel_assumed, debug_pagealloc_assumed;
	int config_error;    /* of kconfig_read() */
	bool noalias_word;   /* Linux 6.18 or later: what was "on" is called "noalias" */
	bool kfence;	     /* built in */
	bool kfence_unknown; /* whether: neither sysfs nor a configuration is there */
	bool kfence_late;    /* its pool may be set up after boot: sample interval 0 at boot */
	bool kfence_any;     /* before Linux 6.4: built in is enough, whatever its interval */
	bool crashkernel;    /* Linux 5.11 to 6.3: memory for a crash kernel is set aside */
	bool realm;	     /* a guest of the Arm Confidential Compute Architecture */
	bool debug_pagealloc;
	bool split_on_demand; /* kernel 6.18 or later, or the pgtop series */
	bool bbml2;	      /* every CPU is on the kernel's allow list */
	bool bbml3;	      /* the kernel calls that BBML3 (7.x) */
	unsigned int cpus_off_list;
	enum linmap_walked walked;
	enum linmap_mode told; /* what the kernel itself says; LINMAP_UNKNOWN: nothing */
	char unable[64];       /* told: online CPUs that cannot split, "2-3"; "": not known */
	char bbml2_word[16];   /* linear_map.bbml2= (a test option); "": not given */
};

/**
 * linmap_read - find the inputs out from the command line, sysfs and the configuration
 *
 * Without a configuration to read (config_error) its defaults are assumed.  Does not fill
 * split_on_demand, bbml2, cpus_off_list, walked.  Returns 0 or a negative errno (the command
 * line cannot be read).
 */
int linmap_read(const struct host *h, struct linmap_inputs *ret);

/**
 * linmap_splits - whether the kernel has code that splits leaves of a live linear map
 *
 * Its symbols say so; its version only where these are hidden.
 */
bool linmap_splits(struct host *h);

/** linmap_rodata_word - the value of rodata= that stands for @in->rodata on that kernel */
const char *linmap_rodata_word(const struct linmap_inputs *in);

/**
 * linmap_hear - put what the kernel says of itself in the place of what was inferred
 *
 * @online: to tell which CPUs keep it from splitting; may be NULL.  Changes nothing if the
 * kernel's words are not known.
 */
void linmap_hear(struct linmap_inputs *in, const struct linmap_files *said,
		 const struct cpulist *online);

#endif
