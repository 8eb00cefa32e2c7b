/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/held.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/stream.h"

int proc_node(int dir, const char *name, struct proc_node *out, struct err *e)
{
	struct statx sx;

	if (statx(dir, name, AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_BASIC_STATS | STATX_MNT_ID, &sx) < 0)
		return err_sys(e, "stat '%s'", name);
	*out = (struct proc_node){
		.mode = sx.stx_mode,
		.major = sx.stx_dev_major,
		.minor = sx.stx_dev_minor,
		.links = sx.stx_nlink,
		.uid = sx.stx_uid,
		.gid = sx.stx_gid,
		.inode = sx.stx_ino,
		.mount = sx.stx_mnt_id,
		.size = sx.stx_size,
		.mtime = sx.stx_mtime.tv_sec,
		.mtime_ns = sx.stx_mtime.tv_nsec,
		.ctime = sx.stx_ctime.tv_sec,
		.ctime_ns = sx.stx_ctime.tv_nsec,
	};
	return 0;
}

bool node_is_same(const struct proc_node *a, const struct proc_node *b)
{
	return a->major == b->major && a->minor == b->minor && a->inode == b->inode;
}

int proc_hold(int dir, const char *name, struct err *e)
{
	int held = openat(dir, name, O_PATH | O_CLOEXEC);

	return held < 0 ? err_sys(e, "open '%s'", name) : held;
}

int proc_open_held(struct patience *patience, int held, struct proc_node *node, struct err *e)
{
	struct proc_node seen;
	char path[40];
	int fd;

	if (proc_node(held, "", &seen, e) < 0)
		return -1;
	if (!S_ISREG(seen.mode))
		return err_set(e, ERR_FORMAT, "not a regular file");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
	fd = patience_open(patience, path, O_RDONLY | O_NOATIME | O_CLOEXEC, e);
	if (fd >= 0)
		*node = seen;
	return fd;
}

struct hashed {
	struct proc_node node;
	char hex[SHA256_HEX];
};

struct hash_cache {
	struct hashed **items; /* each on its own, so that hex stays where it is */
	size_t count, cap;
	struct patience *patience;
	struct digest *digest;
	char block[(size_t)128 << 10];
};

struct hash_cache *hash_cache_new(struct patience *patience)
{
	struct hash_cache *c = xcalloc(1, sizeof(*c));

	c->patience = patience;
	c->digest = digest_new();
	return c;
}

void hash_cache_freep(struct hash_cache **cp)
{
	struct hash_cache *c = steal(cp);

	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		free(c->items[i]);
	free(c->items);
	digest_freep(&c->digest);
	free(c);
}

static bool is_unchanged(const struct proc_node *a, const struct proc_node *b)
{
	return node_is_same(a, b) && a->size == b->size && a->ctime == b->ctime &&
	       a->ctime_ns == b->ctime_ns;
}

static int hash_all(struct hash_cache *c, int fd, char hex[SHA256_HEX], struct err *e)
{
	uint64_t at = 0;

	digest_reset(c->digest);
	for (;;) {
		ssize_t n =
			patience_pread(c->patience, fd, c->block, sizeof(c->block), (off_t)at, e);

		if (stop_requested())
			return stop_err(e);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		at += (uint64_t)n;
		if (at > PROC_HASH_MAX)
			return err_set(e, ERR_LIMIT, "more than %llu bytes",
				       (unsigned long long)PROC_HASH_MAX);
		digest_add(c->digest, c->block, (size_t)n);
	}
	digest_end(c->digest, hex);
	return 0;
}

int proc_hash(struct hash_cache *c, int held, const char **hex, struct err *e)
{
	AUTO(fd_closep) int fd = -1;
	struct hashed now;
	struct hashed *kept;

	if (proc_node(held, "", &now.node, e) < 0)
		return -1;
	for (size_t i = 0; i < c->count; i++)
		if (is_unchanged(&c->items[i]->node, &now.node)) {
			*hex = c->items[i]->hex;
			return 0;
		}
	fd = proc_open_held(c->patience, held, &now.node, e);
	if (fd < 0)
		return -1;
	if (now.node.size > PROC_HASH_MAX)
		return err_set(e, ERR_LIMIT, "more than %llu bytes",
			       (unsigned long long)PROC_HASH_MAX);
	if (hash_all(c, fd, now.hex, e) < 0)
		return -1;
	grow(c->items, c->count, c->cap);
	kept = xmalloc(sizeof(*kept));
	*kept = now;
	c->items[c->count++] = kept;
	*hex = kept->hex;
	return 0;
}
