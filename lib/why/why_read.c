// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/mountinfo.h"
#include "host/process.h"
#include "memory/mthp.h"
#include "snapshot/thp_policy.h"
#include "util/file.h"
#include "util/util.h"
#include "why/why_read.h"

struct policies {
	const char *root;
	char *anon, *shared; /* for all sizes; NULL: not there */
	char *path;	     /* of the file read last */
	size_t len;
};

static void policies_done(struct policies *p)
{
	free(p->anon);
	free(p->shared);
}

/* NULL in @ret: there is no such file. */
static int read_word(struct policies *p, char **ret)
{
	int r = file_read_choice(p->root, p->path, ret);

	if (r == -ENOENT)
		*ret = NULL;
	return r == -ENOENT ? 0 : r;
}

static int read_size_word(struct policies *p, uint64_t bytes, const char *name, char **ret)
{
	snprintf(p->path, p->len, MTHP_DIR "/hugepages-%" PRIu64 "kB/%s", bytes / 1024, name);
	return read_word(p, ret);
}

static int read_all_words(struct policies *p)
{
	int r;

	snprintf(p->path, p->len, MTHP_DIR "/enabled");
	r = read_word(p, &p->anon);
	if (r)
		return r;
	snprintf(p->path, p->len, MTHP_DIR "/shmem_enabled");
	return read_word(p, &p->shared);
}

/* "force" is for sizes that inherit it, and no other: shmem_allowable_huge_orders() */
static enum why_word shared_word(const struct policies *p, const char *own)
{
	bool force = p->shared && !strcmp(p->shared, "force");

	if (force && own && strcmp(own, "inherit"))
		return WHY_WORD_NEVER;
	return why_word_of(thp_decides(own, p->shared, THP_SHMEM));
}

static int policies_read_size(struct policies *p, uint64_t bytes, bool pmd,
			      struct why_size *ret)
{
	_cleanup_free_ char *anon = NULL, *shared = NULL;
	int r = read_size_word(p, bytes, "enabled", &anon);

	if (!r)
		r = read_size_word(p, bytes, "shmem_enabled", &shared);
	if (r)
		return r;
	*ret = (struct why_size){
		.bytes = bytes,
		.anon = why_word_of(thp_decides(anon, p->anon, THP_ANON)),
		.shared = shared_word(p, shared),
	};
	if (!anon && pmd)
		ret->anon = why_word_of(p->anon);
	if (!shared && pmd) /* before 6.11 */
		ret->shared = why_word_of(p->shared);
	return 0;
}

static int policies_read_sizes(struct policies *p, struct why_facts *f)
{
	_cleanup_free_ uint64_t *sizes = NULL;
	size_t n = 0;
	int r = mthp_sizes(p->root, &sizes, &n);

	if (r == -ENOMEM)
		return r;
	f->nsizes = 0;
	for (size_t i = 0; i < n && f->nsizes < WHY_SIZES; i++) {
		r = policies_read_size(p, sizes[i], sizes[i] == f->pmd_bytes,
				       &f->sizes[f->nsizes]);
		if (r)
			return r;
		f->nsizes++;
	}
	return n ? 0 : policies_read_size(p, f->pmd_bytes, true, &f->sizes[f->nsizes++]);
}

int why_read_policies(const char *root, struct why_facts *ret, char *path, size_t len)
{
	_cleanup_(
		policies_done) struct policies p = { .root = root, .path = path, .len = len };
	int r = read_all_words(&p);

	if (!r)
		r = policies_read_sizes(&p, ret);
	if (r)
		return r;
	ret->tmpfs_all = WHY_WORD_NONE;
	if (p.shared && (!strcmp(p.shared, "deny") || !strcmp(p.shared, "force")))
		ret->tmpfs_all = why_word_of(p.shared);
	return 0;
}

static int take_status(void *arg, const char *line)
{
	static const char key[] = "THP_enabled:";
	bool *disabled = arg;

	if (!strncmp(line, key, strlen(key)))
		*disabled = line[strlen(line) - 1] == '0';
	return 0;
}

/* Not told before Linux 5.0. */
static int read_disabled(const char *root, pid_t thread, bool *ret)
{
	char path[64];

	*ret = false;
	snprintf(path, sizeof(path), "/proc/%d/status", thread);
	return file_lines(root, path, take_status, ret);
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static void set_memory(struct why_vma *v, const struct smaps_entry *e, const char *mounts)
{
	char huge[32];

	if (!e->inode || (!e->shared && !strcmp(e->name, "/dev/zero"))) {
		v->memory = WHY_ANON;
	} else if (begins(e->name, "/memfd:") || begins(e->name, "/SYSV") ||
		   begins(e->name, "[anon_shmem:") ||
		   !strcmp(e->name, "/dev/zero (deleted)")) {
		v->memory = WHY_SHARED;
	} else if (mounts && !mountinfo_option(mounts, "tmpfs", e->device_major,
					       e->device_minor, "huge", huge, sizeof(huge))) {
		v->memory = WHY_TMPFS_MEMORY;
		v->tmpfs = *huge ? why_word_of(huge) : WHY_WORD_NEVER;
	} else {
		v->memory = WHY_FILE_MEMORY;
	}
}

static int make_vmas(const struct smaps *maps, const char *mounts, struct why *ret)
{
	ret->vmas = calloc(maps->n + 1, sizeof(*ret->vmas));
	if (!ret->vmas)
		return -ENOMEM;
	ret->nvmas = maps->n;
	for (size_t i = 0; i < maps->n; i++) {
		const struct smaps_entry *e = &maps->entries[i];

		ret->vmas[i] = (struct why_vma){
			.start = e->start,
			.end = e->end,
			.offset = e->offset,
			.flags = e->flags,
			.eligible = e->eligible,
			.file_order = -1,
			.name = e->name,
		};
		set_memory(&ret->vmas[i], e, mounts);
	}
	return 0;
}

static int read_mounts(const char *root, pid_t thread, char **ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", thread);
	return file_read(root, path, ret, NULL);
}

int why_process_read(const char *root, pid_t pid, const struct why_facts *facts,
		     struct why_process *ret)
{
	pid_t thread = process_memory_thread(root, pid);
	struct why_process p = { .why.facts = *facts };
	_cleanup_free_ char *mounts = NULL;
	int r;

	if (!thread)
		return -ESRCH;
	r = read_disabled(root, thread, &p.why.facts.disabled);
	if (!r)
		r = smaps_read(root, thread, &p.maps);
	if (!r && read_mounts(root, thread, &mounts) == -ENOMEM)
		r = -ENOMEM;
	if (!r)
		r = make_vmas(&p.maps, mounts, &p.why);
	if (r) {
		why_process_done(&p);
		return r == -ENOENT ? -ESRCH : r;
	}
	*ret = p;
	return 0;
}

void why_process_done(struct why_process *p)
{
	free(p->why.vmas);
	smaps_done(&p->maps);
}
