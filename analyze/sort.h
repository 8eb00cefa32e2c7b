/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sort.h - any number of records in order, with a fixed amount of memory.
 *
 *	sort_new(&order, MEMORY, &s, e)        opens the spill file: before the sandbox
 *	sort_add(s, record, len, e)            as often as need be
 *	sort_finish(s, e)                      no more
 *	sort_next(s, &record, &len, e)         until it is 0
 *
 * Records are bytes, of at most SORT_RECORD_MAX; what order they have is the caller's. Those that
 * are equal come in the order in which they were added. The spill file is made under $TMPDIR and
 *has no name.
 */
#ifndef ANALYZE_SORT_H
#define ANALYZE_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"

#define SORT_RECORD_MAX ((size_t)128 << 10)
#define SORT_MEMORY_MIN ((size_t)1 << 20)
#define SORT_MEMORY     ((size_t)16 << 20) /* a good one */

/* As memcmp(). */
typedef int sort_order(const void *a, size_t a_len, const void *b, size_t b_len);

struct sort;

int sort_new(sort_order *order, size_t memory, struct sort **out, struct err *e) must_check;
void sort_freep(struct sort **s);

int sort_add(struct sort *s, const void *p, size_t len, struct err *e) must_check;
int sort_finish(struct sort *s, struct err *e) must_check;
/* 1 and the record, valid until the next call; 0 at the end; -1. */
int sort_next(struct sort *s, const void **p, size_t *len, struct err *e) must_check;
/* Forgets all of them: ready for others, in the same memory and the same file. */
void sort_reset(struct sort *s);
/* Records that were added. */
uint64_t sort_count(const struct sort *s);

#endif
