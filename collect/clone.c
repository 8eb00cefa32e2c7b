/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/str.h"

#define SAFE_ATTRS                                                                                 \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID |           \
	 MOUNT_ATTR_NOEXEC)

/* fsconfig refuses longer texts. */
#define FSCONFIG_TEXT_MAX 255

static int open_path(const char *path, struct err *e)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? err_sys(e, "open '%s'", path) : fd;
}

static int make_safe(int fd, struct err *e)
{
	struct mount_attr attr = {
		.attr_set = SAFE_ATTRS,
		.attr_clr = MOUNT_ATTR__ATIME,
		.propagation = MS_PRIVATE,
	};

	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return err_sys(e, "mount_setattr");
	return 0;
}

int clone_path(const char *path, struct err *e)
{
	AUTO(fd_closep) int place = open_path(path, e);
	AUTO(fd_closep) int fd = -1;

	if (place < 0)
		return -1;
	fd = open_tree(place, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open_tree '%s'", path);
	if (make_safe(fd, e) < 0)
		return err_wrap(e, "'%s'", path);
	return steal_fd(&fd);
}

/*
 * A thread of its own, for it changes what belongs to it alone: its mount namespace, root and
 * working directory. It ends with the call, and nothing is left behind.
 */
struct aside {
	int (*fn)(void *data, struct err *e);
	void *data;
	int result;
	struct err why;
};

static void *aside_main(void *data)
{
	struct aside *a = data;

	if (unshare(CLONE_FS) < 0)
		a->result = err_sys(&a->why, "unshare");
	else
		a->result = a->fn(a->data, &a->why);
	return NULL;
}

static int run_aside(int (*fn)(void *data, struct err *e), void *data, struct err *e)
{
	struct aside a = { .fn = fn, .data = data };
	pthread_t thread;
	int code = pthread_create(&thread, NULL, aside_main, &a);

	if (code) {
		errno = code;
		return err_sys(e, "make a thread");
	}
	(void)pthread_join(thread, NULL);
	if (a.result < 0)
		*e = a.why;
	return a.result;
}

struct there {
	int ns;
	const char *path;
	struct stat *identity; /* wanted alone; else NULL */
};

static int look_there(void *data, struct err *e)
{
	const struct there *t = data;
	AUTO(fd_closep) int fd = -1;

	if (setns(t->ns, CLONE_NEWNS) < 0)
		return err_sys(e, "enter the container's mount namespace");
	if (!t->identity)
		return clone_path(t->path, e);
	fd = open_path(t->path, e);
	if (fd < 0)
		return -1;
	return fstat(fd, t->identity) < 0 ? err_sys(e, "stat '%s'", t->path) : 0;
}

int clone_in_namespace(int ns, const char *path, struct err *e)
{
	struct there t = { ns, path, NULL };

	return run_aside(look_there, &t, e);
}

int clone_identity(int ns, const char *path, struct stat *out, struct err *e)
{
	struct there t = { ns, path, out };

	return run_aside(look_there, &t, e);
}

struct layers {
	int *fds;
	size_t count;
	bool has_user_xattrs;
};

/* The first words of what the kernel says about a failed mount: errno alone is EINVAL for all of
 * it. */
static int mount_err(int fs, const char *what, struct err *e)
{
	char text[200];
	int code = errno;
	ssize_t n = read(fs, text, sizeof(text) - 1);

	errno = code;
	if (n <= 0)
		return err_sys(e, "overlay: %s", what);
	text[n] = 0;
	(void)err_sys(e, "overlay: %s: %s", what, text);
	return -1;
}

/*
 * Each layer by the number of its descriptor, with /proc/self/fd as working directory: no path is
 * looked up twice, none needs escaping, and 80 of them fit into the one text that older kernels
 * take.
 */
static int add_layers(int fs, const struct layers *l, struct err *e)
{
	AUTO(str_release) struct str all = STR_INIT(8192);
	char one[48];

	for (size_t i = 0; i < l->count; i++)
		str_addf(&all, "%s%d", i ? ":" : "", l->fds[i]);
	if (all.len <= FSCONFIG_TEXT_MAX)
		return fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir", all.buf, 0) < 0
			       ? mount_err(fs, "lowerdir", e)
			       : 0;
	for (size_t i = 0; i < l->count; i++) { /* Linux 6.8 and newer */
		(void)snprintf(one, sizeof(one), "/proc/self/fd/%d", l->fds[i]);
		if (fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", one, 0) < 0)
			return mount_err(fs, "so many layers", e);
	}
	return 0;
}

static int mount_layers(void *data, struct err *e)
{
	const struct layers *l = data;
	AUTO(fd_closep) int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	AUTO(fd_closep) int fd = -1;

	if (fs < 0)
		return err_sys(e, "overlay");
	if (chdir("/proc/self/fd") < 0)
		return err_sys(e, "/proc/self/fd");
	if (add_layers(fs, l, e) < 0)
		return -1;
	if (l->has_user_xattrs) {
		if (fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0)
			return mount_err(fs, "userxattr", e);
	} else {
		/* Layers that were written with it need it; a kernel without it never wrote any. */
		(void)fsconfig(fs, FSCONFIG_SET_STRING, "metacopy", "on", 0);
	}
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return mount_err(fs, "mount", e);
	fd = fsmount(fs, FSMOUNT_CLOEXEC, SAFE_ATTRS);
	if (fd < 0)
		return mount_err(fs, "fsmount", e);
	return steal_fd(&fd);
}

int clone_layers(const char *const *dirs, size_t count, bool has_user_xattrs, struct err *e)
{
	struct layers l = { .has_user_xattrs = has_user_xattrs };
	int fd = -1;

	if (count == 0 || count > CLONE_LAYERS_MAX)
		return err_set(e, ERR_LIMIT, "an image of no or more than %d layers",
			       CLONE_LAYERS_MAX);
	if (count == 1) /* overlayfs wants two where there is no upper directory */
		return clone_path(dirs[0], e);
	l.fds = xcalloc(count, sizeof(*l.fds));
	for (; l.count < count; l.count++) {
		l.fds[l.count] = open_path(dirs[l.count], e);
		if (l.fds[l.count] < 0)
			break;
	}
	if (l.count == count)
		fd = run_aside(mount_layers, &l, e);
	for (size_t i = 0; i < l.count; i++)
		fd_closep(&l.fds[i]);
	free(l.fds);
	return fd;
}
