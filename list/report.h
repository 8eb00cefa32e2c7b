/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - containers as lines for people; everything that came from outside is escaped. */
#ifndef LIST_REPORT_H
#define LIST_REPORT_H

#include <stddef.h>

#include "lib/engine/engine.h"

/* The terminal's width: COLUMNS or the terminal's own word; 80 if nobody says. */
size_t report_columns(void);

/*
 * A line a container, aligned, below a line of headings. LISTS has one list for each engine. Within
 * COLUMNS the widest columns give way, longest first; 0 is no limit.
 */
void report_print(const struct engines *all, const struct container_list *lists, size_t columns);
/* One, unaligned. */
void report_line(const struct engine *g, const struct container *c);

#endif
