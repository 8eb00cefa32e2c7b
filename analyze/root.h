/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root.h - a root file system that is walked more than once: a tar as a bundle holds it, a tar from
 * somewhere else, or a directory.
 *
 * Members come in the order in which they lie there, each name taken apart (key.h): what climbs or
 * is too long is counted and passed over. Nothing is followed, and in a directory no mount is
 * crossed.
 */
#ifndef ANALYZE_ROOT_H
#define ANALYZE_ROOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"
#include "lib/bundle/read.h"

#define ROOT_DEPTH_MAX 256 /* directories within each other; each holds a descriptor */

struct root;

struct root_member {
	const char *path; /* clean: without a leading '/' */
	const char *key;
	size_t key_len;   /* 0: the root itself */
	mode_t mode;      /* with the S_IFMT bits */
	const char *link; /* of a symlink, or of a hard link */
	bool is_hardlink;
	uint64_t size;
	struct timespec mtime;
};

/* A tar that can be read twice, or a directory; nothing of it is read yet. */
int root_open(const char *path, struct root **out, struct err *e) must_check;
/* NAME is a tar of the bundle, which is borrowed. */
struct root *root_in_bundle(struct bundle_reader *b, const char *name);
/* An image with what a container changed of it, which is borrowed. */
struct layered;
struct root *root_in_layers(struct layered *l);
void root_freep(struct root **r);

/* The directory, for the sandbox; -1: it is none. */
int root_dirfd(const struct root *r);
bool root_is_directory(const struct root *r);

/*
 * FN gets each member; its failure ends the walk. -1 with ERR_FORMAT, ERR_LIMIT or ERR_INTEGRITY is
 * the root's fault, and what came before it counts.
 */
int root_walk(struct root *r, int (*fn)(const struct root_member *m, void *data, struct err *e),
	      void *data, struct err *e) must_check;
/* Within FN, once, of a regular file that is no hard link: its content. */
int root_content(struct root *r, struct source **out, struct err *e) must_check;

/* Of the last walk: members without a proper name or too deep, which were passed over; and
 * directories and links that could not be read, so that what is below them was not seen. */
uint64_t root_passed_over(const struct root *r);
uint64_t root_unread(const struct root *r);

#endif
