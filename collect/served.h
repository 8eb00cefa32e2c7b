/* SPDX-License-Identifier: Apache-2.0 */
/*
 * served.h - file systems that a program serves (FUSE), maybe the container's own.
 *
 * Whoever reads from one waits for that program, for ever if it likes, and then not even SIGKILL
 * helps. So it is found out from mountinfo, without a question to the file system.
 */
#ifndef COLLECT_SERVED_H
#define COLLECT_SERVED_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/err.h"
#include "lib/model/maps.h"

/* Not so the root of a rootless container that its engine mounted by fuse-overlayfs. */
bool mount_is_served(const struct mount_line *m);

/* Fails if what FD is on is such a mount in the mount namespace of PID. */
int served_check(pid_t pid, int fd, struct err *e) must_check;

#endif
