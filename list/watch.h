/* SPDX-License-Identifier: Apache-2.0 */
/* watch.h - what changes in a set of containers, as long as nobody stops it. */
#ifndef LIST_WATCH_H
#define LIST_WATCH_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/engine/engine.h"

enum change_kind { CHANGE_ADDED, CHANGE_CHANGED, CHANGE_REMOVED };
const char *change_word(enum change_kind kind);

struct watch {
	bool all;              /* stopped ones too */
	bool (*is_over)(void); /* asked ten times a second: nobody reads any more */
	/* Called one at a time, from the thread of the engine in question. */
	void (*on_change)(enum change_kind kind, const struct engine *g, const struct container *c);
	/* An engine that was lost, or, with E NULL, is back. */
	void (*on_engine)(const struct engine *g, const struct err *e);
};

/*
 * One thread an engine: it lists, reports what differs from before, then waits for the engine's
 * events or RECONCILE_S, and lists again. An engine that fails is tried again every few seconds and
 * delays no other. Returns when a signal came or it is over; *SICK tells whether an engine was lost
 * at the end.
 */
int watch_run(const struct engines *all, const struct watch *w, bool *sick,
	      struct err *e) must_check;

#endif
