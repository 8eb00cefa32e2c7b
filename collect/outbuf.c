/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/outbuf.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

#define OUTBUF_SIZE ((size_t)256 << 10)

struct outbuf {
	struct sink sink;
	struct sink *to;
	size_t used;
	bool has_failed;
	char bytes[OUTBUF_SIZE];
};

static int pass_on(struct outbuf *b, const void *p, size_t len, struct err *e)
{
	int result = sink_write(b->to, p, len, e);

	b->has_failed |= result < 0;
	return result;
}

int outbuf_flush(struct outbuf *b, struct err *e)
{
	size_t used = b->used;

	b->used = 0;
	return used ? pass_on(b, b->bytes, used, e) : 0;
}

bool outbuf_has_failed(const struct outbuf *b)
{
	return b->has_failed;
}

static int buffer_write(struct sink *s, const void *p, size_t len, struct err *e)
{
	struct outbuf *b = (struct outbuf *)s;

	if (len > OUTBUF_SIZE - b->used && outbuf_flush(b, e) < 0)
		return -1;
	if (len >= OUTBUF_SIZE / 4)
		return outbuf_flush(b, e) < 0 ? -1 : pass_on(b, p, len, e);
	memcpy(b->bytes + b->used, p, len);
	b->used += len;
	return 0;
}

static int buffer_finish(struct sink *s, struct err *e)
{
	return outbuf_flush((struct outbuf *)s, e);
}

static void buffer_close(struct sink *s)
{
	free(s);
}

struct outbuf *outbuf_new(struct sink *to)
{
	struct outbuf *b = xmalloc(sizeof(*b));

	b->sink = (struct sink){ .write = buffer_write,
				 .finish = buffer_finish,
				 .close = buffer_close };
	b->to = to;
	b->used = 0;
	b->has_failed = false;
	return b;
}

void outbuf_free(struct outbuf *b)
{
	if (b)
		buffer_close(&b->sink);
}

struct sink *outbuf_sink(struct outbuf *b)
{
	return &b->sink;
}
