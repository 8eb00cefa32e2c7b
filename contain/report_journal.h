/* SPDX-License-Identifier: Apache-2.0 */
/* report_journal.h - the journal for people on 80 columns, and as the JSON result. */
#ifndef CONTAIN_REPORT_JOURNAL_H
#define CONTAIN_REPORT_JOURNAL_H

#include <stdbool.h>

#include "contain/deed.h"
#include "lib/base/opt.h"

#define JOURNAL_INLINE_MAX                                                                         \
	1000 /* actions, or faults, in the JSON result: the newest, the first                      \
	      */

/* Which of its actions: all that fit. */
struct journal_filter {
	const char *case_id;            /* NULL for any */
	const struct words *containers; /* names, or beginnings of ids; none for any */
};

void report_actions(const struct history *h, const struct journal_filter *f);
void report_actions_json(const struct history *h, const struct journal_filter *f, const char *path,
			 int status);

/* What is wrong with one line. */
struct journal_fault {
	uint64_t line;
	bool is_torn;
	char why[160];
};

struct journal_check {
	const char *path;
	struct journal_state state;
	struct journal_fault *faults; /* the first of them */
	size_t count, cap;
	uint64_t fault_count;
	const char *head; /* that must be the digest of some line; NULL for none */
	bool is_head_found;
	int status;
};

void report_check(const struct journal_check *c);
void report_check_json(const struct journal_check *c);

#endif
