/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holds.h - whether what the journal says was done still is so: by the engine's present state,
 * compared with what was wanted and what was before.
 *
 * That also resolves an intent without an outcome: it was carried out where it holds.
 */
#ifndef CONTAIN_HOLDS_H
#define CONTAIN_HOLDS_H

#include <stdbool.h>

#include "contain/deed.h"
#include "contain/subject.h"
#include "lib/base/str.h"

enum holding { HOLDS, HOLDS_PARTLY, HOLDS_NOT, HOLDS_UNKNOWN };

/* NOW is the container as it is, NULL where it is gone. WHY becomes what was seen, a clause. */
enum holding deed_holds(const struct deed *d, const struct subject *now, struct str *why);

/* Whether it is of this container, and of this run of it. */
bool deed_is_of(const struct deed *d, const struct subject *s);
bool deed_is_of_run(const struct deed *d, const struct subject *s);

/* Whether it may have changed something, and nothing took it back since. */
bool deed_stands(const struct deed *d);

/* Whether LATER is about every network that D is about. */
bool deed_is_all_in(const struct deed *d, const struct deed *later);

/* Whether a later action did the opposite, also where it was not meant as an undo. */
bool deed_is_superseded(const struct deed *d, const struct history *h);

/*
 * Whether D lifted a pause for the moment of its calls and did not live to put it back: it runs,
 * nobody decided that.
 */
bool deed_lost_pause(const struct deed *d, const struct history *h, const struct subject *now);

#endif
