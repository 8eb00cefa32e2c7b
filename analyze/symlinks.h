/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symlinks.h - where a path really is: symbolic links in the place of directories followed as the
 * kernel would, below the root, a component at a time.
 *
 * A package says bin/ls where the system has bin -> usr/bin and usr/bin/ls. All links of a root are
 * kept, within a limit; then they are sorted, then asked.
 */
#ifndef ANALYZE_SYMLINKS_H
#define ANALYZE_SYMLINKS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/str.h"

#define SYMLINKS_MAX        100000
#define SYMLINKS_BYTES_MAX  ((size_t)8 << 20) /* of names and targets; a full desktop has 3 */
#define SYMLINKS_FOLLOW_MAX 40                /* as the kernel */

struct symlinks;
struct symlinks *symlinks_new(void);
void symlinks_freep(struct symlinks **l);

/* Of one that comes twice the last counts. */
void symlinks_add(struct symlinks *l, const char *key, size_t len, const char *target);
/* Whether there were more than the limit: what leads through these is not found. */
bool symlinks_over(const struct symlinks *l);
/* No more of them. */
void symlinks_sort(struct symlinks *l);

/*
 * The key of what KEY is reached by; its last component is not followed. False, and OUT is KEY, for
 * links in a circle and paths that get too long.
 */
bool symlinks_resolve(struct symlinks *l, struct str *out, const char *key, size_t len);

#endif
