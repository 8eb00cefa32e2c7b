/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dated.h - files of a container whose lines have times: shell histories, the logs of package
 * managers, records of logins.
 *
 * Pure: a line in, maybe what happened out. Whoever was root in the container wrote them, so each
 * of them may be a lie; what is no such line is passed over.
 */
#ifndef ANALYZE_DATED_H
#define ANALYZE_DATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/when.h"
#include "lib/base/str.h"

#define DATED_LINE_MAX ((size_t)16 << 10)

enum dated_kind {
	DATED_NONE,
	DATED_SHELL, /* bash's "#1700000000", zsh's ": 1700000000:0;", fish's "when:" */
	DATED_DPKG,
	DATED_APT,
	DATED_DNF,
	DATED_LOGINS,        /* wtmp, utmp: records, see below */
	DATED_FAILED_LOGINS, /* btmp */
};
/* By its path in the container, rotated and compressed ones too. */
enum dated_kind dated_kind_of(const char *path);

struct dated {
	enum dated_kind kind;
	struct when when; /* of what comes next */
	bool has_when, goes_on;
	struct str command; /* fish's, until its time comes */
};
void dated_init(struct dated *d, enum dated_kind kind);
void dated_release(struct dated *d);

/* Whether LINE, without its LF, says that something happened at *WHEN; *TEXT points into it, or D.
 */
bool dated_line(struct dated *d, const char *line, size_t len, struct when *when, const char **text,
		size_t *text_len);

/* utmp(5) as the C library writes it on a machine of little-endian order: 32- or 64-bit times. */
#define UTMP_SIZE_32 384
#define UTMP_SIZE_64 400
/* The likely size of a record in a file of SIZE bytes. */
size_t utmp_size(uint64_t size);
/* Whether the record says something; WHAT gets it. */
bool utmp_record(const unsigned char *p, size_t size, bool is_failed, struct when *when,
		 struct str *what);

#endif
