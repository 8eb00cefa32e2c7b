/* SPDX-License-Identifier: Apache-2.0 */
/* idmaps.h - the ids of the host's files as a container's user namespace names them. */
#ifndef COLLECT_IDMAPS_H
#define COLLECT_IDMAPS_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/model/process.h"

#define IDMAP_OVERFLOW 65534 /* the kernel's, for an id that has none inside */

/* Starts as { 0 }: every id is itself. */
struct idmaps {
	struct idmap uids, gids;
};

/* /proc/PID/uid_map and gid_map, as our own user namespace sees them. */
int idmaps_read(pid_t pid, struct idmaps *out, struct err *e) must_check;

/* The id inside the namespace, or IDMAP_OVERFLOW. MAP may be NULL. */
uint64_t idmaps_inside(const struct idmap *map, uint32_t outside);

#endif
