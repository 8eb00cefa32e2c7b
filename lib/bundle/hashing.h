/* SPDX-License-Identifier: Apache-2.0 */
/* hashing.h - many files hashed on all cores, each read once. */
#ifndef BUNDLE_HASHING_H
#define BUNDLE_HASHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"

struct hash_job {
	const char *path;
	const char *expected; /* 64 digits, for the caller */
	uint64_t size;        /* as it was seen before; big ones go first */
	uint64_t bytes;       /* read */
	char sha256[SHA256_HEX];
	char *error;      /* could not be read: why; owned by the jobs */
	bool is_special;  /* it is gone, or no plain file any more */
	bool was_written; /* size or modification time moved while it was read */
	bool was_touched; /* the change time did */
};

/* Files below DIRFD. Results are in the jobs, whose order changes to the biggest first. */
void hashing_run(int dirfd, struct hash_job *jobs, size_t count);
void hashing_release(struct hash_job *jobs, size_t count);

/*
 * A regular file below DIRFD, for reading: its type is known before it is opened, so that no FIFO
 * is woken and no device touched. Anything else, or nothing, is ERR_INTEGRITY.
 */
int hashing_open(int dirfd, const char *path, struct stat *st, struct err *e) must_check;

#endif
