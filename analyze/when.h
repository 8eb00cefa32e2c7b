/* SPDX-License-Identifier: Apache-2.0 */
/*
 * when.h - times as evidence has them: any number of seconds, forged or not, as precise as whoever
 * wrote them down.
 *
 * Times stand in order over the whole range of 64-bit seconds. Those that no calendar of four-digit
 * years has are "@" and seconds.
 */
#ifndef ANALYZE_WHEN_H
#define ANALYZE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "lib/base/err.h"

struct when {
	struct timespec at;
	unsigned digits; /* of the fraction that were written down, at most 9 */
	bool is_local;   /* by a clock whose zone is not known: taken as UTC */
};

#define WHEN_SIZE 48

/* Seconds that have a date: from the year 1 to 9999. */
#define WHEN_FIRST INT64_C(-62135596800)
#define WHEN_LAST  INT64_C(253402300799)

/* RFC 3339, or "@<seconds>[.<9 digits>]" as rows of files have it. */
int when_parse(const char *text, struct when *out, struct err *e) must_check;
/* "2023-11-14 22:13:20" with one blank or more, or a "T", between; no zone. LEN bytes. */
int when_parse_local(const char *text, size_t len, struct when *out, struct err *e) must_check;
/* RFC 3339 or a date: of that its beginning, or its end if END. */
int when_parse_bound(const char *text, bool end, struct timespec *out, struct err *e) must_check;

/* As precise as it is, but at most DIGITS; without a Z where its zone is not known. */
void when_show(char out[WHEN_SIZE], const struct when *w, unsigned digits);
/* Whether it has a date. */
bool when_has_date(const struct timespec *t);

/* As memcmp(). */
int when_compare(const struct timespec *a, const struct timespec *b);

#endif
