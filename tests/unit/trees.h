/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trees.h - file systems made up at random, and the archives, layers and rows that say them.
 *
 * The same tree_seed gives the same trees. What is written is in any order, has hard links and,
 * of layers, members that stand twice, whiteouts of nothing, and directories begun anew.
 */
#ifndef TESTS_TREES_H
#define TESTS_TREES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/str.h"

struct node {
	char path[64];
	mode_t type;
	unsigned mode, uid, mtime, content; /* of a symlink its target, of a device its number */
	unsigned inode;                     /* files that share one share all of this */
};

struct tree {
	struct node *nodes;
	size_t count, cap;
};

extern uint64_t tree_seed;
unsigned tree_dice(unsigned sides);

struct tree tree_empty(void);
struct tree tree_new(void); /* a root */
struct tree tree_copy(const struct tree *t);
void tree_release(struct tree *t);
void tree_mutate(struct tree *t, unsigned steps);

const struct node *tree_find(const struct tree *t, const char *path);
bool tree_is_below(const char *path, const char *dir);

/* The layer that makes NOW of LOWER; with no LOWER an archive of all of it. */
void tree_tar(struct str *out, const struct tree *lower, const struct tree *now);
/* The rows of what makes NOW of WAS; with no WAS of all of it. */
void tree_rows(struct str *out, const struct tree *was, const struct tree *now);

#endif
