/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - one action carried out: pinned, asked, journalled, done, proved.
 *
 * Nothing is called before the intent is durable, and just before the call the container is read
 * once more: another run of it is another container. From the intent to the outcome a first signal
 * waits.
 */
#ifndef CONTAIN_RUN_H
#define CONTAIN_RUN_H

#include "contain/act.h"

/*
 * Looks and plans; changes nothing. H is what the journal knows; NULL for nothing. A failure is in
 * A->error and A->result, as those of act_do().
 */
int act_prepare(struct act *a, struct engine *g, const char *id, const struct history *h);
/* Asks, collects, journals, acts, proves. Only after act_prepare() succeeded. */
void act_do(struct act *a);

/* Its part of the exit status. */
int act_status(const struct act *a);

#endif
