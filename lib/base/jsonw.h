/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonw.h - writes our own JSON: keys in the order of the calls, integers exact, no white space.
 *
 * Writes into a str, so one record is made whole and then written in one piece. Misuse (a value
 * without a key in an object, an unbalanced end) is a mistake of ours and asserts. Strings are
 * escaped so that a line stays printable ASCII plus valid UTF-8: control characters, DEL, C1, bidi
 * controls and the line separators become \uXXXX. A string that is not UTF-8 is never put through
 * jsonw_text: see jsonw_bytes.
 */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

#define JSONW_DEPTH 16

struct jsonw {
	struct str *out;
	unsigned depth;
	char closer[JSONW_DEPTH];
	bool comma, keyed;
};

void jsonw_init(struct jsonw *w, struct str *out);
void jsonw_object(struct jsonw *w, const char *key); /* key NULL at the top or in an array */
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_end(struct jsonw *w);
/* Ends what is open, adds LF. */
void jsonw_line(struct jsonw *w);

void jsonw_text(struct jsonw *w, const char *key, const char *text); /* NULL writes null */
/* NULL or "" writes nothing. */
void jsonw_text_if(struct jsonw *w, const char *key, const char *text);
/* KEY if it is UTF-8, else KEY_b64 with its base64. KEY must not be NULL. */
void jsonw_bytes(struct jsonw *w, const char *key, const void *p, size_t len);
void jsonw_u64(struct jsonw *w, const char *key, uint64_t n);
void jsonw_i64(struct jsonw *w, const char *key, int64_t n);
/* "123": for what can pass 2^53. */
void jsonw_u64_text(struct jsonw *w, const char *key, uint64_t n);
void jsonw_bool(struct jsonw *w, const char *key, bool b);
void jsonw_null(struct jsonw *w, const char *key);
/* TEXT is JSON already and is put in as it is. */
void jsonw_raw(struct jsonw *w, const char *key, const char *text, size_t len);

#endif
