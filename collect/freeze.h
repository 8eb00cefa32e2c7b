/* SPDX-License-Identifier: Apache-2.0 */
/*
 * freeze.h - the target stands still for a while, and is never left so: not even by kill -9.
 *
 * A guard process is forked before anything is paused, in a session of its own. It holds one end of
 * a socket pair; when ours closes while the target is frozen, or may be, it thaws the target over a
 * connection of its own and ends. It ends with us when all is well.
 */
#ifndef COLLECT_FREEZE_H
#define COLLECT_FREEZE_H

#include "lib/base/err.h"
#include "lib/engine/engine.h"

struct freeze;

/* Forks the guard: to be called while the process has one thread. G and ID must outlive it. */
int freeze_prepare(struct engine *g, const char *id, struct freeze **out, struct err *e) must_check;
/* A failure means that the target is not frozen, as far as the engine can be believed. */
int freeze_pause(struct freeze *f, struct err *e) must_check;
/* Goes on trying for half a minute. *SECONDS is how long it stood still; -1: somebody else thawed
 * it. */
int freeze_thaw(struct freeze *f, double *seconds, struct err *e) must_check;
/* Fails where it is seen to be thawed, or cannot be seen. */
int freeze_holds(struct freeze *f, struct err *e) must_check;
/* It stays as it is, whatever becomes of us. */
void freeze_keep(struct freeze *f);
/* Thaws what is still frozen and waits for the guard to end. */
void freeze_freep(struct freeze **f);

#endif
