/* SPDX-License-Identifier: Apache-2.0 */
/* content.h - what the beginning of a file says about the whole. Pure. */
#ifndef ANALYZE_CONTENT_H
#define ANALYZE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

bool content_is_elf(const char *p, size_t len);
bool content_is_script(const char *p, size_t len); /* "#!" and a path */
/*
 * An ELF program that was packed: UPX's mark, or no section table and a segment of code that looks
 * random. *HOW names which; it points to a constant.
 */
bool content_is_packed(const char *p, size_t len, const char **how);

/* Whether WORD is in it; case counts unless ANY_CASE. */
bool content_has(const char *p, size_t len, const char *word);
bool content_has_any_case(const char *p, size_t len, const char *word);
/* The first of the words that end in NULL which is in it, or NULL. */
const char *content_first_of(const char *p, size_t len, const char *const *words);

/* Calls FN with each line, without its LF, until it returns false. */
void content_lines(const char *p, size_t len, bool (*fn)(const char *line, size_t len, void *data),
		   void *data);

#endif
