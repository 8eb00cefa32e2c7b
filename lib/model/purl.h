/* SPDX-License-Identifier: Apache-2.0 */
/* purl.h - package URLs: "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12". */
#ifndef MODEL_PURL_H
#define MODEL_PURL_H

#include "lib/base/str.h"
#include "lib/model/osrelease.h"
#include "lib/model/package.h"

/*
 * With arch, distro (where OS is known), epoch (of rpm) and upstream (what it was built from, where
 * that differs). Whatever the texts are, what comes out is plain ASCII.
 */
void purl_add(struct str *out, const struct package *p, const struct osrelease *os);

#endif
