/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.h - a bundle opened by a command that reads it: the keys that are believed, the sandbox,
 * and what has to be said about the seal.
 */
#ifndef ANALYZE_EVIDENCE_H
#define ANALYZE_EVIDENCE_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/base/opt.h"
#include "lib/bundle/read.h"

struct evidence_options {
	const struct words *trust; /* of --trust: with any, another signer is refused */
	bool even_if_tampered;
	/* Directories besides the bundle's below which files may be opened for reading. */
	const int *dirs;
	unsigned dir_count;
};

/*
 * Enters the sandbox before the first byte of the bundle is read: what is to be written to is open
 * by then. Warns of a bundle that is tampered with, partial, or of an unknown signer.
 */
int evidence_open(const char *path, const struct evidence_options *options,
		  struct bundle_reader **out, struct err *e) must_check;

/* For the result object, as verify has them: verdict, bundle, seal, signer. */
void evidence_json(struct jsonw *w, const char *path, const struct bundle_reader *b);

#endif
