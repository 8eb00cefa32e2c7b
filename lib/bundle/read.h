/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.h - a sealed bundle opened to be read: verified first, and every byte that is parsed hashed
 * and compared with what was sealed.
 *
 *	bundle_open(path, &options, &b, e)        verifies; what is broken is refused
 *	bundle_source(b, "container/inspect.json", &source, e)
 *	... source_read() to the end ...
 *	bundle_check(b, e)                        all that was read is what was sealed
 *
 * Files are opened below one directory descriptor, so that a sandbox which allows reading below it
 * can be entered between bundle_open() and the first bundle_source(). Names given here are below
 * data/, and ours; names from inside the container never are.
 */
#ifndef BUNDLE_READ_H
#define BUNDLE_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"
#include "lib/bundle/report.h"
#include "lib/bundle/trust.h"

struct bundle_reader;
struct cJSON;

struct bundle_read_options {
	const struct trust *trust; /* NULL: an unknown signer is accepted, and said */
	bool even_if_tampered;     /* read it all the same; bundle_is_tampered() tells */
};

/*
 * Refused: tampered, unsealed, not a bundle, each with verify's status word in the error
 * (ERR_INTEGRITY, ERR_FORMAT, ERR_ABSENT).
 */
int bundle_open(const char *path, const struct bundle_read_options *options,
		struct bundle_reader **out, struct err *e) must_check;
void bundle_reader_freep(struct bundle_reader **b);

/* For the sandbox; stays owned by the reader. */
int bundle_dirfd(const struct bundle_reader *b);
const struct report *bundle_report(const struct bundle_reader *b);
bool bundle_is_tampered(const struct bundle_reader *b);

/* Custody line 0, as parsed; and every line, in order. */
const struct cJSON *bundle_opening(const struct bundle_reader *b);
int bundle_custody_each(struct bundle_reader *b,
			int (*fn)(const struct cJSON *line, void *data, struct err *e), void *data,
			struct err *e) must_check;

/* Whether the file is there; *SIZE, if not NULL, is its size. */
bool bundle_has(const struct bundle_reader *b, const char *path, uint64_t *size);
/* The rows of the directory PATH ("volumes/"): calls FN with each path that begins so, in order. */
int bundle_each_path(const struct bundle_reader *b, const char *prefix,
		     int (*fn)(const char *path, uint64_t size, void *data, struct err *e),
		     void *data, struct err *e) must_check;

/*
 * The file as a source, hashed as it is read. Reading it to its end compares the hash: a difference
 * is ERR_INTEGRITY from that read. One that is closed before its end is read to it by
 * bundle_check().
 */
int bundle_source(struct bundle_reader *b, const char *path, struct source **out,
		  struct err *e) must_check;
/* The descriptor, for who reads by position; it is hashed as a whole by bundle_check(). The caller
 * closes it. */
int bundle_file(struct bundle_reader *b, const char *path, struct err *e) must_check;
int bundle_check(struct bundle_reader *b, struct err *e) must_check;

#endif
