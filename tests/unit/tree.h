/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree.h - what unit tests share: cmocka, and a made-up / to read files below
 *
 * Directories are made as needed and removed by tree_free().
 */
#ifndef PGTOP_TEST_TREE_H
#define PGTOP_TEST_TREE_H

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static inline char *tree_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *root = NULL;

	assert_true(asprintf(&root, "%s/pgtop-test.XXXXXX", tmp ? tmp : P_tmpdir) > 0);
	assert_non_null(mkdtemp(root));
	return root;
}

static inline int tree_remove_one(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	return remove(path);
}

static inline void tree_free(char *root)
{
	assert_int_equal(nftw(root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(root);
}

/* Make the directories above @path, which lies below @root. */
static inline void tree_parents(const char *root, char *path)
{
	for (char *p = strchr(path + strlen(root) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*p = '/';
	}
}

static inline void tree_bytes(const char *root, const char *path, const void *data, size_t len)
{
	char full[4096];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	tree_parents(root, full);
	f = fopen(full, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void tree_file(const char *root, const char *path, const char *text)
{
	tree_bytes(root, path, text, strlen(text));
}

static inline void tree_dir(const char *root, const char *path)
{
	char full[4096];

	snprintf(full, sizeof(full), "%s%s/", root, path);
	tree_parents(root, full);
}

#endif
