/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - the containment journal: what was done to which container, by whom, and what came of
 * it.
 *
 * The custody log's form (custody.h): one JSON object a line, hash-chained, each line one write and
 * an fdatasync. It outlives the process: several impounds write to it, one at a time, and a crash
 * may tear its last line. Such a line is never taken away: the next writer ends it with LF, says so
 * in a line "torn", and goes on; the chain names the torn line as it names any other, and "lines"
 * counts them, so that no whole line can be made one later. Line 0 is "opened" and has an id and
 * the scene (scene.h). A broken chain stops no writer, for somebody has to act; readers report it.
 *
 * The file is 0600 in a directory 0700. Whoever may write there may write anything: what pins the
 * journal is its head in the bundles that were sealed meanwhile, and in what people noted.
 *
 *	w = journal_begin(j, "intent", e)     takes the file's lock
 *	jsonw_text(w, "verb", "pause")
 *	journal_commit(j, &seq, e)            durable, and unlocked
 */
#ifndef BUNDLE_JOURNAL_H
#define BUNDLE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/base/stream.h"
#include "lib/bundle/custody.h"

struct journal;

#define JOURNAL_BYTES_MAX ((uint64_t)4 << 30)

/*
 * NAMED if not NULL (--journal), else $IMPOUND_JOURNAL, else /var/lib/impound/journal.jsonl for
 * root, else $XDG_STATE_HOME/impound/journal.jsonl or ~/.local/state/impound/journal.jsonl. The
 * caller frees.
 */
int journal_path(const char *named, char **out, struct err *e) must_check;

/*
 * For writing: makes the directory and the file where they are not. Refuses a link, anything but a
 * regular file, and a file or its directory that others may write to, naming it and the way out.
 */
int journal_open(const char *path, struct journal **out, struct err *e) must_check;
/* For reading alone; none there is ERR_ABSENT. */
int journal_open_reading(const char *path, struct journal **out, struct err *e) must_check;
void journal_freep(struct journal **j);
const char *journal_where(const struct journal *j);

/*
 * Begins a line; the caller adds its own keys. Every line has, after its event, what tells one
 * moment and one machine from another: boottime_ns, boot_id, host, tool, pid. NULL on failure.
 */
struct jsonw *journal_begin(struct journal *j, const char *event, struct err *e) must_check;
/* *SEQ, if not NULL, is the line's number. */
int journal_commit(struct journal *j, uint64_t *seq, struct err *e) must_check;

/*
 * Who is behind it: operator (NAMED, else the login's name), uid, loginuid, sudo_user, tty,
 * ssh_connection.
 */
void journal_who(struct jsonw *w, const char *named);

/*
 * The right to act on containers, one impound at a time, until journal_yield() or the end of the
 * process; children do not inherit it. If another has it, WAITING is called once with that one's
 * pid (0: not known); a signal ends the wait with ERR_STOPPED.
 */
int journal_claim(struct journal *j, void (*waiting)(pid_t pid), struct err *e) must_check;
void journal_yield(struct journal *j);

/* What the whole of it is. */
struct journal_state {
	uint64_t lines, bytes;
	char head[SHA256_HEX]; /* of the last line; CUSTODY_ZERO for none */
	uint64_t torn;         /* lines cut by a crash and owned up to by the next */
	uint64_t broken;       /* lines that are none, or whose number or prev is wrong */
	bool ends_torn;        /* the last line has no LF, and nobody wrote since */
};

struct journal_line {
	uint64_t number;         /* from 1, as an editor counts */
	uint64_t seq;            /* as the line says */
	const char *event;       /* "" where it is no such line */
	const struct cJSON *doc; /* NULL where it is no such line */
	const char *fault;       /* a sentence: what is wrong with it; NULL for nothing */
	bool is_torn;            /* a crash cut it: the next whole line says so, or there is none */
	char digest[SHA256_HEX]; /* of it with its LF: what a head noted of it is */
	char cut[SHA256_HEX]; /* where it is none: of it without, as it was while it was the last */
};

/*
 * Reads it from the start, as far as it went when it was begun. FN may be NULL; its failure ends
 * the reading. A broken line is no failure: it is counted, and shown to FN with its fault.
 */
int journal_each(struct journal *j,
		 int (*fn)(const struct journal_line *line, void *data, struct err *e), void *data,
		 struct journal_state *out, struct err *e) must_check;

/* Copies the first STATE->bytes, and fails if their last line is not STATE->head any more. */
int journal_copy(struct journal *j, const struct journal_state *state, struct sink *to,
		 struct err *e) must_check;

#endif
