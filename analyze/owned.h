/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owned.h - the files that packages own, any number of them: sorted into a temporary file, with a
 * sparse index in memory, and found by path.
 *
 *	owned_new(&t, e)                       opens the file: before the sandbox
 *	owned_append(t, &file, e)              in the order of the keys
 *	owned_finish(t, e)
 *	owned_find(t, key, len, &file, e)      1 and the file, 0: nobody's
 *	owned_mark(t, &file, state, found, e)  what came of looking at it
 *	owned_next(t, &at, &file, e)           all of them, in order
 *
 * A million of them take some 3 MiB of memory.
 */
#ifndef ANALYZE_OWNED_H
#define ANALYZE_OWNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"
#include "lib/model/package.h"

#define OWNED_MAX 8000000

/* Besides PACKAGE_CONFIG and the like. */
#define OWNED_LINK      (1U << 8) /* a symlink: the digest is of its target */
#define OWNED_CONTESTED (1U << 9) /* another package says it is its own, with another digest */

enum owned_state {
	OWNED_UNSEEN, /* missing */
	OWNED_OK,
	OWNED_CHANGED,  /* other content; of a symlink, another target */
	OWNED_TYPE,     /* a symlink where a file should be, or the like */
	OWNED_UNKNOWN,  /* there, and its package has no digest of it */
	OWNED_NO_MEANS, /* there, and the digest is one that cannot be made here */
	OWNED_UNREAD,   /* there, and could not be read */
};

struct owned {
	const char *key; /* see key.h */
	size_t key_len;
	uint32_t package;
	uint32_t mode;
	bool has_mode;
	unsigned flags;
	enum digest_kind kind;
	const unsigned char *digest; /* what its package says; NULL where kind is none */
	const unsigned char *found;  /* what it has, where it was looked at; else zeros */
	enum owned_state state;
	size_t number;     /* in order, from 0 */
	uint64_t found_at; /* in the file */
};

/* As bytes, for sorting by key and then package. */
#define OWNED_HEAD 20
size_t owned_encode(unsigned char *to, const struct owned *f); /* NULL measures */
void owned_decode(const unsigned char *p, struct owned *out);
int owned_order(const void *a, size_t a_len, const void *b, size_t b_len);

struct owned_table;
int owned_new(struct owned_table **out, struct err *e) must_check;
void owned_freep(struct owned_table **t);

int owned_append(struct owned_table *t, const struct owned *f, struct err *e) must_check;
int owned_finish(struct owned_table *t, struct err *e) must_check;
size_t owned_count(const struct owned_table *t);

/* What is given is valid until the next call for this table. */
int owned_find(struct owned_table *t, const char *key, size_t len, struct owned *out,
	       struct err *e) must_check;
/* FOUND: digest_size(f->kind) bytes, or NULL. */
int owned_mark(struct owned_table *t, const struct owned *f, enum owned_state state,
	       const unsigned char *found, struct err *e) must_check;
struct owned_walk {
	size_t block, at, number;
};
int owned_next(struct owned_table *t, struct owned_walk *at, struct owned *out,
	       struct err *e) must_check;

#endif
