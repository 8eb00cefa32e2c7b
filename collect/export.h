/* SPDX-License-Identifier: Apache-2.0 */
/* export.h - the container's files through the engine alone, where its disk is not ours to read. */
#ifndef COLLECT_EXPORT_H
#define COLLECT_EXPORT_H

#include "collect/seizure.h"
#include "lib/base/err.h"

/* The engine's export stored as it comes, and an index made while it streams by. */
int export_rootfs(struct seizure *s, struct err *e) must_check;

/* What `changes` named: one `archive` each for a few paths, one pass over `export` for many. */
#define EXPORT_FEW 32
int export_changes(struct seizure *s, struct err *e) must_check;

#endif
