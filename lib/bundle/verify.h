/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.h - is this bundle what was sealed, and by whom?
 *
 * Reads everything once, below one directory descriptor, and trusts nothing it reads. What it finds
 * goes into a report; there is no other failure.
 */
#ifndef BUNDLE_VERIFY_H
#define BUNDLE_VERIFY_H

#include "lib/bundle/report.h"
#include "lib/bundle/trust.h"

struct verify_options {
	const struct trust *trust;
	const char *fingerprint; /* the signer's, 64 lower-case digits, or NULL */
	const char *seal;        /* of seal.json, the same */
};

/* The name of the directory behind whatever path led to it: ".", a link, a slash at the end. The
 * caller frees. */
char *verify_name(const char *path);

/* NAME is the directory's own name: it ends in .partial while unsealed. */
void verify_bundle(int dirfd, const char *name, const struct verify_options *opt, struct report *r);

#endif
