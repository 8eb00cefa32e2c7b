/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walkdir.h - a directory, such as a root file system that somebody unpacked, as records.
 *
 * It may be hostile, and may change while it is read: each entry is opened O_PATH below its
 * directory's own descriptor, its type known before any real open, and only regular files and
 * directories are opened. No symlink is followed, no mount crossed. What cannot be had is noted.
 */
#ifndef ANALYZE_WALKDIR_H
#define ANALYZE_WALKDIR_H

#include "analyze/notes.h"
#include "analyze/runs.h"
#include "lib/base/err.h"

#define WALKDIR_DEPTH_MAX 4096                /* one descriptor each, if there may be as many */
#define WALKDIR_HOLES_MAX (UINT64_C(8) << 30) /* zeros of one file that are hashed */

/* Before the sandbox: descriptors for all that depth. */
void walkdir_prepare(void);
/* -1 only where it cannot go on at all. ROOT stays the caller's. */
int walkdir_read(struct run_maker *to, unsigned layer, int root, struct notes *notes,
		 struct err *e) must_check;

#endif
