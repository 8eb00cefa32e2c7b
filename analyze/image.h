/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - an image as somebody saved it: what its config says, and its layers as tar streams,
 * each checked against its digests while it is read.
 *
 * Told apart by content, never by name: what has a manifest.json (docker save, podman save, kaniko)
 * and an OCI layout, as an archive or as a directory. An archive may be plain, gzip or zstd; it
 *must be a file, for it is read twice. An archive that is none of them is taken for a flattened
 *root file system: one layer, with nothing to check it against.
 *
 *	image_open(fd, &options, &image, e)    the documents: index, manifest, config
 *	image_read(image, &visitor, e)         the layers, in the order in which they lie
 *	image_finding(image, n)                what did not match
 *
 * Nothing is opened by a name from inside but beneath the directory of a layout, through no link,
 *so that a sandbox which lets that be read can be entered before image_open().
 */
#ifndef ANALYZE_IMAGE_H
#define ANALYZE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/base/stream.h"

#define IMAGE_LAYERS_MAX  1024                /* Docker stops at 127 */
#define IMAGE_JSON_MAX    ((size_t)4 << 20)   /* one document; registries have this limit */
#define IMAGE_VALUES_MAX  100000              /* in it */
#define IMAGE_MEMBERS_MAX 32768               /* of an archive that is an image */
#define IMAGE_NAME_MAX    255                 /* a member that is longer cannot be named */
#define IMAGE_DEPTH_MAX   8                   /* index of indexes */
#define IMAGE_CHOICES_MAX 1024                /* manifests behind them */
#define IMAGE_LAYER_MAX   (UINT64_C(1) << 40) /* bytes of one layer's tar */

struct image;

struct image_options {
	const char *ref; /* a name, the beginning of a digest, or os/arch; NULL: the only one */
	const char *platform; /* "linux/arm64"; NULL: this machine's */
};

enum image_format { IMAGE_DOCKER, IMAGE_OCI, IMAGE_ROOTFS };

enum image_state {
	IMAGE_UNREAD,
	IMAGE_VERIFIED,  /* its bytes gave its DiffID, and its blob's digest where one is named */
	IMAGE_AS_STORED, /* nothing says what its bytes should give */
	IMAGE_MISMATCH,  /* they gave something else */
	IMAGE_DAMAGED,   /* broken off: what came before is all there is */
	IMAGE_ABSENT,    /* not in the archive, as foreign layers are not */
	IMAGE_CACHED,    /* not read: the visitor knew it by its DiffID */
};
const char *image_state_word(enum image_state s); /* "verified", "as stored", … */

struct image_layer {
	char *diff_id;    /* "sha256:" and 64 digits; NULL where the config names none */
	char *digest;     /* of the blob as it is stored, the same; NULL where nothing names one */
	char *media_type; /* hostile; NULL in a manifest.json */
	char *path;       /* in the archive or the layout; hostile */
	uint64_t size;    /* of the blob, as it lies there */
	/* The first layer with the same blob, or itself: what was made of that one is this one's
	 * too. */
	unsigned first;
	bool is_foreign;
	enum image_state state;
};

struct image_history {
	char *created, *created_by, *comment; /* NULL where not said; hostile, as all texts here */
	bool is_empty;                        /* made no layer */
};

struct image_config {
	char *digest; /* "sha256:" of the document as it lies there: Docker's image id */
	char *created, *os, *architecture, *variant, *author;
	char *user, *working_dir, *stop_signal;
	/* Each ends in NULL and is never NULL. */
	char **env, **cmd, **entrypoint, **ports, **volumes;
	char **labels; /* key, value, key, value */
	struct image_history *history;
	size_t history_count;
};

/* Something that is not what it should be; ids are words: "image.layer-diffid". */
struct image_finding {
	const char *id;
	char *object;           /* "layer 3 (blobs/sha256/…)" */
	char *expected, *found; /* NULL where there is none */
};

/* Opens a file or a directory for image_open(). Returns the descriptor. */
int image_path(const char *path, struct err *e) must_check;

/*
 * FD is a regular file or a directory; it stays the caller's, open as long as the image, and is
 * read by position. Several images with nothing to choose by are ERR_USAGE, with a list of them; a
 * ref that is not there is ERR_ABSENT; an encrypted layer is ERR_FORMAT.
 */
int image_open(int fd, const struct image_options *options, struct image **out,
	       struct err *e) must_check;
void image_freep(struct image **im);

enum image_format image_format(const struct image *im);
/* "docker archive", "OCI archive", "OCI layout", "root file system". */
const char *image_format_word(const struct image *im);
/* For people, fit to show: which image it is, in what, and for which platform if that decided. */
const char *image_title(const struct image *im);
const char *image_ref(const struct image *im);    /* the name it was chosen by or has; or NULL */
const char *image_digest(const struct image *im); /* of its manifest, else its config; or NULL */
const char *image_platform(
	const struct image *im); /* if one of several was chosen by it; or NULL */
const struct image_config *image_config(const struct image *im); /* NULL: a root file system */
size_t image_layer_count(const struct image *im);                /* bottom first */
const struct image_layer *image_layer(const struct image *im, size_t i);

/*
 * What is made of the layers. LAYER gets each blob once, with the index of the first layer that
 * has it, in no order that can be relied upon. What it leaves unread is read, and checked, behind
 * it. When it fails with ERR_FORMAT or ERR_LIMIT that is the layer's fault: a finding, and the next
 * one follows; any other failure ends image_read().
 */
struct image_visitor {
	/* False: it is known by its DiffID and not read. NULL, and where there is no DiffID: read.
	 */
	bool (*wants)(unsigned i, void *data);
	int (*layer)(unsigned i, struct source *tar, void *data, struct err *e);
	/*
	 * The state of every layer, also of those that LAYER did not get. Only what was made of a
	 * VERIFIED one may be cached. NULL: nobody asks.
	 */
	int (*checked)(unsigned i, enum image_state state, void *data, struct err *e);
	void *data;
};
int image_read(struct image *im, const struct image_visitor *visitor, struct err *e) must_check;

/* Those of image_open(), and after image_read() all; NULL behind the last. */
const struct image_finding *image_finding(const struct image *im, size_t i);
/* Whether every layer is verified, or known by its DiffID, and nothing else was found either. */
bool image_is_verified(const struct image *im);

/* The value of "image" in a result: digest, ref, layers, findings. */
void image_json(const struct image *im, struct jsonw *w, const char *key);

#endif
