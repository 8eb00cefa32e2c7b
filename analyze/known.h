/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known.h - lists of known hashes, however long, against the files of one bundle.
 *
 * What is in memory are the bundle's own hashes; the lists are read once, line by line, after it.
 * A line is a SHA-256 in hexadecimal, of either case, and anything behind a blank, comma or
 * semicolon; '#' begins a remark.
 */
#ifndef ANALYZE_KNOWN_H
#define ANALYZE_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "analyze/finding.h"
#include "lib/base/err.h"

#define KNOWN_FILES_MAX 200000

struct known_file {
	unsigned char sha256[32];
	char *object;
};

struct known {
	struct known_file *files;
	size_t count, cap;
	uint64_t all; /* also those past KNOWN_FILES_MAX */
};

/* SHA256 in hexadecimal; "" is passed over. OBJECT is what a finding would name. */
void known_add(struct known *k, const char *sha256, const char *object);
void known_release(struct known *k);

/*
 * Reads the list from FD, which is closed: a finding file.known-bad for each file that is on it.
 * A line that is none is ERR_FORMAT with its number; NAME is the list's, for messages.
 */
int known_bad(struct known *k, int fd, const char *name, struct findings *out,
	      struct err *e) must_check;
/* The same, of files that are known good: what their content alone was found for becomes info. */
int known_good(struct known *k, int fd, const char *name, struct findings *out,
	       struct err *e) must_check;

#endif
