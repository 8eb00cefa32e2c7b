/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.h - a list of files with their SHA-256: "<64 lower-case hex><two spaces><path>" and LF a
 * line, ascending by bytes. sha256sum -c reads it, but reads far more; the parser here takes
 * nothing else.
 */
#ifndef BUNDLE_MANIFEST_H
#define BUNDLE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/base/stream.h"

#define MANIFEST_MAX ((size_t)16 << 20)

struct manifest_entry {
	const char *path;   /* into the manifest's text */
	const char *sha256; /* 64 digits, without a NUL of their own */
};

struct manifest {
	struct manifest_entry *items;
	size_t count, cap;
	struct str text;
};

void manifest_init(struct manifest *m);
void manifest_release(struct manifest *m);

/*
 * For writing. PATH and SHA256 are copied; manifest_text() sorts and writes all of it into OUT. A
 * path twice is a mistake of ours.
 */
void manifest_add(struct manifest *m, const char *path, const char sha256[SHA256_HEX]);
int manifest_text(struct manifest *m, struct str *out, struct err *e) must_check;

/*
 * For reading: takes TEXT (leaves it empty), cuts it in place. Each line that is not as above is
 * told to BAD with its number, and left out; so are paths that climb, repeat or are not in order.
 */
typedef void manifest_bad(void *data, size_t line, const char *why);
void manifest_parse(struct manifest *m, struct str *text, manifest_bad *bad, void *data);

/* The entry, or NULL. The items must be in order: after manifest_text() or manifest_parse(). */
const struct manifest_entry *manifest_find(const struct manifest *m, const char *path);

#endif
