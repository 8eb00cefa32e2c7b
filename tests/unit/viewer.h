/* SPDX-License-Identifier: Apache-2.0 */
/* viewer.h - a visitor of images that keeps what it saw, for tests. */
#ifndef TESTS_VIEWER_H
#define TESTS_VIEWER_H

#include "analyze/image.h"

#define VIEWER_LAYERS 8

struct viewer {
	char names[VIEWER_LAYERS][200]; /* "0=0 both=0 " */
	enum image_state states[VIEWER_LAYERS];
	unsigned read[VIEWER_LAYERS], checked[VIEWER_LAYERS];
	unsigned known;    /* a bit for each layer that is not wanted */
	bool reads_little; /* one member of each, and leaves the rest */
	struct err fail;   /* what reading a layer comes to, if it is not ERR_NONE */
};

struct image_visitor viewer_visitor(struct viewer *v);

/* Opens and reads; the image if both succeeded. */
struct image *viewer_image(struct viewer *v, int fd, const char *ref, const char *platform,
			   struct err *e);
/* The findings, "id object" each, in one text to be freed. */
char *viewer_findings(const struct image *im);

#endif
