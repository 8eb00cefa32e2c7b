/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - where an answer goes: standard output, or the new file of -o, opened before the
 * sandbox is entered.
 *
 * A file that is there already is never written over. What was written stays where a command fails
 * half way; its exit status says so.
 */
#ifndef ANALYZE_OUTPUT_H
#define ANALYZE_OUTPUT_H

#include <stdio.h>

#include "lib/base/err.h"
#include "lib/base/str.h"

struct output {
	FILE *f;
	const char *path; /* NULL: standard output */
};

/* PATH NULL or "-": standard output. */
int output_open(const char *path, struct output *out, struct err *e) must_check;
int output_write(struct output *o, const void *p, size_t len, struct err *e) must_check;
/* Flushes, and of a file fsyncs and closes it: the one place where success is confirmed. */
int output_finish(struct output *o, struct err *e) must_check;
/* Gives up if not finished. */
void output_release(struct output *o);

#endif
