/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - something that happened at one time, and the bytes it is while events are sorted.
 *
 * Texts are as the evidence has them: hostile, any bytes.
 */
#ifndef ANALYZE_EVENT_H
#define ANALYZE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "analyze/when.h"
#include "lib/base/str.h"

enum event_source {
	EVENT_IMAGE,
	EVENT_CONTAINER, /* its life as inspect tells it */
	EVENT_ENGINE,
	EVENT_CUSTODY, /* what collecting did */
	EVENT_CONTAIN,
	EVENT_FILE,
	EVENT_PACKAGE,
	EVENT_PROCESS,
	EVENT_LOG,
	EVENT_SHELL,
	EVENT_LOGIN,
};
#define EVENT_SOURCES (EVENT_LOGIN + 1)
const char *event_source_word(enum event_source s); /* at most 9 letters */

/* What kind of time it is: of a file several may be the same. */
enum {
	EVENT_MODIFIED = 1 << 0,
	EVENT_ACCESSED = 1 << 1,
	EVENT_CHANGED = 1 << 2,
	EVENT_BORN = 1 << 3,
	EVENT_DELETED = 1 << 4,
	EVENT_STARTED = 1 << 5,
	EVENT_ENDED = 1 << 6,
	EVENT_INSTALLED = 1 << 7,
	EVENT_EXECUTED = 1 << 8,
	EVENT_RECORDED = 1 << 9,
};
#define EVENT_FILE_TIMES (EVENT_MODIFIED | EVENT_ACCESSED | EVENT_CHANGED | EVENT_BORN)
/* "Content Modification Time; Creation Time": appends the words that Timesketch's users know. */
void event_times_text(struct str *out, unsigned times);

/* What is longer is cut, and ends in "…"; of an object so that it fits in base64 too. */
#define EVENT_TEXT_MAX   ((size_t)32000)
#define EVENT_OBJECT_MAX ((size_t)24000)

struct event {
	struct when when;
	enum event_source source;
	unsigned times;
	const char *what; /* a sentence; of a file the verb alone: "added" */
	size_t what_len;
	const char *object; /* what it happened to: a path, a pid; may be "" */
	size_t object_len;
	/* Of files alone. */
	mode_t mode; /* 0: not known */
	uint64_t uid, gid, size, inode;
	int64_t file_times[4]; /* seconds, in bodyfile's order: a, m, c, b; 0: not known */
};

/* Replaces what is in OUT. */
void event_encode(const struct event *ev, struct str *out);
/* Texts point into P, which event_encode() made. */
void event_decode(const void *p, size_t len, struct event *out);
/* By time; fits sort.h. */
int event_order(const void *a, size_t a_len, const void *b, size_t b_len);

#endif
