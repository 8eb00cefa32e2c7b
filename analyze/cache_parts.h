/* SPDX-License-Identifier: Apache-2.0 */
/* cache_parts.h - what cache.c (entries) and cache_work.c (parent and child) share. */
#ifndef ANALYZE_CACHE_PARTS_H
#define ANALYZE_CACHE_PARTS_H

#include "analyze/cache.h"
#include "lib/base/stream.h"

struct cache {
	int dirfd;
	unsigned version;
	int files[CACHE_NEW]; /* without a name; the first `made` of them are open */
	unsigned made, given;
	int report; /* the child's end; -1: we may change the directory ourselves */
};

enum cache_deed {
	CACHE_KEEP,  /* give file N its name */
	CACHE_DROP,  /* remove the entry: it is broken */
	CACHE_TOUCH, /* it was of use */
	CACHE_ERROR, /* why the child failed */
};

/* What the child says; in one piece, so that a pipe keeps it whole. */
struct cache_word {
	enum cache_deed deed;
	unsigned file;
	char digits[SHA256_HEX];
	struct err error;
};

/* Does what WORD says, if it can be meant. */
void cache_do(struct cache *c, const struct cache_word *word);
/* Makes a file; -1 if it cannot be. */
int cache_make(struct cache *c);
/* Removes the oldest until all is within CACHE_MAX. */
void cache_trim(struct cache *c);

#endif
