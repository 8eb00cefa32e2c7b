/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.h - the one object that --json puts on stdout, also on failure.
 *
 * {"schema":"impound-result/1","command":"collect","exit_code":0,"status":"done","tool":"impound
 * 0.1.0",…}
 */
#ifndef BASE_RESULT_H
#define BASE_RESULT_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/jsonw.h"

#define RESULT_MAX ((size_t)64 << 20)

/* Begins the object in OUT; the caller adds its own keys, then calls result_print(). */
void result_begin(struct jsonw *w, struct str *out, const char *command, int status);
/*
 * Writes to stdout what there is of it so far: between the results of several targets, each of
 * which may be large.
 */
void result_flush(struct jsonw *w);
/* Ends the line and writes it to stdout. */
void result_print(struct jsonw *w);

/* Whether the command line asks for --json; for failures before or while options are read. */
bool result_is_wanted(int argc, char *const *argv);
/* The whole object for a command that failed: "error" has the text. */
void result_error(const char *command, int status, const struct err *e);

#endif
