/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * segment.h - the files a history consists of: their names, and which of them has a time
 * (pure)
 *
 * The history is a directory of records (record/record.h).  A name is all the index there is:
 *
 *   SEQUENCE-FIRST                   being written, or its writer was killed
 *   SEQUENCE-FIRST-LAST-WINDOWS      whole
 *
 * SEQUENCE has ten digits and counts in the order in which segments were begun, FIRST and LAST
 * are the times of the first and the last window (CLOCK_REALTIME, whole seconds since 1970),
 * WINDOWS is how many there are.  In a segment the clock does not go back; from one to the
 * next it may, where somebody has set it.
 */
#ifndef PGTOP_SEGMENT_H
#define PGTOP_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_NAME	80
#define SEGMENT_WINDOWS 60	    /* a segment that has so many is whole */
#define SEGMENT_BYTES	(32u << 20) /* or so many bytes, before they were compressed */

struct segment {
	uint64_t seq;
	uint64_t first_s, last_s;
	uint64_t windows; /* 0: not known, and last_s neither */
	uint64_t bytes;	  /* of the file */
};

/** segment_parse - the segment that is called @name.  Returns 0 or -EINVAL; not the bytes */
int segment_parse(const char *name, struct segment *ret);
/** segment_name - the name of @s; returns @buf */
const char *segment_name(const struct segment *s, char buf[SEGMENT_NAME]);
/** segments_sort - by sequence; of two that have the same, the one that is whole comes last */
void segments_sort(struct segment *s, size_t n);

/**
 * segments_find - the segment of @s, sorted, that has the last window at or before @real_s
 * @ret: its place; where the clock went back and several have the time, the one written first
 * @ret_others: how many more have that time
 *
 * Returns 0, or -ENOENT if all of them began later.
 */
int segments_find(const struct segment *s, size_t n, uint64_t real_s, size_t *ret,
		  size_t *ret_others);

/* The header of each has the member "history": */
struct segment_header {
	char boot[40]; /* /proc/sys/kernel/random/boot_id */
	uint64_t run;  /* CLOCK_MONOTONIC when that pgtopd started: tells it from others */
	uint64_t window_ns; /* how long windows are */
};

struct json_object;

/** segment_header_json - the member; NULL without memory */
struct json_object *segment_header_json(const struct segment_header *h);
/** segment_header_read - from @json, from outside.  Returns 0 or -EBADMSG */
int segment_header_read(struct json_object *json, struct segment_header *ret);

/**
 * segment_line_times - when the snapshot of @line was taken, without reading all of it
 *
 * The line of snapshot_line_write(), @len bytes.  Returns 0 or -EBADMSG.
 */
int segment_line_times(const char *line, size_t len, uint64_t *ret_mono_ns,
		       uint64_t *ret_real_ns);

#endif
