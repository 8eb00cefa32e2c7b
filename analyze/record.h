/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what one layer, or the container, says of one path; and the bytes it is on disk.
 *
 * Order: by key, then what is there before what was found out about it (see kinds), then layer,
 * then place in the archive. Encoded: a fixed head in the machine's own byte order, key, link.
 */
#ifndef ANALYZE_RECORD_H
#define ANALYZE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "analyze/key.h"
#include "lib/base/err.h"
#include "lib/base/tar.h"

enum record_kind {
	RECORD_ENTRY = 1, /* a member */
	RECORD_ALIAS,     /* a hard link: its state is that of the key in `link`, see links.h */
	RECORD_IMPLIED,   /* a directory that a member's path goes through */
	RECORD_WHITEOUT,  /* hides this path of the layers below */
	RECORD_OPAQUE,    /* hides all below this path of the layers below */
	RECORD_RESOLVED,  /* the state of the alias of the same key, layer and seq */
	RECORD_WANT,      /* the alias under the key in `link` wants this key's state */
};

/* What `has` says is known. */
enum {
	STATE_META = 1 << 0, /* mode, uid, gid; without it the type bits of mode alone, or 0 */
	STATE_MTIME = 1 << 1,
	STATE_SHA256 = 1 << 2,
	STATE_XATTRS = 1 << 3, /* there are some besides capabilities: `xattrs` is their digest */
	STATE_CAPS = 1 << 4,
	STATE_CAPS_EFFECTIVE = 1 << 5,
	STATE_CUT = 1 << 6,      /* the archive ended in its content */
	STATE_UNHASHED = 1 << 7, /* there is more of its content than was hashed */
	STATE_HARDLINK = 1 << 8, /* resolved: `link` is the key of the inode's first name */
	STATE_LOST = 1 << 9,     /* a hard link that leads nowhere */
	STATE_ON_DISK =
		1 << 10, /* read where it lies, so that what it has no xattrs of, it lacks */
	/* Of a row that a comparison made already (changes.jsonl): its letter, and what differs. */
	STATE_ADDED = 1 << 11,
	STATE_MODIFIED = 1 << 12,
	STATE_COMPARED = 1 << 13, /* these are all the differences: */
	STATE_TYPE_DIFFERS = 1 << 14,
	STATE_CONTENT_DIFFERS = 1 << 15,
	STATE_MODE_DIFFERS = 1 << 16,
	STATE_OWNER_DIFFERS = 1 << 17,
	STATE_MTIME_DIFFERS = 1 << 18,
	STATE_XATTRS_DIFFER = 1 << 19,
	STATE_LINK_DIFFERS = 1 << 20,
	STATE_VEILED = 1 << 21, /* not all that is below this directory could be read */
};

struct state {
	uint8_t sha256[32], xattrs[32];
	uint64_t uid, gid, size;
	int64_t mtime;
	uint64_t permitted,
		inheritable; /* file capabilities: the sets, however they were written */
	uint32_t mtime_nsec, mode, rdev_major, rdev_minor, has;
	uint32_t unused; /* 0: no byte of it is left to chance */
};

struct record {
	const char *key, *link; /* link: a symlink's target as it is, or a key, see kinds */
	size_t key_len, link_len;
	uint64_t seq; /* the last of a layer counts */
	uint32_t layer;
	uint32_t of_layer; /* RECORD_WANT: the alias's; `layer` is where to look */
	enum record_kind kind;
	struct state state;
};

#define RECORD_HEAD 168
#define RECORD_MAX  (RECORD_HEAD + 2 * (KEY_MAX + 1))

size_t record_size(const struct record *r);
void record_encode(void *to, const struct record *r);
/* The whole size of the record whose first RECORD_HEAD bytes these are. */
int record_measure(const void *head, size_t *size, struct err *e) must_check;
/* Key and link point into P, which has as much as record_measure() said. */
void record_decode(const void *p, struct record *out);

/* As memcmp(), of encoded ones: fits sort.h. */
int record_order(const void *a, size_t a_len, const void *b, size_t b_len);
int record_compare(const struct record *a, const struct record *b);

/* All that ENTRY says; the content's hash is the reader's. */
void state_of(struct state *out, const struct tar_entry *entry);
/* Capabilities as sets, a digest of the others; labels of the host and of storage do not count. */
void state_take_xattrs(struct state *s, const struct tar_xattr *xattrs, size_t count);
#endif
