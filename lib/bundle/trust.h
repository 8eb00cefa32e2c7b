/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.h - the keys whose seals are believed: those named with --trust, those in the operator's
 * configuration (trusted/ and the operator's own). A key found in a bundle is never one of them.
 */
#ifndef BUNDLE_TRUST_H
#define BUNDLE_TRUST_H

#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/opt.h"
#include "lib/base/stream.h"

#define TRUST_KEYS_MAX 1000

struct trust_key {
	char fingerprint[SHA256_HEX];
	char *from; /* its file */
};

struct trust {
	struct trust_key *items;
	size_t count, cap;
};

int trust_add(struct trust *t, const char *path, struct err *e) must_check;
/* What is in $XDG_CONFIG_HOME/impound; a file there that is no key is warned about and passed over.
 */
void trust_add_configured(struct trust *t);
/* Those of the configuration, and those in FILES, as --trust names them: one of these that is no
 * key is an error. */
int trust_load(struct trust *t, const struct words *files, struct err *e) must_check;
void trust_release(struct trust *t);

const struct trust_key *trust_find(const struct trust *t, const char *fingerprint);

#endif
