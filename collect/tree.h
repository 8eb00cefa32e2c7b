/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h - one tree of files as evidence: a tar, an index, and their records. */
#ifndef COLLECT_TREE_H
#define COLLECT_TREE_H

#include "collect/pack.h"
#include "collect/seizure.h"
#include "lib/base/err.h"

struct tree {
	const char *kind, *source;
	const char *tar, *rows; /* paths below data/; tar NULL: an index only */
	const char *head;       /* see struct pack_job */
	int (*feed)(struct pack *p, void *data, struct err *e);
	void *data;
};

/* Packs it and makes the records. Returns -1 only as take() does. */
int tree_take(struct seizure *s, const struct tree *t, struct err *e) must_check;

/* A feed: DATA is a struct walk, all of it. */
int tree_feed_walk(struct pack *p, void *data, struct err *e);

/* Records that a piece could not be begun: -1 only as take() does. */
int tree_failed(struct seizure *s, const char *kind, const char *source, const struct err *why,
		struct err *e) must_check;
int tree_impossible(struct seizure *s, const char *kind, const char *source, const char *reason,
		    struct err *e) must_check;

#endif
