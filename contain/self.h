/* SPDX-License-Identifier: Apache-2.0 */
/* self.h - whether acting on a container would cut the branch we sit on. */
#ifndef CONTAIN_SELF_H
#define CONTAIN_SELF_H

#include "contain/subject.h"
#include "lib/base/err.h"
#include "lib/base/str.h"

/* Refuses the container that this process runs in, by its cgroup, mounts or host name. */
int self_check(const struct subject *s, struct err *e) must_check;
/*
 * Sentences, one a line: it carries the engine's own socket; this login's connection (SSH) or one
 * of our own ancestors runs in it. Empty for nothing to say.
 */
void self_warn(const struct subject *s, struct str *out);

#endif
