/* SPDX-License-Identifier: Apache-2.0 */
/* report_diff.h - what diff found, for people and for machines, a change at a time. */
#ifndef ANALYZE_REPORT_DIFF_H
#define ANALYZE_REPORT_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "analyze/change.h"
#include "analyze/classify.h"
#include "lib/base/err.h"
#include "lib/base/jsonw.h"

struct report_diff {
	bool as_json, is_stat, is_verbose;
	size_t columns;        /* of the terminal */
	struct str line, rest; /* kept from change to change */
};

void report_diff_init(struct report_diff *r);
void report_diff_release(struct report_diff *r);
/* A function of struct classify; DATA is a struct report_diff. */
int report_change(const struct change *c, void *data, struct err *e) must_check;
/* The numbers, for people. */
void report_counts(const struct report_diff *r, const struct counts *n);
/* The same as "counts". */
void report_counts_json(struct jsonw *w, const struct counts *n);

#endif
