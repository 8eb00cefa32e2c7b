/* SPDX-License-Identifier: Apache-2.0 */
/* journaling.h - an open journal: what the files behind journal.h share. */
#ifndef BUNDLE_JOURNALING_H
#define BUNDLE_JOURNALING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bundle/custody.h"
#include "lib/bundle/journal.h"

struct journal {
	char *path;
	char *lock_name; /* of the lock for actions, in dir */
	int dir;         /* -1 where it is open for reading alone */
	int claim;       /* the lock for actions while it is ours, else -1 */
	bool is_locked;
	struct custody log; /* the file, and the line under way */
};

/* Takes the descriptor. */
struct journal *journal_new(int fd, const char *path);

/*
 * The lock of the file itself, for as long as an append takes; HOW is LOCK_EX or LOCK_SH. Waits for
 * another's, and gives up after half a minute: no append takes so long, but a stopped process may
 * hold it for ever.
 */
int journal_lock(struct journal *j, int how, struct err *e) must_check;
void journal_unlock(struct journal *j);

/* How long it is now; ERR_LIMIT past JOURNAL_BYTES_MAX. */
int journal_size(const struct journal *j, uint64_t *out, struct err *e) must_check;

/* What the first BYTES of it are, and what the next line must say. */
struct journal_scan {
	struct journal_state state;
	struct custody_chain chain;
	uint64_t unreadable; /* lines at its end that are none */
};
int journal_scan(struct journal *j, uint64_t bytes,
		 int (*fn)(const struct journal_line *line, void *data, struct err *e), void *data,
		 struct journal_scan *out, struct err *e) must_check;

#endif
