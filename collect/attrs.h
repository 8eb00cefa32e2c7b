/* SPDX-License-Identifier: Apache-2.0 */
/* attrs.h - one entry's extended attributes and extents, in memory that is used again for the next
 * one. */
#ifndef COLLECT_ATTRS_H
#define COLLECT_ATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/node.h"
#include "lib/base/tar.h"

#define ATTRS_SIZE        ((size_t)128 << 10) /* names and values of one entry together */
#define ATTRS_EXTENTS_MAX 4096 /* more pieces than that: the last one takes the rest */

struct attrs {
	char *names, *values;
	size_t names_cap, values_used;
	struct tar_xattr items[TAR_XATTRS_MAX];
	size_t count;
	bool is_cut; /* there were more than fit */
	struct tar_extent *extents;
	size_t extent_count, extent_cap;
	char redirect[TAR_PATH_MAX + 1];
};

void attrs_reset(struct attrs *a);
void attrs_release(struct attrs *a);
/* Of FILE if it is open (not -1), else of the path PROC. -1 with errno; a file system without any
 * is 0. */
int attrs_read(struct attrs *a, int file, const char *proc);
void attrs_add_extent(struct attrs *a, uint64_t offset, uint64_t len);

/* Moves what overlayfs wrote under PREFIX ("trusted.overlay.") from the attributes into n->overlay.
 */
void attrs_take_overlay(struct attrs *a, const char *prefix, struct node *n);
/* Lets user.containers.override_stat ("uid:gid:octal mode[:type]") say owner and mode, and takes it
 * out. */
void attrs_take_override(struct attrs *a, struct node *n);

#endif
