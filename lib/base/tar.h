/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar.h - tar archives written and walked as streams.
 *
 * Written (tarw.c): pax, names as raw bytes (hdrcharset=BINARY where they are not UTF-8),
 * nanosecond times, SCHILY.xattr, sparse files as GNU.sparse 1.0. Read (tar.c, by libarchive): tar
 * with gzip or zstd outside (inflate.h), nothing else.
 */
#ifndef BASE_TAR_H
#define BASE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"

#define TAR_PATH_MAX   16384              /* more than PATH_MAX: by descriptor one can go deeper */
#define TAR_XATTR_MAX  ((size_t)64 << 10) /* one value; the kernel's own limit */
#define TAR_XATTRS_MAX 256

struct tar_xattr {
	const char *name;
	const void *value;
	size_t len;
};

struct tar_extent {
	uint64_t offset, len; /* data; what lies between is a hole */
};

struct tar_entry {
	const char *path; /* raw bytes; a directory's final '/' is added and taken off here */
	const char *link; /* target of a symlink, or of a hard link if is_hardlink */
	bool is_hardlink; /* no data follows */
	mode_t mode;      /* with the S_IFMT bits */
	uint64_t uid, gid, size;
	uint32_t rdev_major, rdev_minor;
	struct timespec mtime, atime, ctime; /* tv_nsec -1 leaves atime or ctime out */
	const struct tar_xattr *xattrs;
	size_t xattr_count;
	/* Reading only: where the data begin in the tar, and whether all lie there in one piece. */
	uint64_t offset;
	bool is_sparse;
	/*
	 * Writing only. Count 0: not sparse. With extents the data written is theirs alone; a file
	 * that is all hole has one of length 0.
	 */
	const struct tar_extent *extents;
	size_t extent_count;
};

struct tar_writer;
/* Borrows the sink; data is passed on where it lies. */
struct tar_writer *tar_writer_new(struct sink *to);
/* What has no place in tar (a socket) is ERR_FORMAT and leaves the archive as it was. */
int tar_put(struct tar_writer *w, const struct tar_entry *entry, struct err *e) must_check;
/* Data of the entry last put: more than its size (or extents) is an error here, less at the next.
 */
int tar_data(struct tar_writer *w, const void *p, size_t len, struct err *e) must_check;
/*
 * When a file shrank while it was read: fills what is missing of the entry with zeros; the caller
 * records it. Returns the number of bytes filled in *FILLED.
 */
int tar_pad(struct tar_writer *w, uint64_t *filled, struct err *e) must_check;
/* The two zero blocks. The sink is finished by its owner. */
int tar_writer_finish(struct tar_writer *w, struct err *e) must_check;
void tar_writer_freep(struct tar_writer **w);

struct tar_reader;
struct tar_reader *tar_reader_new(struct source *from); /* borrows the source */
/*
 * 1 and *ENTRY (valid until the next call), 0 at a proper end (two zero blocks, then zeros), -1.
 * Data that was not read is passed over unread if the source can skip.
 */
int tar_next(struct tar_reader *r, struct tar_entry *entry, struct err *e) must_check;
/* Holes come as zeros. */
ssize_t tar_read(struct tar_reader *r, void *p, size_t len, struct err *e) must_check;
void tar_reader_freep(struct tar_reader **r);

/* "NAME VERSION" of the library behind this file, for --version. */
const char *tar_library(void);

#endif
