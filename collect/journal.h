/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - the containment journal as a collection sees it: copied into the bundle, and told of
 * it.
 *
 * It is no evidence of the container's, so nothing about it stops a collection: what cannot be had
 * is recorded, what cannot be told is a warning.
 */
#ifndef COLLECT_JOURNAL_H
#define COLLECT_JOURNAL_H

#include "collect/run.h"
#include "lib/base/jsonw.h"

/* Reads it through: S->journal. PATH NULL: this account has no place for one. */
void journal_look(struct seizure *s, const char *path);
/* The object "journal" of custody line 0: where it is, and what it was before the first step. */
void journal_opening(const struct seizure *s, struct jsonw *w);
/* The line "collected", once the bundle is sealed: R->told. */
void journal_tell(struct run *r);
/* "journal" of the JSON result. */
void journal_told_json(const struct run *r, struct jsonw *w);

#endif
