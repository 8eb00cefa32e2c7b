/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pieces.h - what stands in the buffers of a pack: a node, then its data and holes, then its end.
 *
 * Pieces lie one after the other; a node's texts lie behind it in the same buffer, so a buffer is
 * whole in itself and its pointers hold while it goes from thread to thread.
 */
#ifndef COLLECT_PIECES_H
#define COLLECT_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/node.h"
#include "lib/base/err.h"
#include "lib/base/stream.h"

enum piece_kind {
	PIECE_NODE,
	PIECE_DATA, /* count bytes follow */
	PIECE_HOLE, /* count zeros that the tar does not hold */
	PIECE_PAD,  /* count zeros that it does, in place of what could not be read */
	PIECE_END,
};

struct piece {
	enum piece_kind kind;
	size_t size; /* to the next piece */
	uint64_t count;
	/* of a node */
	bool is_stored; /* it has a member in the tar */
	size_t link_slot;
	/* of a node and its end */
	bool is_hashed;
	/* of an end */
	bool has_changed;
	int read_error;
	uint64_t missing;
	char sha256[SHA256_HEX]; /* filled by the hashing thread */
	struct node node;        /* of a node; the last, for the others are shorter without it */
};

size_t pieces_size(size_t len); /* of a piece with LEN bytes behind it */
void *pieces_data(struct piece *piece);
/* What pieces_copy_node() puts behind the piece. */
size_t pieces_node_len(const struct node *n);
void pieces_copy_node(struct piece *piece, const struct node *n);

void pieces_hash(void *pieces, size_t len, struct digest *d);

struct pieces_writer;
struct pieces_writer *pieces_writer_new(struct sink *tar, struct sink *rows); /* TAR may be NULL */
void pieces_writer_free(struct pieces_writer *w);
int pieces_head(struct pieces_writer *w, const char *line, struct err *e) must_check;
int pieces_write(struct pieces_writer *w, void *pieces, size_t len, struct err *e) must_check;
/* The end of the tar, if its last entry is whole, and what is still buffered; the sinks stay open.
 */
int pieces_writer_finish(struct pieces_writer *w, struct err *e) must_check;

#endif
