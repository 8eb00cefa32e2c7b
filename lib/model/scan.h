/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - a cursor over a kernel text: lines, words and numbers taken from its front.
 *
 * A taker that does not find what it wants returns false and leaves the cursor where it was.
 * Nothing is copied: what is taken points into the text, which need not end in NUL.
 */
#ifndef MODEL_SCAN_H
#define MODEL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan {
	const char *p;
	size_t len;
};

struct scan scan_of(const char *text, size_t len);
bool scan_line(struct scan *s, struct scan *line); /* without its LF; the last one may lack it */
bool scan_word(struct scan *s,
	       struct scan *word); /* up to a blank or tab; those before it are skipped */
bool scan_until(struct scan *s, char stop, struct scan *before); /* STOP itself is taken too */
void scan_blanks(struct scan *s);
bool scan_char(struct scan *s, char c);
bool scan_text(struct scan *s, const char *text);
/* Blanks before a number are skipped; it ends at the first byte that is not a digit of its base. */
bool scan_u64(struct scan *s, uint64_t max, uint64_t *out);
bool scan_i64(struct scan *s, int64_t *out);
bool scan_octal(struct scan *s, uint64_t max, uint64_t *out);
bool scan_hex(struct scan *s, uint64_t max, uint64_t *out);

bool scan_is(const struct scan *s, const char *text);

#endif
