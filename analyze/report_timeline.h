/* SPDX-License-Identifier: Apache-2.0 */
/* report_timeline.h - an event as a line: for people, for Timesketch, for mactime. */
#ifndef ANALYZE_REPORT_TIMELINE_H
#define ANALYZE_REPORT_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "analyze/event.h"
#include "lib/base/str.h"

#define REPORT_FIELD_MAX ((size_t)32766) /* bytes of a text that Timesketch still finds */
#define REPORT_LINE_MAX  ((size_t)1 << 20)

struct report_style {
	size_t columns; /* text alone: cut there; 0: as wide as it is */
	bool is_tampered;
	bool shows_secrets; /* else they are replaced, see secret.h */
};

/* Each appends a line to OUT. */
void report_event_text(struct str *out, const struct event *ev, const struct report_style *style);
void report_event_jsonl(struct str *out, const struct event *ev, const struct report_style *style);
/* Bytes of a name that would part the line are escaped for people first, then as mactime wants. */
void report_event_body(struct str *out, const struct event *ev, const struct report_style *style);

#endif
