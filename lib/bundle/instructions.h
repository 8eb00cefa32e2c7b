/* SPDX-License-Identifier: Apache-2.0 */
/* instructions.h - VERIFY.txt: how a stranger checks this very bundle with openssl and sha256sum
 * alone. */
#ifndef BUNDLE_INSTRUCTIONS_H
#define BUNDLE_INSTRUCTIONS_H

#include "lib/base/str.h"
#include "lib/bundle/sealtext.h"

/* Uses id, name, fingerprint, state and time; the seal's own digest cannot stand in what it seals.
 */
void instructions_write(const struct sealtext *s, struct str *out);

#endif
