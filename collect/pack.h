/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.h - files on their way into a tar and an index, on two cores.
 *
 *	this thread            read into the ring: nodes and their data
 *	second                 SHA-256 of each file
 *	third                  tar and rows, and with them the artifact's own hash and the disk
 *
 * A million small files share buffers, a big one goes through them in pieces; memory is the ring's.
 */
#ifndef COLLECT_PACK_H
#define COLLECT_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/node.h"
#include "lib/base/err.h"
#include "lib/base/stream.h"

/* Zeros of holes that are hashed for one pack: past it a row says `unhashed`. About 16 s. */
#define PACK_ZEROS_MAX ((uint64_t)16 << 30)
/* Files with more than one name that are remembered; those after it are stored once a name. */
#define PACK_LINKS_MAX 65536

struct pack;

struct pack_job {
	struct sink *tar; /* NULL: index only */
	struct sink *rows;
	const char *head; /* the first line of the index, with its LF; or NULL */
	/* Calls pack_put() for each node, in order. */
	int (*feed)(struct pack *p, void *data, struct err *e);
	void *data;
};

struct pack_result {
	uint64_t entries, errors;
	char first_error[200]; /* the first path that could not be had, and why; foreign */
};

/* -1: what came until then has been written; *OUT is filled also then. The sinks are not finished.
 */
int pack_run(const struct pack_job *job, struct pack_result *out, struct err *e) must_check;

/* FILE: the open regular file, or -1 for a node without content. Both are only used during the
 * call. */
int pack_put(struct pack *p, const struct node *n, int file, struct err *e) must_check;
/* The same without a place in the tar: a row alone. */
int pack_row(struct pack *p, const struct node *n, struct err *e) must_check;

/* SHA-256 of the file's content in this thread, for a comparison; "" past the limit of zeros. */
int pack_hash(struct pack *p, const struct node *n, int file, char hex[SHA256_HEX],
	      struct err *e) must_check;

#endif
