/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: in one piece or byte by byte, the same comes out, and never more than went in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/model/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int split(const uint8_t *p, size_t len, size_t step, struct str *out)
{
	struct frames f = { 0 };
	struct err e = { 0 };

	while (len) {
		size_t n = step < len ? step : len, piece_len;
		const void *piece;
		int from;
		ssize_t used = frames_next(&f, p, n, &from, &piece, &piece_len, &e);

		if (used < 0)
			return -1;
		if (used == 0 || (size_t)used > n || piece_len > (size_t)used)
			abort();
		str_add(out, piece, piece_len);
		p += used;
		len -= (size_t)used;
	}
	return frames_end(&f, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(str_release) struct str whole = STR_INIT(size + 1);
	AUTO(str_release) struct str bytes = STR_INIT(size + 1);

	if (split(data, size, size, &whole) != split(data, size, 1, &bytes) ||
	    whole.len != bytes.len || memcmp(whole.buf, bytes.buf, whole.len) != 0)
		abort();
	return 0;
}
