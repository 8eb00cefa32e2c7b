/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - paths in the order of a walk: every '/' is a NUL byte, so that bytes compare as they
 * should and a directory's subtree follows it without a gap.
 *
 * The root is the empty key. A key has no leading or trailing separator, no empty, "." or ".."
 * component.
 */
#ifndef ANALYZE_KEY_H
#define ANALYZE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/str.h"
#include "lib/base/tar.h"

#define KEY_MAX ((size_t)TAR_PATH_MAX)

enum key_fault {
	KEY_FINE,
	KEY_ABSOLUTE, /* made relative: it has a place in the tree all the same */
	KEY_CLIMBS,   /* has a ".." component: no key */
	KEY_LONG,     /* no key */
};

/* Replaces what is in OUT, whose max is at least KEY_MAX + 1. */
enum key_fault key_of(struct str *out, const char *path, size_t len);
/* Appends the path with a leading '/'. */
void key_show(struct str *out, const char *key, size_t len);
/* As memcmp(). */
int key_compare(const char *a, size_t a_len, const char *b, size_t b_len);
/* Strictly below. All is below the root. */
bool key_is_below(const char *key, size_t len, const char *dir, size_t dir_len);
/* Where the last component begins. */
size_t key_base(const char *key, size_t len);
/* The length of its directory's key: what stands before the last separator. */
size_t key_parent(const char *key, size_t len);

#endif
