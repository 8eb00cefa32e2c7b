/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.h - what was made of verified layers, kept by DiffID: a base image is read once.
 *
 * $XDG_CACHE_HOME/impound/layers, or ~/.cache/impound/layers: a file a layer, its name the 64
 * digits of its DiffID; the maker's bytes, then a trailer: the format's version, the DiffID, the
 * length and the SHA-256 of what stands before. An entry is checked before it is used; one that is
 * not right is made anew. Past CACHE_MAX the oldest go. A cache that cannot be used, or that others
 * may write to, is none: -v says so, and everything works without.
 *
 * Who parses is a child in a sandbox and can make no file, so its files are made before; the parent
 * puts in place, under names that it checks, what the child says is whole:
 *
 *	struct cache *c = cache_open(VERSION);
 *	status = cache_work(c, work, data, e);
 *	... in work(): sandbox_enter() with cache_dirfd(c), cache_get(), cache_new(), cache_put()
 */
#ifndef ANALYZE_CACHE_H
#define ANALYZE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

#define CACHE_MAX (UINT64_C(2) << 30)
#define CACHE_NEW 64 /* entries that one run can add; the next one adds the next */

/* What an entry has besides its bytes. */
struct cache_entry {
	uint64_t len;  /* of its maker's bytes, from the start of the file */
	uint64_t mark; /* its maker's, for what he likes */
};

struct cache;
/* VERSION: of what the maker writes. NULL: there is none; every function below accepts it. */
struct cache *cache_open(unsigned version);
void cache_freep(struct cache **c);
int cache_dirfd(const struct cache *c); /* -1: none */

/*
 * The entry as a descriptor, for reading by position; the caller closes it. -1: there is none, or
 * none that can be used.
 */
int cache_get(struct cache *c, const char *diff_id, struct cache_entry *entry);
/* An empty file to make an entry in, readable too; stays the cache's. -1: no more of them. */
int cache_new(struct cache *c);
/* The file of cache_new() is whole. What cannot be kept is forgotten, and said with -v. */
void cache_put(struct cache *c, int fd, const char *diff_id, const struct cache_entry *entry);
/*
 * Runs WORK (an exit status, or -1 and the error) in a child and returns what it returned; the
 * child's stdout is flushed and checked. Signals are passed on. Without a cache it is a plain call.
 */
int cache_work(struct cache *c, int (*work)(void *data, struct err *e), void *data,
	       struct err *e) must_check;

#endif
