/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/frames.h"

#include <string.h>

static int head_read(struct frames *f, struct err *e)
{
	const unsigned char *h = f->head;
	uint32_t len = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];

	if (h[0] > FRAME_SYSTEM || h[1] || h[2] || h[3] || len > FRAME_MAX)
		return err_set(e, ERR_FORMAT,
			       "not a frame of a log stream: %02x %02x %02x %02x, length %u", h[0],
			       h[1], h[2], h[3], len);
	f->stream = h[0];
	f->left = len;
	f->have = 0;
	return 0;
}

ssize_t frames_next(struct frames *f, const void *p, size_t len, int *stream, const void **piece,
		    size_t *piece_len, struct err *e)
{
	size_t used = 0, body;

	if (f->left == 0) {
		used = sizeof(f->head) - f->have;
		if (used > len)
			used = len;
		if (used)
			memcpy(f->head + f->have, p, used);
		f->have += used;
		if (f->have == sizeof(f->head) && head_read(f, e) < 0)
			return -1;
	}
	body = len - used < f->left ? len - used : f->left;
	f->left -= (uint32_t)body;
	*stream = f->stream;
	*piece = (const char *)p + used;
	*piece_len = body;
	return (ssize_t)(used + body);
}

int frames_end(const struct frames *f, struct err *e)
{
	if (f->left)
		return err_set(e, ERR_FORMAT, "the log stream ends %u bytes before its frame does",
			       f->left);
	if (f->have)
		return err_set(e, ERR_FORMAT, "the log stream ends inside a frame's header");
	return 0;
}
