/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflate.h - what is behind gzip or zstd; what is neither passes as it is.
 *
 * Told by the first bytes. Compressed once, not twice; of a zstd window no more than
 * INFLATE_WINDOW_LOG; not more than INFLATE_MAX bytes, and past INFLATE_GRANTED of them not more
 * than INFLATE_RATIO for each byte that went in. A stream that is cut off, or has something behind
 * its end, fails at its end. Nobody looks at gzip's own checksum: what matters has a digest.
 */
#ifndef BASE_INFLATE_H
#define BASE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/stream.h"

#define INFLATE_WINDOW_LOG 27
#define INFLATE_MAX        (UINT64_C(1) << 42)
#define INFLATE_GRANTED    (UINT64_C(1) << 30)
#define INFLATE_RATIO      10000 /* of gzip it is 1032 at most, of zstd some 40000 */

#define INFLATE_MAGIC 4 /* bytes that tell */
/* "gzip", "zstd", or NULL: neither, or too few bytes. */
const char *inflate_kind(const void *p, size_t len);

/* Borrows the source. Ready to skip where that is plain and is. */
struct source *inflate_new(struct source *from);
/* Whether what is read from it is what the other source has; known once something was read. */
bool inflate_is_plain(const struct source *s);

#endif
