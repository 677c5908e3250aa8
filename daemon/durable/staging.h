/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * staging.h - kernel parameters for the next boot, in a drop-in of GRUB's configuration
 *
 * arm64 decides at boot whether the linear map is mapped with blocks (linmap_mode.h).  Where
 * parameters would help, and the configuration allows, they are written to a file that
 * update-grub(8) reads; running it is left to the administrator.  A file with a checksum that
 * does not match was edited, or is somebody else's, and is not touched.
 */
#ifndef PGTOPD_STAGING_H
#define PGTOPD_STAGING_H

#include "linmap/linmap_mode.h"

#define STAGING_PARAMS 64
#define STAGING_TEXT   1024

struct staging {
	char params[STAGING_PARAMS]; /* "rodata=on kfence.sample_interval=100"; "": none */
	const char *why;	     /* one sentence: why these, or why none; static */
};

/**
 * staging_advise - what to boot with (pure)
 * @staged: what is staged now, "" if nothing
 * @floor: never advise a rodata= that protects less
 *
 * Parameters that were staged and are in effect are advised still: else each boot would undo
 * what the one before achieved.  Where CPUs and kernel need no weaker protection for
 * blocks, or a newer kernel would not need it, none are advised; nor where the page tables
 * show blocks, or nobody has looked.
 */
void staging_advise(const struct linmap_inputs *in, enum rodata floor, const char *staged,
		    struct staging *ret);

/**
 * staging_text - the whole drop-in (pure)
 *
 * Returns its length, or -EINVAL when @s->params has a character that is special to the shell
 * or does not fit.
 */
int staging_text(const struct staging *s, char buf[STAGING_TEXT]);

/**
 * staging_parse - the parameters in the text of a drop-in that we wrote (pure)
 *
 * Returns 0 with @params (STAGING_PARAMS) filled, or -EBADMSG: not as we wrote it.
 */
int staging_parse(const char *text, char *params);

/**
 * staging_read - the parameters staged in the file @path
 *
 * Returns 0 with @params filled ("": there is no such file); -EBADMSG: it is not as we wrote
 * it; or a negative errno.
 */
int staging_read(const char *path, char *params);

/**
 * staging_write - make @path stage @s; remove it if that is nothing
 *
 * Returns 1 when the file was changed, 0 when it already was so (it is not written then), or a
 * negative errno: -EBADMSG: the file there is not as we wrote it and was left alone.
 */
int staging_write(const char *path, const struct staging *s);

#endif
