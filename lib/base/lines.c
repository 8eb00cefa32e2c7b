/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/lines.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

#define BLOCK ((size_t)64 << 10)

void lines_init(struct lines *l, struct source *from, size_t max)
{
	*l = (struct lines){ .from = from, .block = xmalloc(BLOCK) };
	str_init(&l->line, max);
}

void lines_release(struct lines *l)
{
	free(l->block);
	str_release(&l->line);
	l->block = NULL;
}

/* Adds as much as the limit lets in. */
static void keep(struct lines *l, const char *p, size_t len)
{
	size_t room = l->line.max - l->line.len;

	l->is_over |= len > room;
	str_add(&l->line, p, len < room ? len : room);
}

static int give(struct lines *l, const char **line, size_t *len)
{
	l->number++;
	*line = l->line.buf;
	*len = l->line.len;
	return 1;
}

int lines_next(struct lines *l, const char **line, size_t *len, struct err *e)
{
	bool has_any = false;

	str_reset(&l->line);
	l->is_over = l->is_torn = false;
	l->length = 0;
	for (;;) {
		const char *from = l->block + l->at, *lf;
		size_t n = l->have - l->at;
		ssize_t got;

		lf = n ? memchr(from, '\n', n) : NULL;
		if (lf)
			n = (size_t)(lf - from) + 1;
		l->at += n;
		l->length += n;
		/* Most lines lie in one block, and are given where they lie. */
		if (lf && !has_any && n <= l->line.max) {
			l->number++;
			*line = from;
			*len = n;
			return 1;
		}
		has_any |= n > 0;
		keep(l, from, n);
		if (lf)
			return give(l, line, len);
		got = source_read(l->from, l->block, BLOCK, e);
		l->at = 0;
		l->have = got > 0 ? (size_t)got : 0;
		if (got > 0)
			continue;
		if (!has_any)
			return got < 0 ? -1 : 0;
		l->is_torn = true;
		return give(l, line, len);
	}
}
