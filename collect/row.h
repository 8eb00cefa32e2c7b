/* SPDX-License-Identifier: Apache-2.0 */
/* row.h - a node as one line of a jsonl index; impound-bundle(5) lists its keys. */
#ifndef COLLECT_ROW_H
#define COLLECT_ROW_H

#include "collect/node.h"
#include "lib/base/jsonw.h"
#include "lib/base/stream.h"

/* What is known only once the content has been read. */
struct row_end {
	const char *sha256; /* of the content as stored; NULL: none */
	uint64_t missing; /* bytes that the file lacked when it was read; they are zeros in the tar
			   */
	bool has_changed; /* its size or times were others after reading */
	bool is_unhashed; /* more zeros in holes than are hashed */
	const char *read_error; /* of the disk; NULL */
	const char *not_stored; /* why it is not in the tar; NULL */
};

/* Opens the object and writes all that is known before the content is. */
void row_begin(struct jsonw *w, const struct node *n);
/* The rest, and the end of the line. N is the same node (what it points to may be gone, its change
 * not). */
void row_end(struct jsonw *w, const struct node_change *change, const struct row_end *end);

/* "file", "dir", "symlink", "hardlink", "char", "block", "fifo", "socket", "unknown". */
const char *row_type(const struct node *n);

/* RFC 3339 in UTC with nanoseconds. */
#define ROW_TIME_SIZE 40
void row_time(char out[ROW_TIME_SIZE], const struct timespec *t);

#endif
