/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - is this engine on our own host, and where are the container's files? Proved, not
 * assumed.
 *
 * The pid that inspect gives counts only if we are root, /proc/PID exists here, and its cgroup, or
 * the mountinfo of its mount namespace, names the container's id; the directories of the graph
 * driver count only if they exist here and mountinfo ties them to the container. Where the engine
 * is a user's, the process must be in a user namespace of his, and the directories his.
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

/*
 * Whether root may read the directory PATH because this engine names it. The engine of a user is
 * that user's word: what it names must be his (or an id's that no account has, as those of his
 * containers), so that it cannot lead root to what he may not read himself. No link is followed.
 */
int host_check_dir(const struct engine *g, const char *path, struct err *e) must_check;

/*
 * Whether process PID is in the container ID: its cgroup names it, or what the engines mount into a
 * container from a directory named after it is mounted there. Also true of what runs in a container
 * of that container.
 */
bool host_is_inside(pid_t pid, const char *id);

void host_look(const struct engine *g, const struct container *c, struct host_view *out);

#endif
