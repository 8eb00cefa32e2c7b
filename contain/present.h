/* SPDX-License-Identifier: Apache-2.0 */
/* present.h - a container that the journal tells of, as it is now: looked for in its engine. */
#ifndef CONTAIN_PRESENT_H
#define CONTAIN_PRESENT_H

#include <stdbool.h>

#include "contain/deed.h"
#include "contain/holds.h"
#include "contain/subject.h"
#include "lib/engine/engine.h"

struct present {
	struct subject subject;
	bool is_there;  /* subject is it */
	bool is_gone;   /* its engine answers, and does not have it */
	struct err why; /* where it is neither */
};

void present_release(struct present *p);

/* The container of D. Never fails: see why. */
void present_look(struct engines *all, const struct deed *d, struct present *out);

/* deed_holds(), and HOLDS_UNKNOWN with the reason where it could not be looked at. */
enum holding present_holds(const struct deed *d, const struct present *p, struct str *why);

#endif
