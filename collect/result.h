/* SPDX-License-Identifier: Apache-2.0 */
/* result.h - what became of a collected container: as JSON, and in a few lines for people. */
#ifndef COLLECT_RESULT_H
#define COLLECT_RESULT_H

#include "collect/run.h"
#include "lib/base/jsonw.h"
#include "lib/base/str.h"

#define ARTIFACTS_INLINE_MAX 1000

/* The keys `container`, `bundle`, `seal` and `artifacts` into an open object; those that there are.
 */
void run_json(const struct run *r, struct jsonw *w);

/* State, what is missing and why, receipt, and the line that verifies it: 80 columns. */
void run_summary(const struct run *r, struct str *out);

#endif
