/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_store.h - where an image's documents and blobs lie: in an archive or in a directory.
 *
 * Names are hostile. They are brought to one form (store_name()), and one that leads out of the
 * store is not there; no name of an archive is ever opened, and of a directory only beneath it,
 * through no link.
 */
#ifndef ANALYZE_IMAGE_STORE_H
#define ANALYZE_IMAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/base/stream.h"

/* Of a compressed archive documents are kept from the first pass: so much, all in all. */
#define STORE_KEPT_MAX ((size_t)16 << 20)

struct store;
struct store_ops {
	long (*find)(struct store *s, const char *name, uint64_t *size);
	int (*document)(struct store *s, long id, struct str *out, struct err *e);
	int (*each)(struct store *s, const long *ids, size_t count,
		    int (*fn)(size_t i, struct source *from, void *data, struct err *e), void *data,
		    struct err *e);
	void (*free)(struct store *s);
};

struct store {
	const struct store_ops *ops;
	const char *word;  /* "archive", "directory" */
	struct err damage; /* what is broken of it as a whole; kind ERR_NONE: nothing */
	bool has_blobs;    /* there is what only images have, if not yet what lists it */
	bool is_crowded;   /* too many members to be an image: not all were looked at */
};

/* Both borrow the descriptor. */
int store_of_archive(int fd, struct store **out, struct err *e) must_check;
struct store *store_of_directory(int fd);
void store_freep(struct store **s);

/* An id, the same for two names of the same file, or -1. *SIZE if not NULL. */
long store_find(struct store *s, const char *name, uint64_t *size);
/* Past out->max it is ERR_LIMIT; a name that is not there ERR_ABSENT. */
int store_document(struct store *s, const char *name, struct str *out, struct err *e) must_check;
/* Calls FN with the place of each id in IDS, once, in the order that suits the store. */
int store_each(struct store *s, const long *ids, size_t count,
	       int (*fn)(size_t i, struct source *from, void *data, struct err *e), void *data,
	       struct err *e) must_check;

/* All of the archive, as one stream. */
struct source *store_whole(struct store *s);

/*
 * NAME, relative to the directory that holds FROM if not NULL, without ".", ".." and doubled '/'.
 * NULL if it leads out, is empty or too long. The caller frees.
 */
char *store_name(const char *name, const char *from);

#endif
