/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - bytes from outside made fit to show, and small things written as text.
 *
 * Every name, log line, path, label and environment value is hostile. text_show() is the one
 * escaper before a terminal or a report: C0, C1, DEL, bidirectional controls, line and paragraph
 * separators, zero-width characters, other format characters and broken UTF-8 come out as \xHH or
 * \u{HHHH}, and a backslash as two. What comes out is one line of printable UTF-8.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "lib/base/err.h"
#include "lib/base/str.h"

void text_show(struct str *out, const char *s, size_t len);
/* The same to a stdio stream. */
void text_put(FILE *f, const char *s);
/* As a new string, at most COLUMNS wide on a terminal, cut with '…'; 0: no limit. Caller frees. */
char *text_fit(const char *s, size_t columns);
/* Cuts text_show()n text to that many columns, at least one. */
void text_cut(struct str *shown, size_t columns);
/* Columns that text_show()n text takes on a terminal. */
size_t text_width(const char *shown);

/* Well-formed as RFC 3629 says: no surrogates, nothing overlong, nothing past U+10FFFF. */
bool text_is_utf8(const char *s, size_t len);
/* Decodes one code point; returns its length in bytes, or 0 if there is none well formed. */
size_t text_decode(const char *s, size_t len, uint32_t *point);
/* Whether a code point must not reach a terminal as it is. */
bool text_is_unsafe(uint32_t point);

void text_hex(char *out, const void *p, size_t len); /* writes 2 * len + 1 bytes */
bool text_is_hex(const char *s, size_t digits); /* exactly that many lower-case digits, then NUL */
/* Reads 2 * len hex digits of either case. */
int text_unhex(void *out, size_t len, const char *hex, struct err *e) must_check;
void text_base64(struct str *out, const void *p, size_t len);
/* The bytes back, appended; ERR_FORMAT on anything but canonical base64 with its padding. */
int text_unbase64(struct str *out, const char *s, size_t len, struct err *e) must_check;

/* "1.5 GiB", "312 B": binary units, for people. */
void text_size(struct str *out, uint64_t bytes);
/* "3d 4h", "12m", "7s": the two largest units, for people. */
void text_span(struct str *out, uint64_t seconds);

/* Breaks TEXT at spaces to lines of 79 columns, all but the first behind INDENT spaces; adds LF. */
void text_wrap(struct str *out, size_t indent, const char *text);
/* A word as a shell takes it whole. */
void text_quote(struct str *out, const char *word);

/* A number written in full: digits only, no sign, no white space, at most MAX. */
int text_u64(const char *s, uint64_t max, uint64_t *out, struct err *e) must_check;

/* RFC 3339 in UTC with milliseconds: "2026-01-02T03:04:05.678Z". */
#define TEXT_TIME_SIZE 32
void text_time(char out[TEXT_TIME_SIZE], const struct timespec *t);
void text_now(char out[TEXT_TIME_SIZE]);
/* Reads RFC 3339 with any offset and fraction (engines write nanoseconds); past 9 digits it is cut.
 */
int text_parse_time(const char *s, struct timespec *out, struct err *e) must_check;

/* Edit distance, for near misses; stops at 64 bytes a side. */
size_t text_distance(const char *a, const char *b);

#endif
