/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - every path below a directory, in order, by descriptor, while somebody may be changing
 * it.
 *
 * Order: by bytes with '/' before all others, so a directory's subtree follows it without a gap,
 * and two walks can be merged. Each entry is opened O_PATH below its directory's own descriptor,
 * its type is known before any real open, and only regular files and directories are opened: no
 * FIFO is woken, no device touched, no symlink followed, no mount crossed. What cannot be had is
 * the entry's error, and the walk goes on. Meant for a read-only, noatime clone of the mount
 * (clone.h).
 */
#ifndef COLLECT_WALK_H
#define COLLECT_WALK_H

#include <stdbool.h>

#include "collect/idmaps.h"
#include "collect/node.h"
#include "lib/base/err.h"

#define WALK_DEPTH_MAX  4096  /* directories within each other; one descriptor each */
#define WALK_PATH_MAX   15000 /* of a directory; with a name it fits into TAR_PATH_MAX */
#define WALK_LINK_MAX   4096  /* the kernel's limit of a symlink's target */
#define WALK_NAMES_SIZE ((size_t)12 << 20) /* names held in memory at once, see names.h */

struct walk_options {
	const struct idmaps *ids; /* NULL: ids are as the host has them */
	/* "trusted.overlay." or "user.overlay.": read into node.overlay and left out of its xattrs;
	 * or NULL */
	const char *overlay;
	bool has_override; /* user.containers.override_stat holds owner and mode (rootless storage)
			    */
	bool without_content; /* regular files are not opened */
};

struct walk;

/* Takes ROOT, an O_PATH or ordinary descriptor of a directory. PREFIX: paths begin with it; NULL or
 * "". */
struct walk *walk_new(int root, const char *prefix, const struct walk_options *options);
/*
 * 1 and the next node, which lives until the next call; 0 at the end; -1 only after a signal. The
 * first node is the root itself.
 */
int walk_next(struct walk *w, struct node **out, struct err *e) must_check;
/* The open regular file that the last node is, or -1. Borrowed. */
int walk_file(const struct walk *w);
/* Does not go into the directory that the last node is. */
void walk_prune(struct walk *w);
void walk_freep(struct walk **w);

/*
 * One path below ROOT as a walk would give it: the walk's node and file until its next call.
 * ERR_ABSENT if there is no such path.
 */
int walk_lookup(struct walk *w, int root, const char *path, struct node **out,
		struct err *e) must_check;
/* Takes the last node's O_PATH descriptor out of the walk. */
int walk_steal(struct walk *w);

#endif
