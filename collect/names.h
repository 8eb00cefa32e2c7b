/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the names in one directory, in order of their bytes, a bounded amount at a time.
 *
 * A directory with more names than the amount is read again from its start, each time keeping the
 * smallest names after the last one given: memory stays bounded, a million names cost a few
 * readings.
 */
#ifndef COLLECT_NAMES_H
#define COLLECT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"

#define NAMES_BLOCK   ((size_t)64 << 10) /* of getdents64 */
#define NAMES_LONGEST 1024 /* NAME_MAX is 255 bytes, but some file systems count characters */

struct names {
	char *bytes;     /* the names, each with its NUL */
	uint32_t *order; /* where each begins, sorted */
	size_t used, cap, count, order_cap, next;
	bool has_more; /* names after the last of these, not read yet */
	char last[NAMES_LONGEST], ceiling[NAMES_LONGEST];
};

/* What it holds in memory. */
size_t names_size(const struct names *n);

/*
 * The next name, or NULL at the end; valid until the next call. DIRFD is open for reading, BLOCK is
 * NAMES_BLOCK bytes of scratch. A directory that cannot be read ends with -1 in *FAILED and the
 * error.
 */
void names_start(struct names *n);
const char *names_next(struct names *n, int dirfd, void *block, size_t quota, int *failed,
		       struct err *e);
void names_release(struct names *n);

#endif
