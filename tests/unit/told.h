/* SPDX-License-Identifier: Apache-2.0 */
/* told.h - what a parser of packages tells, as lines of text that a test compares. */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include "lib/base/str.h"
#include "lib/model/package.h"

/* A visitor that writes into OUT:
 *	package NAME VERSION[-RELEASE] ARCH source SOURCE SOURCE_VERSION [epoch N]
 *	file PATH DIGEST-KIND:HEX [flags] [mode]
 *	bad LINE WHY
 */
struct package_visitor told_to(struct str *out);

#endif
