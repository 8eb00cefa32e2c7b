/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - the lines of a source, one at a time, none longer in memory than its limit.
 *
 *	struct lines l;
 *	lines_init(&l, source, LIMIT);
 *	while ((n = lines_next(&l, &line, &len, e)) > 0)
 *	lines_release(&l);
 */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"

struct lines {
	struct source *from; /* borrowed */
	char *block;
	size_t at, have; /* of the block: taken, filled */
	struct str line; /* a line that lies across blocks */
	uint64_t number; /* of the line last given, from 1 */
	uint64_t length; /* of it, with what the limit cut off */
	bool is_over;    /* it was longer than the limit: what is given is its beginning */
	bool is_torn;    /* it is the last one and has no LF */
};

void lines_init(struct lines *l, struct source *from, size_t max);
void lines_release(struct lines *l);

/*
 * 1 and the line with its LF, valid until the next call; 0 at the end; -1. A source that fails in
 * the middle of a line gives that much of it as torn, and fails at the call after.
 */
int lines_next(struct lines *l, const char **line, size_t *len, struct err *e) must_check;

#endif
