/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes.h - the engine's list of changed paths, read as it streams by.
 *
 * A JSON array of {"Path","Kind"} can have millions of elements: it is cut into its elements here
 * and only one of them is parsed at a time.
 */
#ifndef COLLECT_CHANGES_H
#define COLLECT_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/seizure.h"
#include "lib/base/err.h"
#include "lib/base/str.h"

#define CHANGE_BYTES_MAX ((size_t)64 << 10) /* one element: a path of 4096 bytes, each escaped */
#define CHANGES_MAX      ((size_t)4000000)

struct change_list {
	struct change *items;
	size_t count, cap;
	struct str element;
	unsigned depth;
	bool is_open, is_done, in_string, is_escaped;
};

/* Versions of clang-format disagree on it. */
/* clang-format off */
#define CHANGE_LIST_INIT { .element = STR_INIT(CHANGE_BYTES_MAX) }
/* clang-format on */

void change_list_release(struct change_list *l);
int change_list_feed(struct change_list *l, const char *p, size_t len, struct err *e) must_check;
/* Checks that the list was closed, and sorts it. `null` is an empty list, as Docker says it. */
int change_list_finish(struct change_list *l, struct err *e) must_check;

#endif
