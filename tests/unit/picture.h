/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picture.h - images for tests, made by hand so that each part of them can be made wrong.
 *
 *	struct picture p;
 *	picture_begin(&p, 2);                  two layers
 *	picture_oci(&p, "gzip", "a:1", NULL);  its blobs, and what the index will say
 *	picture_index(&p);
 *	picture_file(&p, "oci-layout")…        what a test changes
 *	fd = picture_open(&p, "zstd");         an archive, compressed
 */
#ifndef TESTS_PICTURE_H
#define TESTS_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/str.h"

#define PICTURE_DIGEST 72
#define PICTURE_LAYERS 4

struct picture_file {
	char *name, *link;
	bool is_hardlink;
	struct str bytes;
};

struct picture {
	struct str layers[PICTURE_LAYERS]; /* plain tars: "/N" and "/both" in layer N */
	char diff_ids[PICTURE_LAYERS][PICTURE_DIGEST];
	size_t layer_count;
	struct picture_file *files;
	size_t count, cap;
	struct str index, rows;
	char config[PICTURE_DIGEST], manifest[PICTURE_DIGEST]; /* of the last one made */
};

enum picture_style { PICTURE_LEGACY, PICTURE_PODMAN, PICTURE_KANIKO, PICTURE_MODERN };

void picture_begin(struct picture *p, size_t layers);
void picture_end(struct picture *p);

/* FILTER: "gzip", "zstd" or NULL. PLATFORM: "os/architecture" or NULL. */
void picture_oci(struct picture *p, const char *filter, const char *name, const char *platform);
/* A manifest beside the image's: its list of layers is JSON. */
void picture_manifest(struct picture *p, const char *layers, const char *name);
void picture_index(struct picture *p);
/* All that the index lists so far goes into one that is inside; the outer begins anew with it. */
void picture_nest(struct picture *p, const char *name);
/* Files as STYLE names them, and a row of manifest.json. */
void picture_docker(struct picture *p, enum picture_style style, const char *name);
void picture_rows(struct picture *p);

void picture_add(struct picture *p, const char *name, const void *bytes, size_t len);
void picture_link(struct picture *p, const char *name, const char *target, bool is_hardlink);
/* The last one of that name; fails the test if there is none. */
struct picture_file *picture_file(struct picture *p, const char *name);
void picture_blob_name(char out[96], const char *digest);
void picture_digest(char out[PICTURE_DIGEST], const struct str *bytes);
void picture_filter(struct str *out, const char *filter, const void *bytes, size_t len);

/* The archive's bytes; and a descriptor of them without a name. */
void picture_write(const struct picture *p, const char *filter, struct str *out);
int picture_open(const struct picture *p, const char *filter);
int picture_fd(const void *bytes, size_t len);
/* The same files below a directory. */
void picture_unpack(const struct picture *p, int dirfd);

#endif
