/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notes.h - what was wrong with what was read: said with the result, while the reading goes on.
 *
 * All are counted, the first NOTES_KEPT of each reading are kept word for word. Of one thread.
 */
#ifndef ANALYZE_NOTES_H
#define ANALYZE_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/jsonw.h"

#define NOTES_KEPT 50
#define NOTE_TEXT  ((size_t)4096) /* bytes kept of a name */

struct note {
	const char *id; /* "name-climbs" */
	char *name;     /* as it stands in the archive; NULL: of the whole */
	size_t name_len;
	char *text;
};

struct notes {
	struct note items[NOTES_KEPT];
	size_t kept;
	uint64_t count;
	bool is_incomplete; /* something could not be had: status 3 */
	bool is_truncated;  /* and it may be whole paths: that one is missing says nothing */
};

void notes_release(struct notes *n);
/* NAME may be NULL. */
void notes_add(struct notes *n, const char *id, const char *name, size_t name_len, const char *fmt,
	       ...) printf_like(5, 6);
/* The same, and the reading is incomplete. */
void notes_lack(struct notes *n, const char *id, const char *name, size_t name_len, const char *fmt,
		...) printf_like(5, 6);
/* The same, and it is truncated. */
void notes_cut(struct notes *n, const char *id, const char *name, size_t name_len, const char *fmt,
	       ...) printf_like(5, 6);
/* {count, first: [{id, name, text}]} */
void notes_json(struct jsonw *w, const char *key, const struct notes *n);

#endif
