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
 * Everything is opened below one directory descriptor; options.enter is called when that is open
 * and nothing of it was read: the place for a sandbox that allows reading below it. Names given
 * here are below data/, and ours; names from inside the container never are.
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
	const struct trust *trust; /* NULL: none. The report says if the signer is one of them */
	bool only_trusted;         /* another signer is refused (ERR_UNTRUSTED) */
	bool even_if_tampered;     /* or unsealed: it is read; bundle_is_tampered() tells */
	/* Called once, with the directory open and nothing read. May be NULL. */
	int (*enter)(int dirfd, void *data, struct err *e);
	void *enter_data;
};

/*
 * Refused with what verify found worst: tampered (ERR_INTEGRITY), unsealed (ERR_UNSEALED), none at
 * all (ERR_FORMAT), not there (ERR_ABSENT), not readable (ERR_SYS).
 */
int bundle_open(const char *path, const struct bundle_read_options *options,
		struct bundle_reader **out, struct err *e) must_check;
void bundle_reader_freep(struct bundle_reader **b);

/* Stays owned by the reader. */
int bundle_dirfd(const struct bundle_reader *b);
const struct report *bundle_report(const struct bundle_reader *b);
/* Tampered or unsealed, and read all the same: then what is read is compared with nothing. */
bool bundle_is_tampered(const struct bundle_reader *b);

/* Custody line 0, as parsed: NULL in a tampered one that has none. Every line, in order; of a
 * tampered one those that are such lines. */
const struct cJSON *bundle_opening(const struct bundle_reader *b);
int bundle_custody_each(struct bundle_reader *b,
			int (*fn)(const struct cJSON *line, void *data, struct err *e), void *data,
			struct err *e) must_check;

/* Whether the file is there; *SIZE, if not NULL, is its size. */
bool bundle_has(const struct bundle_reader *b, const char *path, uint64_t *size);
/* Calls FN with each path that begins with PREFIX ("volumes/"), in the order of their bytes. */
int bundle_each_path(const struct bundle_reader *b, const char *prefix,
		     int (*fn)(const char *path, uint64_t size, void *data, struct err *e),
		     void *data, struct err *e) must_check;

/*
 * The file as a source, hashed as it is read; one that is not there is ERR_ABSENT. Reading it to
 * its end compares the hash: a difference is ERR_INTEGRITY from that read. One that is closed
 * before its end is read to it then, and bundle_check() tells what came of it.
 */
int bundle_source(struct bundle_reader *b, const char *path, struct source **out,
		  struct err *e) must_check;
/* The descriptor, for who reads by position; it is hashed as a whole by bundle_check(). The caller
 * closes it. */
int bundle_file(struct bundle_reader *b, const char *path, struct err *e) must_check;
/* ERR_INTEGRITY naming the first file that was not what was sealed; of a tampered bundle nothing.
 */
int bundle_check(struct bundle_reader *b, struct err *e) must_check;

#endif
