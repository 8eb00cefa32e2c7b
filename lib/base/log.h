/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - diagnostics for people, on stderr: "impound: collect: …".
 *
 * Messages are escaped here (text.h), so callers pass names as they are. The result goes to stdout
 * and facts for court to the custody log: the three are never mixed.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "lib/base/err.h"

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

void log_setup(const char *command, enum log_level level);
enum log_level log_level(void);

void log_error(const char *fmt, ...) printf_like(1, 2); /* always */
void log_warn(const char *fmt, ...) printf_like(1, 2);  /* unless -q */
void log_info(const char *fmt, ...) printf_like(1, 2);  /* unless -q */
void log_debug(const char *fmt, ...) printf_like(1, 2); /* with -v */

/* Called before each line: progress takes its bar off the screen there. NULL for none. */
void log_on_line(void (*fn)(void));

#endif
