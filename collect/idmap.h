/* SPDX-License-Identifier: Apache-2.0 */
/* idmap.h - a user namespace's map of ids, read so that the host's ids become the container's. */
#ifndef COLLECT_IDMAP_H
#define COLLECT_IDMAP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"

#define IDMAP_MAX      340   /* the kernel's own limit of lines */
#define IDMAP_OVERFLOW 65534 /* the kernel's, for an id that has none inside */

struct idmap_range {
	uint64_t inside, outside, count;
};

struct idmap {
	struct idmap_range *ranges; /* none: every id is itself */
	size_t count;
};

struct idmaps {
	struct idmap uids, gids;
};

/* /proc/PID/uid_map and gid_map, as our own user namespace sees them. */
int idmaps_read(pid_t pid, struct idmaps *out, struct err *e) must_check;
/* The same from text in the kernel's form: "inside outside count" a line. */
int idmap_parse(const char *text, struct idmap *out, struct err *e) must_check;
void idmaps_release(struct idmaps *m);

/* The id inside the namespace, or IDMAP_OVERFLOW. */
uint64_t idmap_inside(const struct idmap *m, uint64_t outside);

#endif
