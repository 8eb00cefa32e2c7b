/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what verify found out about one bundle: every finding, and the worst of them as the
 * status.
 */
#ifndef BUNDLE_REPORT_H
#define BUNDLE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/bundle/sealtext.h"

#define REPORT_INLINE_MAX 1000 /* findings kept, the worst; the rest is counted */

enum check_kind { /* from the mildest to the worst */
		  CHECK_OK,
		  CHECK_NOTE,      /* worth saying, and no fault: a renamed directory, hard links */
		  CHECK_UNTRUSTED, /* 5 */
		  CHECK_ERROR,     /* 1: could not be checked, so there is no verdict */
		  CHECK_UNSEALED,  /* 7 */
		  CHECK_LIMIT,     /* 6: not a bundle, or more than a named limit */
		  CHECK_TAMPERED,  /* 4 */
		  CHECK_ABSENT,    /* 8 */
};
#define CHECK_KINDS (CHECK_ABSENT + 1)
const char *check_word(enum check_kind k);

struct check {
	const char *id; /* what was checked: a fixed word */
	enum check_kind kind;
	char *path;   /* in the bundle, hostile; NULL */
	char *detail; /* a sentence, may hold hostile text */
};

struct report {
	struct check *items; /* the worst first, then in the order in which they came */
	size_t count, cap;
	uint64_t counts[CHECK_KINDS];
	int status; /* STATUS_…: the worst */

	/* Facts for people and the JSON result; empty where not known. */
	bool has_seal;
	struct sealtext seal;
	char seal_sha256[SHA256_HEX], fingerprint[SHA256_HEX];
	bool is_trusted;
	char *trusted_by;
	char *container, *case_id, *operator_name; /* from custody line 0: hostile */
	uint64_t files, bytes, lines;              /* hashed; custody lines read */
};

void report_init(struct report *r);
void report_release(struct report *r);

/* PATH may be NULL. */
void report_add(struct report *r, const char *id, enum check_kind kind, const char *path,
		const char *fmt, ...) printf_like(5, 6);
/* An error of reading or parsing as a finding: limits and system errors keep their kind, the rest
 * is KIND. */
void report_err(struct report *r, const char *id, enum check_kind kind, const char *path,
		const struct err *e);

/* valid | partial | unattributed | tampered | unsealed | unknown */
const char *report_verdict(const struct report *r);

#endif
