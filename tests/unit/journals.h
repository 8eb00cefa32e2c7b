/* SPDX-License-Identifier: Apache-2.0 */
/* journals.h - a journal of a test's own, in its scratch folder (scratch.h). */
#ifndef TESTS_JOURNALS_H
#define TESTS_JOURNALS_H

#include "lib/bundle/journal.h"

/* Where it is: another place for each test that has journal_setup. */
extern char journal_file[256];
int journal_setup(void **state);

/* These fail the test where they cannot. */
struct journal *journal_opened(void);
void journal_must_append(struct journal *j, const char *event);
struct journal_state journal_state_of(struct journal *j);
/* One bit of the byte at this place. */
void journal_change(uint64_t at);

int journal_append(struct journal *j, const char *event, uint64_t *seq, struct err *e) must_check;

#endif
