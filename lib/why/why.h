/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * why.h - why memory is mapped by smaller leaves than it could be
 *
 * A block is an aligned piece of the address space that one leaf of the wanted size could map.
 * Each byte that a smaller leaf maps gets one reason, of what is there now: of its mapping, of
 * the folio behind it, of the policies.  What it went through before is recorded nowhere.
 * Nothing here reads anything: facts come in, from why_read.h and a page walk.
 */
#ifndef PGTOP_WHY_H
#define PGTOP_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pagewalk/leaf.h"

/* In the order in which they are looked for. */
enum why_reason {
	WHY_CHANGED,   /* not in a mapping that was there when the facts were read */
	WHY_SPECIAL,   /* of a device or a driver, hugetlb: not for transparent pages */
	WHY_SHORT,     /* no whole block in the mapping, or offset of the file not aligned */
	WHY_UNFOLDED,  /* one folio fills the block, but smaller leaves map it */
	WHY_UNREAD,    /* what would tell could not be read */
	WHY_PARTLY,    /* folio is large enough, but is not all there, or not aligned */
	WHY_MERGED,    /* by KSM */
	WHY_COPIED,    /* private copies of single pages of a file */
	WHY_FORBIDDEN, /* MADV_NOHUGEPAGE */
	WHY_PROCESS,   /* PR_SET_THP_DISABLE */
	WHY_NEVER,     /* policy for anonymous memory */
	WHY_ADVICE,    /* policy is madvise, and nobody gave it */
	WHY_SHMEM,     /* policy for shared memory is never */
	WHY_SHMEM_ADVICE, /* ... is advise, and nobody gave it */
	WHY_TMPFS,	  /* huge= of the mount */
	WHY_FILE,	  /* file system has no folios so large for this file */
	WHY_INELIGIBLE,	  /* policies allow it, but THPeligible in smaps is 0 */
	WHY_SMALL,	  /* nothing forbids it now, but the folios are small */
	WHY_MAX,
};

/** why_name - as in JSON: "policy-never" */
const char *why_name(enum why_reason r);

enum why_memory {
	WHY_ANON,	  /* anonymous and private */
	WHY_SHARED,	  /* of the kernel's own tmpfs: shared anonymous, memfd, SysV */
	WHY_TMPFS_MEMORY, /* a file on a tmpfs */
	WHY_FILE_MEMORY,
};

/* Words of policies, of a knob or of huge= of a tmpfs. */
enum why_word {
	WHY_WORD_NONE, /* this kernel has no such folios */
	WHY_WORD_NEVER,
	WHY_WORD_ADVISED, /* "madvise", "advise" */
	WHY_WORD_ALWAYS,  /* also "within_size", "force" */
};

/** why_word_of - of a word in sysfs; NULL and unknown words are WHY_WORD_NONE */
enum why_word why_word_of(const char *text);

#define WHY_SIZES 24

struct why_size {
	uint64_t bytes;
	enum why_word anon, shared; /* what decides, behind "inherit" */
};

/* What holds for all of a process. */
struct why_facts {
	uint64_t page_size;
	uint64_t contiguous_bytes; /* leaf of arm64's contiguous PTEs; 0: there is none */
	uint64_t wanted_bytes;	   /* leaf to be had: contiguous_bytes, or that of a PMD */
	uint64_t pmd_bytes;
	struct why_size sizes[WHY_SIZES]; /* what the kernel offers, ascending */
	size_t nsizes;
	bool disabled;		 /* PR_SET_THP_DISABLE */
	enum why_word tmpfs_all; /* shmem_enabled is deny or force: for each tmpfs; or NONE */
};

/* What a walk found in the small leaves of a mapping. */
enum why_class {
	WHY_CLASS_SPECIAL,
	WHY_CLASS_EDGE,
	WHY_CLASS_WHOLE,
	WHY_CLASS_PARTLY,
	WHY_CLASS_MERGED,
	WHY_CLASS_ANON,
	WHY_CLASS_FILE,
	WHY_CLASS_UNREAD,
	WHY_CLASS_MAX,
};

struct why_bytes {
	uint64_t bytes;
	uint64_t contiguous; /* of bytes: by contiguous PTEs */
	uint64_t blocks;     /* in which such bytes are, whole ones only */
};

/* What a size of folio would make of a mapping: only blocks that would gain are counted. */
struct why_gain {
	uint64_t blocks;  /* of the size */
	uint64_t present; /* bytes that are there in them */
	struct why_bytes small;
	/* the block that the walk is in */
	uint64_t block, block_present, block_small, block_contiguous;
};

struct why_vma {
	uint64_t start; /* first: sorted by it */
	uint64_t end, offset;
	unsigned int flags; /* SMAPS_* */
	int eligible;	    /* as in struct smaps_entry */
	int file_order;	    /* as in struct pagewalk_range */
	enum why_memory memory;
	enum why_word tmpfs; /* of WHY_TMPFS_MEMORY */
	const char *name;
	/* Filled by why_step(): */
	struct why_bytes found[WHY_CLASS_MAX];
	uint64_t reached; /* bytes mapped by leaves as large as wanted, or larger */
	uint64_t blocks;  /* whole ones with any small leaf */
	struct why_gain gain[WHY_SIZES];
};

struct why {
	struct why_facts facts;
	struct why_vma *vmas; /* by address; none overlap */
	size_t nvmas;
	struct why_bytes changed; /* small leaves in none of them, */
	uint64_t reached;	  /* and other leaves */
};

/** why_step - take a step of the walk of the process, in ascending order */
void why_step(struct why *w, const struct pagewalk_step *s);

/** why_range - take a range of that walk: the file that is behind it */
void why_range(struct why *w, const struct pagewalk_range *r);

/** why_reason_of - why memory found as @class in @v is in small leaves */
enum why_reason why_reason_of(const struct why_facts *f, const struct why_vma *v,
			      enum why_class class);

struct why_row {
	uint64_t bytes;
	uint64_t entries; /* leaves that map them */
	uint64_t blocks;  /* leaves that would, if all of it could be had; 0: none could */
};

/* What it would be with another policy. */
struct why_what_if {
	uint64_t size, leaf; /* of folios, and of the leaves that they can have */
	bool offered;	     /* for anonymous memory */
	uint64_t bytes;	     /* that would get larger leaves */
	uint64_t entries_before, entries_after;
	uint64_t added; /* memory that the blocks would take beyond what they have */
};

struct why_sum {
	uint64_t reached;
	struct why_row
		small; /* the sum of reason[], but for blocks, each of which counts once */
	struct why_row reason[WHY_MAX];
	struct why_what_if size[WHY_SIZES];
	size_t nsizes;
};

/** why_add_vma - add the reasons of @v, and what each size would make of it, to @sum */
void why_add_vma(const struct why_facts *f, const struct why_vma *v, struct why_sum *sum);

/**
 * why_add - add all of @w to @sum, which is zeroed or has the same sizes
 *
 * Sizes count for anonymous memory of which large pages are not forbidden (MADV_NOHUGEPAGE,
 * PR_SET_THP_DISABLE, devices): "if each of its blocks that has a page had one folio of this
 * size".  Memory that other processes map too is counted for each.
 */
void why_add(const struct why *w, struct why_sum *sum);

#endif
