/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - a bundle's rows of files (impound-bundle(5)) as records.
 *
 * Row by row, in any order. One that is not such a row is noted, and the next one read.
 */
#ifndef ANALYZE_ROWS_H
#define ANALYZE_ROWS_H

#include <stdbool.h>

#include "analyze/notes.h"
#include "analyze/runs.h"
#include "lib/base/err.h"
#include "lib/base/stream.h"

#define ROWS_LINE_MAX ((size_t)4 << 20)
#define ROWS_MAX      UINT64_C(50000000)

/* What the first line says, if it is no row. */
struct rows_head {
	unsigned layers, verified; /* of image/files.jsonl */
	struct str mount;          /* of a tmpfs: where its rows belong; the key */
};
void rows_head_release(struct rows_head *h);

/* -1 only where it cannot go on at all: a signal, the temporary file, a file that is not the one
 * that was sealed. Borrows the source. HEAD may be NULL. */
int rows_read(struct run_maker *to, unsigned layer, struct source *from, struct rows_head *head,
	      struct notes *notes, struct err *e) must_check;

#endif
