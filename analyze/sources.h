/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources.h - where the two sides of a diff come from: files that somebody names, or a bundle.
 *
 *	sources_open(&s, e)                     before the sandbox
 *	sources_read_files() or _read_bundle()  all that is read of them
 *	classify() with sources_sides(&s)
 */
#ifndef ANALYZE_SOURCES_H
#define ANALYZE_SOURCES_H

#include <stdbool.h>

#include "analyze/cache.h"
#include "analyze/classify.h"
#include "analyze/image.h"
#include "analyze/side.h"
#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/bundle/read.h"

struct sources {
	struct side image, container, mounted;
	const char *ref;       /* of an image; NULL */
	struct cache *cache;   /* borrowed; NULL: none */
	struct image *archive; /* what the image is read from; NULL: rows, or nothing */
	struct rows_head rows; /* of an index of the image */
	const char *image_from, *container_from; /* what was used, in words */
	bool is_told;                            /* see struct classify */
	unsigned own_layer;
};

int sources_open(struct sources *s, struct err *e) must_check;
void sources_release(struct sources *s);

/*
 * Descriptors: of the image a file or a directory (image.h) or an index of rows; of the container a
 * tar, a stream of one, rows, or a directory. They stay the caller's.
 */
int sources_read_files(struct sources *s, int image, int container, struct err *e) must_check;
int sources_read_bundle(struct sources *s, struct bundle_reader *b, struct err *e) must_check;

/* Fills what of it is theirs. */
void sources_sides(const struct sources *s, struct classify *c);
/* Whether every layer of the image gave what its names promise. */
bool sources_are_verified(const struct sources *s);
bool sources_are_incomplete(const struct sources *s);
/* "image", "container", "notes". */
void sources_json(const struct sources *s, struct jsonw *w);

#endif
