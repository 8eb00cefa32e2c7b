/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.h - the engines' log stream of a container without a TTY: 8-byte header, then that many
 * bytes.
 *
 * Header: stream, three zeros, big-endian length (Docker Engine API, "ContainerAttach, Stream
 * format"). A pure splitter: bytes in, pieces out, no allocation. Starts as { 0 }.
 */
#ifndef MODEL_FRAMES_H
#define MODEL_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"

#define FRAME_MAX ((uint32_t)1 << 30) /* a longer one is no frame */

enum frame_stream {
	FRAME_STDIN,
	FRAME_STDOUT,
	FRAME_STDERR,
	FRAME_SYSTEM, /* the daemon's own message, when it fails in the middle */
};

struct frames {
	unsigned char head[8];
	size_t have;
	uint32_t left;
	int stream;
};

/*
 * Consumes from P: returns how many bytes were used, and sets *STREAM and *PIECE (a part of P,
 * maybe empty) to what they carry. Call until all LEN bytes are used. -1 with ERR_FORMAT on a bad
 * header.
 */
ssize_t frames_next(struct frames *f, const void *p, size_t len, int *stream, const void **piece,
		    size_t *piece_len, struct err *e) must_check;
/* At the end of the stream: ERR_FORMAT if it ended inside a frame. */
int frames_end(const struct frames *f, struct err *e) must_check;

#endif
