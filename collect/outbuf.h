/* SPDX-License-Identifier: Apache-2.0 */
/* outbuf.h - a sink before a sink: small writes gathered, large ones passed on where they lie. */
#ifndef COLLECT_OUTBUF_H
#define COLLECT_OUTBUF_H

#include <stdbool.h>

#include "lib/base/stream.h"

struct outbuf;
struct outbuf *outbuf_new(struct sink *to); /* borrows the sink */
void outbuf_free(struct outbuf *b);         /* accepts NULL; what was not flushed is gone */
struct sink *outbuf_sink(struct outbuf *b);
/* Whether a write to what is behind it has failed. */
bool outbuf_has_failed(const struct outbuf *b);
int outbuf_flush(struct outbuf *b, struct err *e) must_check;

#endif
