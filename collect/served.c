/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/served.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "collect/held.h"
#include "lib/base/own.h"
#include "lib/engine/proc.h"

/*
 * A rootless engine serves the root file system of its containers by fuse-overlayfs. The name can
 * be borrowed: then it costs the patience of one call, and us a process that ends late.
 */
bool mount_is_served(const struct mount_line *m)
{
	struct scan type = m->type;

	if (scan_is(&m->type, "fuse.fuse-overlayfs") && scan_is(&m->mount_point, "/"))
		return false;
	return scan_is(&m->type, "fuseblk") || scan_is(&m->type, "fuse") ||
	       scan_text(&type, "fuse.");
}

int served_check(pid_t pid, int fd, struct err *e)
{
	AUTO(fd_closep) int dir = proc_open(pid, 0, NULL, e);
	AUTO(proc_lines_close) struct proc_lines l = { .fd = -1 };
	struct proc_node node;
	struct mount_line m;
	struct scan line;
	int more;

	if (dir < 0 || proc_lines_open(dir, "mountinfo", &l, e) < 0 ||
	    proc_node(fd, "", &node, e) < 0)
		return -1;
	while ((more = proc_lines_next(&l, &line, e)) > 0) {
		if (mount_parse(line.p, line.len, &m, e) < 0)
			return -1;
		if (m.major == node.major && m.minor == node.minor && mount_is_served(&m))
			return err_set(e, ERR_LIMIT,
				       "not read: it lies on a file system that the "
				       "container may serve itself");
	}
	return more;
}
