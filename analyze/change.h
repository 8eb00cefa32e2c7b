/* SPDX-License-Identifier: Apache-2.0 */
/* change.h - one path that is not as the image has it, and in what. */
#ifndef ANALYZE_CHANGE_H
#define ANALYZE_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/record.h"
#include "lib/base/err.h"

/* As bits: what has other content may have another mode too. */
enum change_class {
	CHANGE_ADDED = 1 << 0,
	CHANGE_DELETED = 1 << 1,
	CHANGE_TYPE = 1 << 2,
	CHANGE_CONTENT = 1 << 3,
	CHANGE_METADATA = 1 << 4,
	CHANGE_TOUCHED = 1 << 5, /* in the container's own layer, and the same */
	CHANGE_MTIME = 1 << 6,   /* nothing but that time */
};
#define CHANGE_CLASSES 7
#define CHANGE_SHOWN   (CHANGE_TOUCHED - 1) /* without -v */

enum differs {
	DIFFERS_TYPE = 1 << 0,
	DIFFERS_CONTENT = 1 << 1,
	DIFFERS_MODE = 1 << 2,
	DIFFERS_UID = 1 << 3,
	DIFFERS_GID = 1 << 4,
	DIFFERS_XATTRS = 1 << 5,
	DIFFERS_CAPS = 1 << 6,
	DIFFERS_LINK = 1 << 7,
	DIFFERS_RDEV = 1 << 8,
	DIFFERS_MTIME = 1 << 9,
	DIFFERS_UNKNOWN = 1 << 10, /* not known whether: contents that nobody has read whole */
};
#define DIFFERS_WORDS    10
#define DIFFERS_METADATA (DIFFERS_MTIME - DIFFERS_MODE)

struct change {
	const struct record *before, *after; /* NULL: not there */
	unsigned classes, differs;
	uint64_t count;  /* paths that are gone with it: below it, and itself if it was deleted */
	bool is_mounted; /* in a tmpfs, of which the image knows nothing */
};

/* The least bit of CLASSES: what the change is called. "added", "deleted", "type", "content",
 * "metadata", "touched", "mtime". */
const char *class_word(unsigned classes);
/* 0: no such class. */
unsigned class_of_word(const char *word, size_t len);
/* The word for one bit of enum differs. */
const char *differs_word(unsigned bit);

/* In what A differs from B; both are there. */
unsigned compare_states(const struct record *before, const struct record *after);

/* Whether it is a file that engines put into every container, with nothing in it. */
bool is_injected(const struct change *c);

#endif
