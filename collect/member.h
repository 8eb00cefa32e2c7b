/* SPDX-License-Identifier: Apache-2.0 */
/* member.h - a member of an engine's tar as a row, with its hash, and as a member of our own tar.
 */
#ifndef COLLECT_MEMBER_H
#define COLLECT_MEMBER_H

#include <stdint.h>

#include "collect/node.h"
#include "collect/outbuf.h"
#include "lib/base/err.h"
#include "lib/base/stream.h"
#include "lib/base/tar.h"

struct members {
	struct outbuf *rows, *out; /* out NULL: rows only */
	struct tar_writer *tar;
	struct digest *digest;
	struct str row;
	char *block;
	uint64_t errors;
};

void members_init(struct members *m, struct sink *rows, struct sink *tar);
void members_release(struct members *m);
/* The end of the tar, and all that is buffered. */
int members_finish(struct members *m, struct err *e) must_check;

/* The node that a member is: its path without leading "./" and '/', "." for the root. Borrows from
 * T. */
void member_node(struct node *n, const struct tar_entry *t);
/* Writes row and member, with the content that FROM has at this point (NULL: a row alone). */
int members_put(struct members *m, const struct node *n, struct tar_reader *from,
		struct err *e) must_check;

#endif
