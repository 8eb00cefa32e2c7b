/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone.h - private, read-only views of somebody else's files, gone with their descriptor.
 *
 * Each returns a descriptor of the root of a mount that hangs in no tree: read-only, noatime,
 * nodev, nosuid, noexec, private. Nothing that is read through it changes an access time, and
 * nothing that is mounted later shows in it. A kernel that lacks a call says so in the error
 * (ERR_SYS, ENOSYS or EPERM).
 */
#ifndef COLLECT_CLONE_H
#define COLLECT_CLONE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "lib/base/err.h"

/*
 * The mount at PATH in the mount namespace open as NS: of it alone, so places where others are
 * mounted show what lies beneath. PATH is as mountinfo has it: no component of it may be a symlink.
 * (A clone through /proc/PID/root would be refused: the mount has to be in the caller's own
 * namespace.)
 */
int clone_in_namespace(int ns, const char *path, struct err *e) must_check;

/* Which inode is at PATH there: device and number, for comparison with another view of it. */
int clone_identity(int ns, const char *path, struct stat *out, struct err *e) must_check;

/* A directory or file of our own mount namespace, the same way. */
int clone_path(const char *path, struct err *e) must_check;

#define CLONE_LAYERS_MAX 500 /* the kernel's own limit */

/*
 * The directories, uppermost first, as one: overlayfs without an upper directory. HAS_USER_XATTRS:
 * its marks are user.overlay.*, as rootless engines write them.
 */
int clone_layers(const char *const *dirs, size_t count, bool has_user_xattrs,
		 struct err *e) must_check;

#endif
