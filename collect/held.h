/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held.h - what lies behind the links of a process (exe, fd, map_files): looked at, held, hashed.
 *
 * It is looked at with statx, and not synchronised with a server that the container may run itself;
 * only regular files are ever opened, and without access times.
 */
#ifndef COLLECT_HELD_H
#define COLLECT_HELD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "collect/patience.h"
#include "lib/base/err.h"

struct proc_node {
	uint16_t mode;
	uint32_t major, minor; /* of its file system */
	uint32_t links, uid, gid;
	uint64_t inode, size;
	uint64_t mount; /* its id in mountinfo */
	int64_t mtime, ctime;
	uint32_t mtime_ns, ctime_ns;
};
/* What lies behind the link NAME, or behind DIR itself if NAME is "". */
int proc_node(int dir, const char *name, struct proc_node *out, struct err *e) must_check;
bool node_is_same(const struct proc_node *a, const struct proc_node *b);

/* A descriptor that only names what lies behind the link (O_PATH): it keeps a deleted file alive,
 * and no more. */
int proc_hold(int dir, const char *name, struct err *e) must_check;
/* Opens what HELD names for reading, if it is a regular file. Fills *NODE. */
int proc_open_held(struct patience *patience, int held, struct proc_node *node,
		   struct err *e) must_check;

/* The SHA-256 of executables, each distinct one read once. */
struct hash_cache;
struct hash_cache *hash_cache_new(struct patience *patience); /* borrows it */
void hash_cache_freep(struct hash_cache **c);
#define PROC_HASH_MAX ((uint64_t)2 << 30) /* a larger executable is not hashed: ERR_LIMIT */
/* HEX points into the cache. */
int proc_hash(struct hash_cache *c, int held, const char **hex, struct err *e) must_check;

#endif
