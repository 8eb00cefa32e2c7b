/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.h - what was made of verified layers, kept by DiffID: a base image is read once.
 *
 * $XDG_CACHE_HOME/impound/layers, or ~/.cache/impound/layers: a file a layer, its name the 64
 *digits of its DiffID; the maker's bytes, then a trailer with the format's version, the DiffID, the
 *length and the SHA-256 of what stands before. An entry is checked before it is used; one that is
 *not right is made anew. Past CACHE_MAX the oldest go. A cache that cannot be used, or that others
 * may write to, is none: -v says so, and everything works without.
 *
 * Who parses is a child in a sandbox and can make no file, so its files are made before; the parent
 * puts in place, under names that it checks, what the child says is whole:
 *
 *	struct cache *c = cache_open();
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

struct cache;
struct cache *cache_open(void); /* NULL: there is none; every function below accepts it */
void cache_freep(struct cache **c);
int cache_dirfd(const struct cache *c); /* -1: none */

/*
 * The entry as a descriptor, for reading by position; *LEN bytes from its start are its maker's.
 * -1: there is none, or none that can be used. The caller closes it.
 */
int cache_get(struct cache *c, const char *diff_id, uint64_t *len);
/* An empty file to make an entry in, readable too; stays the cache's. -1: no more of them. */
int cache_new(struct cache *c);
/* The file of cache_new() is whole: LEN bytes. What cannot be kept is forgotten, and said with -v.
 */
void cache_put(struct cache *c, int fd, const char *diff_id, uint64_t len);

/*
 * Runs WORK (an exit status, or -1 and the error) in a child and returns what it returned; the
 * child's stdout is flushed and checked. Signals are passed on. Without a cache it is a plain call.
 */
int cache_work(struct cache *c, int (*work)(void *data, struct err *e), void *data,
	       struct err *e) must_check;

#endif
