/* SPDX-License-Identifier: Apache-2.0 */
/*
 * custody.h - the hash-chained log of what was done: one JSON object a line, each naming the
 * SHA-256 of the line before it. The containment journal is the same chain.
 *
 * {"seq":0,"prev":"<64 hex>","time":"2026-01-02T03:04:05.678Z","event":"opened",…} and LF. Line 0
 * has 64 zeros for prev. Each line is one write() to an O_APPEND descriptor, then fdatasync.
 */
#ifndef BUNDLE_CUSTODY_H
#define BUNDLE_CUSTODY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/base/str.h"
#include "lib/base/stream.h"

/* A longer line is neither written nor read: what a hostile log costs in memory is bounded by it.
 */
#define CUSTODY_LINE_MAX  ((size_t)256 << 10)
#define CUSTODY_LINES_MAX 1000000
#define CUSTODY_SEQ_MAX   ((uint64_t)1 << 48) /* so that the number after it is one too */
#define CUSTODY_ZERO      "0000000000000000000000000000000000000000000000000000000000000000"

struct custody {
	int fd;                /* owned; -1 for none */
	uint64_t seq;          /* of the next line */
	uint64_t bytes;        /* of all lines */
	char head[SHA256_HEX]; /* of the last line */
	struct digest *whole;  /* of the file */
	const char *what;      /* "the custody log" */
	struct str line;
	struct jsonw w;
};

/* FD is at the end of an empty file, opened O_APPEND. */
void custody_init(struct custody *c, int fd);
void custody_release(struct custody *c);

/* Begins a line; the caller adds its own keys to what is returned, then commits. */
struct jsonw *custody_begin(struct custody *c, const char *event);
int custody_commit(struct custody *c, struct err *e) must_check;
/* The line that could not be committed once more. */
int custody_retry(struct custody *c, struct err *e) must_check;

/* A sentence for people: as it is where it is UTF-8, else escaped. NULL or "" writes nothing. */
void custody_sentence(struct jsonw *w, const char *key, const char *text);

/*
 * Reading: what the next line must say.
 */
struct cJSON;
struct custody_chain {
	uint64_t seq;
	char head[SHA256_HEX];
};
void custody_chain_init(struct custody_chain *c);
/*
 * Goes on by one line, LEN bytes with its LF. Returns its object, which the caller frees, or NULL
 * and the reason if it is no such line. A line whose number or prev is not what the chain says is
 * returned with *FOLLOWS false.
 */
struct cJSON *custody_follow(struct custody_chain *c, const char *line, size_t len, bool *follows,
			     struct err *e) must_check;
/* Goes on by a line that is longer than any may be: only its digest counts. */
void custody_pass(struct custody_chain *c, const char digest[SHA256_HEX]);

#endif
