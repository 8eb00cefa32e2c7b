/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/failing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

struct broken_source {
	struct source source;
	const char *p;
	size_t left, step;
	bool breaks;
};

static ssize_t broken_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct broken_source *b = (struct broken_source *)s;
	size_t n = len < b->left ? len : b->left;

	if (n > b->step)
		n = b->step;
	if (n == 0 && b->breaks && len) {
		errno = EIO;
		return err_sys(e, "read");
	}
	if (n)
		memcpy(p, b->p, n);
	b->p += n;
	b->left -= n;
	return (ssize_t)n;
}

static void source_free(struct source *s)
{
	free(s);
}

static struct source *broken_source(const void *p, size_t left, size_t step, bool breaks)
{
	struct broken_source *b = xcalloc(1, sizeof(*b));

	b->source = (struct source){ .read = broken_read, .close = source_free };
	b->p = p;
	b->left = left;
	b->step = step;
	b->breaks = breaks;
	return &b->source;
}

struct source *failing_source(const void *p, size_t len, size_t n)
{
	return broken_source(p, n < len ? n : len, SIZE_MAX, n < len);
}

struct source *cut_source(const void *p, size_t n)
{
	return broken_source(p, n, SIZE_MAX, false);
}

struct source *slow_source(const void *p, size_t len, size_t step)
{
	return broken_source(p, len, step, false);
}

struct broken_sink {
	struct sink sink;
	struct str *out;
	size_t left;
	bool finishes;
};

static int broken_write(struct sink *s, const void *p, size_t len, struct err *e)
{
	struct broken_sink *b = (struct broken_sink *)s;
	size_t n = len < b->left ? len : b->left;

	str_add(b->out, p, n);
	b->left -= n;
	if (n == len)
		return 0;
	errno = ENOSPC;
	return err_sys(e, "write");
}

static int broken_finish(struct sink *s, struct err *e)
{
	if (((struct broken_sink *)s)->finishes)
		return 0;
	errno = EIO;
	return err_sys(e, "fsync");
}

static void sink_free(struct sink *s)
{
	free(s);
}

static struct sink *broken_sink(struct str *out, size_t n, bool finishes)
{
	struct broken_sink *b = xcalloc(1, sizeof(*b));

	b->sink =
		(struct sink){ .write = broken_write, .finish = broken_finish, .close = sink_free };
	b->out = out;
	b->left = n;
	b->finishes = finishes;
	return &b->sink;
}

struct sink *failing_sink(struct str *out, size_t n)
{
	return broken_sink(out, n, true);
}

struct sink *unfinished_sink(struct str *out)
{
	return broken_sink(out, SIZE_MAX, false);
}
