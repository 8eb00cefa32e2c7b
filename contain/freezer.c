/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/freezer.h"

#include <fcntl.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/model/process.h"

#define CGROUP_MAX ((size_t)64 << 10)
#define STATE_MAX  ((size_t)4 << 10)

/* A file of the control group PATH of a hierarchy that is mounted on MOUNT. */
static enum freezer read_state(const char *mount, const struct scan *path, const char *file,
			       const char *frozen)
{
	AUTO(freep)
	char *name = xasprintf("%s%.*s/%s", mount, (int)path->len, path->p, file);
	AUTO(str_release) struct str text = STR_INIT(STATE_MAX);
	struct err ignored = { 0 };

	if (file_slurp(AT_FDCWD, name, &text, &ignored) < 0)
		return FREEZER_UNSEEN;
	return strstr(text.buf, frozen) ? FREEZER_FROZEN : FREEZER_THAWED;
}

/* Version 2 may be mounted alone, or beside version 1. */
static enum freezer read_line(const struct cgroup_line *line)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	enum freezer state = FREEZER_UNSEEN;

	if (line->hierarchy != 0)
		return scan_is(&line->controllers, "freezer")
			       ? read_state("/sys/fs/cgroup/freezer", &line->path, "freezer.state",
					    "FROZEN")
			       : FREEZER_UNSEEN;
	for (size_t i = 0; i < 2 && state == FREEZER_UNSEEN; i++)
		state = read_state(mounts[i], &line->path, "cgroup.events", "frozen 1");
	return state;
}

enum freezer freezer_look(const struct subject *s)
{
	AUTO(str_release) struct str text = STR_INIT(CGROUP_MAX);
	AUTO(freep) char *name = xasprintf("/proc/%d/cgroup", (int)s->container.pid);
	enum freezer seen = FREEZER_UNSEEN;
	struct err ignored = { 0 };
	struct cgroup_line line;
	struct scan rest;

	if (!s->host.has_processes || file_slurp(AT_FDCWD, name, &text, &ignored) < 0)
		return FREEZER_UNSEEN;
	rest = scan_of(text.buf, text.len);
	/* In a hybrid set-up one of the two hierarchies is the one that freezes. */
	while (seen != FREEZER_FROZEN && cgroup_next(&rest, &line)) {
		struct scan own = cgroup_own(&line.path, s->container.id);
		enum freezer state;

		if (!own.len)
			continue;
		line.path = own;
		state = read_line(&line);
		if (state != FREEZER_UNSEEN)
			seen = state;
	}
	return seen;
}
