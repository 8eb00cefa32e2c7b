/* SPDX-License-Identifier: Apache-2.0 */
/* links.h - inodes with more than one name, and the name that was met first. */
#ifndef COLLECT_LINKS_H
#define COLLECT_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link {
	uint64_t device, inode;
	char *path;  /* NULL: an empty place in the table */
	size_t slot; /* 1, 2, 3… in the order of meeting */
};

/* Starts as { 0 }. */
struct links {
	struct link *table;
	size_t count, cap;
};

/* Finds or adds; NULL when it is new and there is no room for more (PACK_LINKS_MAX). Valid until
 * the next call. */
struct link *links_find(struct links *l, uint64_t device, uint64_t inode, const char *path,
			bool *is_new);
void links_release(struct links *l);

#endif
