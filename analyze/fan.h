/* SPDX-License-Identifier: Apache-2.0 */
/* fan.h - many runs as one: the least record of all of them at a time. */
#ifndef ANALYZE_FAN_H
#define ANALYZE_FAN_H

#include <stddef.h>

#include "analyze/runs.h"
#include "lib/base/err.h"

struct fan;
/* Of a run that says it has none (may_want) no RECORD_WANT is given. */
struct fan *fan_new(const struct run *runs, size_t count);
void fan_freep(struct fan **f);

/* The least; NULL before the first fan_pop() and at the end. Valid until the next fan_pop(). */
const struct record *fan_top(const struct fan *f);
/* Takes it off (at first: nothing), so that the next one is on top. */
int fan_pop(struct fan *f, struct err *e) must_check;

#endif
