/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.h - events of every source in a bundle, in one order.
 *
 * Each source is a function in a file of its own, which adds what it finds. What it cannot read it
 * notes, and goes on: -1 is for what ends the whole (a full disk, a signal).
 */
#ifndef ANALYZE_TIMELINE_H
#define ANALYZE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/event.h"
#include "analyze/sort.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/base/stream.h"
#include "lib/bundle/read.h"

#define TIMELINE_EVENTS_MAX 200000000
#define TIMELINE_DAMAGE_MAX 1000                /* files of which it is said */
#define TIMELINE_DOC_MAX    ((size_t)4 << 20)   /* one answer of an engine */
#define TIMELINE_LINE_MAX   ((size_t)256 << 10) /* one line of a .jsonl */

struct damage {
	char *path, *first; /* what was wrong first */
	uint64_t count;
};

/* rpm's database, copied out of the tar it was found in. */
struct timeline_rpm {
	int db, wal; /* temporary files */
	char *path;  /* in the container; NULL: none was found */
	bool has_wal;
};

struct timeline {
	struct bundle_reader *b; /* borrowed */
	struct sort *sort;
	struct timeline_rpm rpm;
	struct timespec since, until; /* both are within; only where has_… */
	bool has_since, has_until;
	bool wants_all;   /* rows of files that are the image's too */
	bool is_one_line; /* a file with all its times is one event: for a bodyfile */
	uint64_t counts[EVENT_SOURCES];
	struct damage *damage;
	size_t damage_count, damage_cap;
	bool is_over; /* TIMELINE_EVENTS_MAX */
	struct str record;
};

/* clang-format off */
#define TIMELINE_NONE { .rpm = { .db = -1, .wal = -1 }, .record = STR_INIT(SORT_RECORD_MAX) }
/* clang-format on */
/* T is TIMELINE_NONE. Opens its temporary files: before the sandbox. */
int timeline_open(struct timeline *t, struct err *e) must_check;
void timeline_release(struct timeline *t);

/* With T->b set: all sources, then sorted; and the bundle is checked: what was read is what was
 * sealed. */
int timeline_take(struct timeline *t, struct err *e) must_check;
int timeline_next(struct timeline *t, struct event *out, struct err *e) must_check;

/*
 * For the sources. timeline_add() drops what is out of bounds. timeline_damaged() notes what is
 * wrong with a part of the evidence and returns 0, or -1 where E says that it is not the evidence's
 * fault; LINE 0 is none.
 */
int timeline_add(struct timeline *t, const struct event *ev, struct err *e) must_check;
int timeline_damaged(struct timeline *t, const char *path, uint64_t line, struct err *e) must_check;
/* The same at TIME, as engines and we write them; one that says "never" is nothing. */
int timeline_at(struct timeline *t, struct event *ev, const char *time, const struct str *what,
		struct err *e) must_check;
bool timeline_is_within(const struct timeline *t, const struct timespec *at);

/* The document PATH: *OUT stays NULL where it is not there or no such thing. */
int timeline_doc(struct timeline *t, const char *path, struct cJSON **out,
		 struct err *e) must_check;
/*
 * Each line of PATH as an object. FN's failure is noted as that line's (timeline_damaged()), or
 * ends it.
 */
typedef int timeline_line(struct timeline *t, const struct cJSON *doc, const char *line, size_t len,
			  void *data, struct err *e);
int timeline_lines(struct timeline *t, const char *path, size_t max, timeline_line *fn, void *data,
		   struct err *e) must_check;

/* The sources. */
int timeline_image(struct timeline *t, struct err *e) must_check;
int timeline_container(struct timeline *t, struct err *e) must_check;
int timeline_engine(struct timeline *t, struct err *e) must_check;
int timeline_custody(struct timeline *t, struct err *e) must_check;
int timeline_contain(struct timeline *t, struct err *e) must_check;
int timeline_files(struct timeline *t, struct err *e) must_check;
int timeline_processes(struct timeline *t, struct err *e) must_check;
int timeline_logs(struct timeline *t, struct err *e) must_check;
int timeline_tars(struct timeline *t, struct err *e) must_check;
int timeline_rpm(struct timeline *t, struct err *e) must_check; /* after the tars */

int timeline_rpm_open(struct timeline_rpm *r, struct err *e) must_check;
void timeline_rpm_release(struct timeline_rpm *r);
/* Whether this file of the container is a part of rpm's database; then it is to be kept. */
bool timeline_rpm_wants(const char *path);
int timeline_rpm_keep(struct timeline_rpm *r, const char *path, struct source *content,
		      struct err *e) must_check;

/* Where in the container the tmpfs or volume is that INDEX (a .jsonl) is of: from its first row. */
int timeline_mount(struct timeline *t, const char *index, struct str *out,
		   struct err *e) must_check;

#endif
