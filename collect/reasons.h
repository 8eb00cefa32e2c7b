/* SPDX-License-Identifier: Apache-2.0 */
/* reasons.h - what is missing, grouped by why, so that one cause is read once; 80 columns. */
#ifndef COLLECT_REASONS_H
#define COLLECT_REASONS_H

#include <stddef.h>

#include "lib/base/str.h"

struct reason {
	char *why;
	struct str names; /* escaped already, ", " between */
};

struct reasons {
	struct reason *items;
	size_t count, cap;
};

/* Both texts are escaped here. The same name for the same reason is kept once. */
void reasons_add(struct reasons *r, const char *name, const char *why);
void reasons_print(const struct reasons *r, struct str *out);
void reasons_release(struct reasons *r);

#endif
