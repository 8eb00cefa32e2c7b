/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.h - a tar, a layer of an image or a whole root file system, as records.
 *
 * Names are normalised: leading '/' and "./", empty and "." components are taken off. A name that
 * climbs has no place in the tree and is noted as it stands. What breaks off is noted, and what
 * came is there. The bytes of every file are hashed as they pass.
 */
#ifndef ANALYZE_LAYER_H
#define ANALYZE_LAYER_H

#include <stdbool.h>

#include "analyze/notes.h"
#include "analyze/runs.h"
#include "lib/base/err.h"
#include "lib/base/stream.h"

#define LAYER_MEMBERS_MAX UINT64_C(50000000)
/* Bytes hashed of one archive beyond LAYER_HOLES_RATIO times what it takes: zeros of holes. */
#define LAYER_HOLES_MAX   (UINT64_C(1) << 30)
#define LAYER_HOLES_RATIO 1000

struct layer_options {
	unsigned layer;
	/*
	 * ".wh." names mean what they mean in layers; else they are names like others, as they are
	 * in a container.
	 */
	bool has_whiteouts;
};

/* -1 only where it cannot go on at all: a signal, the temporary file. Borrows the source. */
int layer_read(struct run_maker *to, const struct layer_options *options, struct source *tar,
	       struct notes *notes, struct err *e) must_check;

#endif
