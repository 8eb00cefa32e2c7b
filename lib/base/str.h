/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.h - a growing buffer that cannot be made without a maximum.
 *
 * buf is never NULL after str_init and always ends in a NUL that len does not count. What would
 * pass max is not added, `over` is set and stays: add freely, then ask once with str_ok(). Declare
 * as AUTO(str_release) struct str s = STR_INIT(limit).
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"

struct str {
	char *buf;
	size_t len, cap, max;
	bool over;
};

extern char str_empty[1];
/* clang-format off */
#define STR_INIT(limit) { .buf = str_empty, .max = (limit) }
/* clang-format on */

void str_init(struct str *s, size_t max);
void str_release(struct str *s); /* and leaves it as STR_INIT(max) */
void str_reset(struct str *s);   /* empties it, keeps the memory */
char *str_detach(struct str *s); /* the text, owned by the caller; s is as after str_release */

void str_add(struct str *s, const void *p, size_t len);
void str_adds(struct str *s, const char *text);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) printf_like(2, 3);
void str_vaddf(struct str *s, const char *fmt, va_list ap) printf_like(2, 0);

/* Room for LEN more bytes at buf + len, or NULL past max; the caller then calls str_grew(). */
char *str_room(struct str *s, size_t len);
void str_grew(struct str *s, size_t len);

/* 0, or ERR_LIMIT naming WHAT and the maximum if anything was dropped. */
int str_ok(const struct str *s, const char *what, struct err *e) must_check;

#endif
