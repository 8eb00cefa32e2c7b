/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/journals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/scratch.h"

char journal_file[256];

int journal_setup(void **state)
{
	static unsigned serial;

	(void)state;
	(void)snprintf(journal_file, sizeof(journal_file), "%s/j%u/journal.jsonl", scratch_dir,
		       serial++);
	return 0;
}

struct journal *journal_opened(void)
{
	struct journal *j = NULL;
	struct err e = { 0 };

	if (journal_open(journal_file, &j, &e) < 0)
		fail_msg("%s", e.text);
	return j;
}

int journal_append(struct journal *j, const char *event, uint64_t *seq, struct err *e)
{
	struct jsonw *w = journal_begin(j, event, e);

	if (!w)
		return -1;
	jsonw_text(w, "verb", "pause");
	return journal_commit(j, seq, e);
}

void journal_must_append(struct journal *j, const char *event)
{
	struct err e = { 0 };

	if (journal_append(j, event, NULL, &e) < 0)
		fail_msg("%s", e.text);
}

struct journal_state journal_state_of(struct journal *j)
{
	struct journal_state s;
	struct err e = { 0 };

	if (journal_each(j, NULL, NULL, &s, &e) < 0)
		fail_msg("%s", e.text);
	return s;
}

void journal_change(uint64_t at)
{
	int fd = open(journal_file, O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	assert_int_equal(close(fd), 0);
}
