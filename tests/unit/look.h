/* SPDX-License-Identifier: GPL-2.0-only */
/* look.h - one look of a source at a made-up machine; a fixture of cmocka */
#ifndef PGTOP_TEST_LOOK_H
#define PGTOP_TEST_LOOK_H

#include "tree.h"

#include "sources.h"

struct look {
	char *root;
	struct host host;
	struct probe *probe;
	struct snapshot *s;
};

static inline struct look *look_new(uint64_t page_size)
{
	struct look *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	l->root = tree_new();
	l->host = (struct host){ .root = l->root, .page_size = page_size };
	return l;
}

static inline int look_teardown(void **state)
{
	struct look *l = *state;

	probe_free(l->probe);
	snapshot_free(l->s);
	tree_free(l->root);
	free(l);
	return 0;
}

/* Fills l->probe and l->s. */
static inline void look_by(struct look *l, const struct source_class *c)
{
	const struct source_options o = { 0 };
	void *source = NULL;

	l->probe = probe_new();
	assert_int_equal(c->open(&l->host, &o, l->probe, &source), 0);
	l->s = snapshot_new();
	assert_int_equal(c->read(source, l->s), 0);
	assert_int_equal(snapshot_error(l->s), 0);
	c->close(source);
}

/* @remedy: NULL: nothing helps */
static inline void expect_probe(const struct look *l, const char *name, enum probe_state state,
				const char *remedy)
{
	const struct probe_row *r = probe_find(l->probe, name);

	assert_non_null(r);
	assert_int_equal(r->kind, PROBE_MEASUREMENT);
	assert_int_equal(r->state, state);
	assert_int_equal(r->via != NULL, state != PROBE_UNAVAILABLE);
	assert_int_equal(r->why != NULL, state != PROBE_OK);
	if (remedy ? !r->remedy || strcmp(r->remedy, remedy) : r->remedy != NULL)
		fail_msg("%s: '%s' -> '%s'", name, r->why ? r->why : "",
			 r->remedy ? r->remedy : "");
}

#endif
