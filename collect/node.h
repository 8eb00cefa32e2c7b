/* SPDX-License-Identifier: Apache-2.0 */
/* node.h - one path of a file system: what a walk finds, a tar stores and a row says. */
#ifndef COLLECT_NODE_H
#define COLLECT_NODE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "lib/base/tar.h"

/* In what a path differs from the image. */
enum differs {
	DIFFERS_TYPE = 1 << 0,
	DIFFERS_CONTENT = 1 << 1,
	DIFFERS_MODE = 1 << 2,
	DIFFERS_OWNER = 1 << 3,
	DIFFERS_MTIME = 1 << 4,
	DIFFERS_XATTRS = 1 << 5,
	DIFFERS_LINK = 1 << 6,
};

struct node_change {
	char letter;      /* 'A', 'M', 'D'; 0: the row is no change at all */
	bool is_compared; /* with the image: then differs says all of it */
	unsigned differs;
	/* Of the image's file where both are regular and of one size: content differs if this does.
	 */
	const char *image_sha256;
	bool is_opaque;           /* a directory that hides all that the image has below it */
	const char *renamed_from; /* a directory of the image that was renamed to this */
	struct timespec
		whiteout; /* ctime of what stands for the deletion; tv_nsec -1: none of its own */
};

/* What the overlay wrote about an entry of an upper directory. */
struct node_overlay {
	bool is_whiteout, is_opaque;
	bool is_metacopy; /* the data lies in a lower layer */
	const char *redirect;
};

struct node {
	/*
	 * path has no leading '/' and is "." for the root itself; uid and gid are the container's;
	 * size is 0 for all but regular files. mode 0: the type could not be found out, see error.
	 */
	struct tar_entry tar;
	struct timespec btime; /* tv_nsec -1: not known */
	uint64_t host_uid, host_gid;
	uint64_t inode, device;
	uint32_t links;    /* 0: not known */
	const char *error; /* what of it could not be had; NULL */
	const char *note;  /* what else to know; NULL */
	struct node_overlay overlay;
	struct node_change change;
};

#endif
