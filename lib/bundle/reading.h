/* SPDX-License-Identifier: Apache-2.0 */
/* reading.h - a bundle that is read: what the files behind read.h share. */
#ifndef BUNDLE_READING_H
#define BUNDLE_READING_H

#include <stdbool.h>
#include <sys/stat.h>

#include "lib/bundle/manifest.h"
#include "lib/bundle/read.h"
#include "lib/bundle/tree.h"

/* A descriptor that was handed out: hashed when everything else was read. */
struct handed {
	const char *path;
	const char *sha256; /* as sealed */
	int fd;
	struct stat st;
};

struct bundle_reader {
	int dir;
	struct report report;
	bool is_tampered;
	struct manifest
		files; /* below data/; of a tampered one those of its tree, without digests */
	struct tree tree;
	char custody[SHA256_HEX]; /* as sealed; "" of a tampered one */
	struct cJSON *opening;
	struct handed *handed;
	size_t handed_count, handed_cap;
	struct err first; /* what was not what was sealed */
};

/*
 * Opens PATH (with data/) as a source that is held against SHA256, 64 digits, unless that is NULL.
 * Both outlive it. What does not fit is remembered in B too.
 */
int reading_source(struct bundle_reader *b, const char *path, const char *sha256,
		   struct source **out, struct err *e) must_check;

#endif
