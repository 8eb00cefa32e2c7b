/* SPDX-License-Identifier: Apache-2.0 */
/* telling.h - a bundle made of texts, and what its timeline tells. */
#ifndef TESTS_TELLING_H
#define TESTS_TELLING_H

#include <stddef.h>
#include <stdint.h>

#include "analyze/timeline.h"

struct piece {
	const char *path, *text;
	size_t len; /* 0: the text's */
};
/* clang-format off */
#define PIECE(path_, text_) { .path = (path_), .text = (text_) }
#define PIECES_END          { .path = NULL }
/* clang-format on */

struct view {
	struct timeline t;
	struct bundle_reader *b;
	struct str text;
};

/* Seals PIECES in the scratch folder and opens the bundle. */
void view_open(struct view *v, const struct piece *pieces);
void view_release(struct view *v);
/* Into text, as lines: all but one source. Of custody the times are now. */
void view_take(struct view *v, enum event_source but);

/* All sources but custody tell WANT, and nothing is damaged. */
void tells(const struct piece *pieces, const char *want);
/* The same, and WHERE is damaged COUNT times: what is said first has WHAT in it. */
void tells_damaged(const struct piece *pieces, const char *want, const char *where,
		   const char *what, uint64_t count);

#endif
