/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own.h - who owns what: scope cleanup, taking ownership, and memory that does not fail.
 *
 * Cleanup means "give up". Success is always an explicit call whose result is checked; a close() in
 * AUTO is never where written data is confirmed. Every …p function accepts a variable that owns
 * nothing.
 */
#ifndef BASE_OWN_H
#define BASE_OWN_H

#include <stddef.h>
#include <stdio.h>

#define AUTO(f) __attribute__((cleanup(f)))

/* Takes the pointer and leaves NULL. */
#define steal(pp) ((__typeof__(*(pp)))steal_(pp))
void *steal_(void *pp);
/* Takes the descriptor and leaves -1. */
int steal_fd(int *fd);

void freep(void *pp);
void fd_closep(int *fd); /* keeps errno */
void file_closep(FILE **f);

/*
 * Small allocations: out of memory ends the process with a message (status 1). A size that came
 * from outside is compared with a named limit before it gets here.
 */
void *xmalloc(size_t size) __attribute__((returns_nonnull, malloc));
void *xcalloc(size_t count, size_t size) __attribute__((returns_nonnull, malloc));
void *xrealloc(void *p, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((returns_nonnull, malloc));
char *xstrndup(const char *s, size_t len) __attribute__((returns_nonnull, malloc));
char *xasprintf(const char *fmt, ...)
	__attribute__((returns_nonnull, malloc, format(printf, 1, 2)));

/* Makes room for one more item: doubles *CAP and *ITEMS when COUNT has reached it. */
#define grow(items, count, cap)                                                                    \
	do {                                                                                       \
		if ((count) >= (cap)) {                                                            \
			(cap) = (cap) ? 2 * (cap) : 8;                                             \
			(items) = xrealloc((items), (cap), sizeof(*(items)));                      \
		}                                                                                  \
	} while (0)

#endif
