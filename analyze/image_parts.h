/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_parts.h - what the image_*.c files share: an image under construction.
 *
 * image_open() looks for the documents; image_oci.c and image_docker.c each know one kind of them
 * and make choices (one an image) and, of the one chosen, the list of layers.
 */
#ifndef ANALYZE_IMAGE_PARTS_H
#define ANALYZE_IMAGE_PARTS_H

#include "analyze/image.h"
#include "analyze/image_store.h"

#define DIGEST_SIZE 72 /* "sha256:", 64 digits, NUL */

struct cJSON;

/* One image of those that are there. */
struct choice {
	char *digest;   /* of its manifest; NULL in a manifest.json */
	char *config;   /* digest of its config, where it could be read */
	char *index;    /* digest of the index it is in, or NULL: index.json itself */
	char *platform; /* "linux/arm64/v8", or NULL */
	char **names;
	size_t name_count, name_cap;
	unsigned top; /* which entry of the first index it is behind */
	unsigned row; /* of a manifest.json */
	bool is_absent;
};

struct image {
	struct store *store;
	enum image_format format;
	char *ref, *digest, *platform, *title;
	struct image_config *config;
	struct image_layer *layers;
	long *ids; /* of the layers, in the store; -1: absent */
	size_t layer_count, layer_cap, id_cap;
	struct image_finding *findings;
	size_t finding_count, finding_cap;
	struct choice *choices;
	size_t choice_count, choice_cap;
};

/* Takes EXPECTED and FOUND as they are; either may be NULL. */
void image_note(struct image *im, const char *id, const char *expected, const char *found,
		const char *object, ...) printf_like(5, 6);

/* A new choice with nothing in it; what it had before moves when there are more. */
struct choice *choice_add(struct image *im);
void choice_name(struct choice *c, const char *name); /* once each; NULL and "" are none */
/* The name that REF means, else the fullest; NULL: it has none. */
const char *choice_title(const struct choice *c, const char *ref);
/* The one that is meant; *IS_BY_PLATFORM if that decided. */
int choice_find(const struct image *im, const struct image_options *options,
		const struct choice **out, bool *is_by_platform, struct err *e) must_check;

/*
 * Reads and parses a document. DIGEST, if not NULL, is what it should have: else a finding. FOUND,
 * if not NULL, is what it has.
 */
struct cJSON *image_document(struct image *im, const char *name, const char *digest,
			     char found[DIGEST_SIZE], const char *what, struct err *e) must_check;

/* "sha256:" and 64 digits, nothing else. */
bool digest_is_good(const char *digest);
/* "blobs/sha256/…"; the caller frees. */
char *digest_path(const char *digest);

/* The choices of an index.json; of a manifest.json; and the names that the second has for the
 * first.
 */
int oci_choices(struct image *im, struct err *e) must_check;
int docker_choices(struct image *im, struct err *e) must_check;
int docker_names(struct image *im, struct err *e) must_check;
/* Layers and config of the one that was chosen. */
int oci_layers(struct image *im, const struct choice *c, struct err *e) must_check;
int docker_layers(struct image *im, const struct choice *c, struct err *e) must_check;
/* Whether the two documents of one archive say the same of the image chosen: else a finding. */
int docker_compare(struct image *im, const struct choice *c, struct err *e) must_check;

struct image_layer *layer_add(struct image *im, const char *path, struct err *e) must_check;

/*
 * The config, and the DiffIDs into the layers. One that is there but cannot be read is a finding:
 * layers are then as stored.
 */
int config_open(struct image *im, const char *name, const char *digest, struct err *e) must_check;
void config_freep(struct image_config **c);

#endif
