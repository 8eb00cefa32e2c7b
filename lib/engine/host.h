/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - is this engine on our own host, and where are the container's files? Proved, not
 * assumed.
 *
 * The pid that inspect gives counts only if we are root, /proc/PID exists here, and its cgroup, or
 * the mountinfo of its mount namespace, names the container's id; the directories of the graph
 * driver count only if they exist here and mountinfo ties them to the container.
 */
#ifndef ENGINE_HOST_H
#define ENGINE_HOST_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/engine/engine.h"
#include "lib/model/container.h"

struct host_view {
	bool has_processes; /* c->pid is the container's first process in our own /proc */
	bool has_files; /* upper, lower (and merged, or the pid's root) are this container's on our
			   own disk */
	char why_not[200]; /* the reason where one of them is false, for the record */
};

void host_look(const struct engine *g, const struct container *c, struct host_view *out);

#endif
