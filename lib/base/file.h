/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - files opened without surprises, read whole within a limit, written whole. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/base/err.h"
#include "lib/base/str.h"

/*
 * Opens PATH below the directory DIRFD with openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
 * RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS) and O_CLOEXEC | O_NOFOLLOW. Returns the descriptor.
 */
int file_open_beneath(int dirfd, const char *path, int flags, struct err *e) must_check;

/*
 * Opens a regular file for reading that may have been swapped for something else: first O_PATH and
 * fstat, so that no FIFO is woken and no device touched, then again through /proc/self/fd. Fills
 * *ST if not NULL. Anything but a regular file is ERR_FORMAT.
 */
int file_open_regular(int dirfd, const char *path, struct stat *st, struct err *e) must_check;

/* "file", "dir", "symlink", "char", "block", "fifo", "socket", "unknown". */
const char *file_type_word(mode_t mode);

/* As others will look for it, whatever directory we were in; as it is where it is not there. */
char *file_absolute(const char *path);

/* Whether A and B are the same time, to the nanosecond: of a file that nobody wrote to. */
bool file_same_time(const struct timespec *a, const struct timespec *b);

/* Reads to the end; past out->max it is ERR_LIMIT naming WHAT. */
int file_read(int fd, struct str *out, const char *what, struct err *e) must_check;
/* The same of a path, opened O_NOFOLLOW below DIRFD (AT_FDCWD for an ordinary path). */
int file_slurp(int dirfd, const char *path, struct str *out, struct err *e) must_check;

/* All of it, whatever write() takes at a time. */
int file_write(int fd, const void *p, size_t len, struct err *e) must_check;

/* Creates (O_EXCL | O_NOFOLLOW), writes, fsyncs and closes; what cannot be whole is taken away
 * again. */
int file_create(int dirfd, const char *path, mode_t mode, const void *p, size_t len,
		struct err *e) must_check;

/* A file without a name under $TMPDIR, 0600, for reading and writing. Returns the descriptor. */
int file_temporary(struct err *e) must_check;

/*
 * Removes the directory NAME below DIRFD and all that is in it, without following a link or leaving
 * its file system. Goes on where something cannot be removed, and then fails.
 */
int file_remove_tree(int dirfd, const char *name, struct err *e) must_check;

#endif
