/* SPDX-License-Identifier: Apache-2.0 */
/* volumes.h - the volumes and binds of a container, numbered in the order of its inspect answer. */
#ifndef COLLECT_VOLUMES_H
#define COLLECT_VOLUMES_H

#include <stdbool.h>

#include "collect/seizure.h"
#include "lib/base/err.h"

/* Those of TYPE, for the kind KIND: index, and content if asked. Returns -1 only as take() does. */
int volumes_take(struct seizure *s, const char *kind, enum mount_type type, bool with_content,
		 struct err *e) must_check;

#endif
