/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layered.h - the root file system of a container as a bundle without one has it: its image, and on
 * that what was changed.
 *
 * The layers are laid over each other once, to learn which member of which of them is there at
 * last; then only those are given, any number of times.
 *
 *	layered_new(&l, e)                     opens temporary files: before the sandbox
 *	layered_open(l, bundle, e)             reads image/image.tar and the rows of the changes
 *	layered_walk(l, fn, data, e)
 */
#ifndef ANALYZE_LAYERED_H
#define ANALYZE_LAYERED_H

#include <stdbool.h>

#include "analyze/image.h"
#include "analyze/notes.h"
#include "lib/base/err.h"
#include "lib/base/tar.h"
#include "lib/bundle/read.h"

#define LAYERED_MEMBERS_MAX UINT64_C(32000000) /* a bit each */

struct layered;
int layered_new(struct layered **out, struct err *e) must_check;
void layered_freep(struct layered **l);

/* Borrows the bundle. */
int layered_open(struct layered *l, struct bundle_reader *b, struct err *e) must_check;
/* For what did not match. */
const struct image *layered_image(const struct layered *l);
/* Notes of what could not be read of the layers; NULL where all was. */
const struct notes *layered_lacks(const struct layered *l);

typedef int layered_member(struct tar_reader *tar, const struct tar_entry *n, void *data,
			   struct err *e);
/* -1 as root_walk(). */
int layered_walk(struct layered *l, layered_member *fn, void *data, struct err *e) must_check;

#endif
