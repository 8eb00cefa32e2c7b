/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.h - what is happening now, on stderr: a bar on a terminal, a JSON line an event, or
 * nothing.
 *
 * The bar is one line with step, bytes and rate, redrawn at most ten times a second, at most as
 * wide as the terminal, and gone before any other line is written (log.h). JSON: one object a line,
 * {"event":"step|bytes|done","step":"rootfs","n":3,"of":12,"bytes":"123","time":"…"}; bytes at most
 * ten times a second. Foreign text is escaped.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/stream.h"

enum progress_mode { PROGRESS_AUTO, PROGRESS_BAR, PROGRESS_JSON, PROGRESS_NONE };

/* The words of --progress: "auto", "bar", "json", "none". AUTO is a bar on a terminal, else none.
 */
enum progress_mode progress_mode_of(const char *word);

void progress_start(enum progress_mode mode, unsigned steps);
void progress_step(const char *name); /* counts by itself */
void progress_bytes(uint64_t more);   /* of this step; safe from any thread */
void progress_stop(void);             /* clears the bar */
/* For stream_copy(). */
extern const struct tick progress_tick;

#endif
