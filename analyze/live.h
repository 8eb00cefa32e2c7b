/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live.h - a container that runs, for a command that reads bundles: `impound collect` takes what it
 * needs into a bundle that is gone afterwards. Nothing of an engine is known here.
 */
#ifndef ANALYZE_LIVE_H
#define ANALYZE_LIVE_H

#include <stdbool.h>

#include "lib/base/err.h"

/* Whether WORD can only be a container: nothing has that name here, and it is no path. */
bool live_is_container(const char *word);

/*
 * Runs the command ARGV once more, on a bundle in the place of the word CONTAINER of it, and takes
 * the bundle away again. Returns its exit status. QUIET: collecting says only errors.
 */
int live_run(int argc, char **argv, const char *container, bool quiet, struct err *e) must_check;

#endif
