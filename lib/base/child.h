/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.h - this very program once more, as a child: `impound collect` for those that may not
 * include it.
 *
 * No shell, and the program that runs already, whatever lies at its path by now. What it says on
 * standard error goes where ours goes.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "lib/base/err.h"
#include "lib/base/str.h"

/*
 * WORDS end in NULL; the first one is the program's name. OUT, if not NULL, gets its standard
 * output (what passes out->max is read and dropped: str_ok() tells); else that is ours. Returns its
 * exit status, 128 and the signal that ended it, or -1. A SIGTERM to us is passed on; a terminal's
 * signals reach it by themselves.
 */
int child_run(const char *const *words, struct str *out, struct err *e) must_check;

#endif
