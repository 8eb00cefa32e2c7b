/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failing.h - sources and sinks that break at a byte of the test's choice.
 *
 * Run in a loop over every byte: what is tested must come out whole, or fail and say so.
 */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <stddef.h>

#include "lib/base/str.h"
#include "lib/base/stream.h"

/* Delivers the first N of LEN borrowed bytes, then EIO; with N == LEN it ends well. */
struct source *failing_source(const void *p, size_t len, size_t n);
/* The same, but ends as if all had come: what a cut connection without a length looks like. */
struct source *cut_source(const void *p, size_t n);
/* At most STEP bytes a read. */
struct source *slow_source(const void *p, size_t len, size_t step);

/* Takes N bytes into OUT (borrowed), then ENOSPC, keeping what fits. */
struct sink *failing_sink(struct str *out, size_t n);
/* Takes everything; finish is EIO. */
struct sink *unfinished_sink(struct str *out);

#endif
