/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "collect/clone.h"
#include "collect/served.h"
#include "lib/base/own.h"

#define INIT_SUFFIX "-init"

void layers_of_release(struct layers_of *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->dirs[i]);
	freep(&l->dirs);
	l->count = 0;
}

int layers_of(const struct container *c, struct layers_of *out, struct err *e)
{
	struct layers_of l = { 0 };
	size_t cap = 0;

	for (const char *at = c->lower_dirs ? c->lower_dirs : ""; *at;) {
		size_t len = strcspn(at, ":");

		if (l.count == CLONE_LAYERS_MAX) {
			layers_of_release(&l);
			return err_set(e, ERR_LIMIT, "an image of more than %d layers",
				       CLONE_LAYERS_MAX);
		}
		if (len) {
			grow(l.dirs, l.count, cap);
			l.dirs[l.count++] = xstrndup(at, len);
		}
		at += len + (at[len] == ':');
	}
	if (!l.count)
		return err_set(e, ERR_ABSENT, "the engine names no layers of the image");
	*out = l;
	return 0;
}

bool layer_is_init(const char *dir)
{
	const char *end = strrchr(dir, '/');

	if (!end || strcmp(end, "/diff") != 0)
		return false;
	return (size_t)(end - dir) > strlen(INIT_SUFFIX) &&
	       !strncmp(end - strlen(INIT_SUFFIX), INIT_SUFFIX, strlen(INIT_SUFFIX));
}

static int open_namespace(struct seizure *s, struct err *e)
{
	struct host_view again;
	char path[64];
	AUTO(fd_closep) int ns = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)s->target.pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return err_sys(e, "open '%s'", path);
	host_look(s->engine, &s->target, &again);
	if (!again.has_processes)
		return err_set(e, ERR_ABSENT, "%s", again.why_not);
	return steal_fd(&ns);
}

bool view_has_ended(const struct seizure *s)
{
	struct host_view now;

	host_look(s->engine, &s->target, &now);
	return !now.has_processes;
}

static int same_from_source(int ns, const char *path, const char *source, struct err *e)
{
	AUTO(fd_closep) int fd = clone_path(source, e);
	struct stat here, there;

	if (fd < 0 || clone_identity(ns, path, &there, e) < 0)
		return -1;
	if (fstat(fd, &here) < 0)
		return err_sys(e, "stat '%s'", source);
	if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return err_set(e, ERR_ABSENT, "'%s' is not what is mounted at '%s'", source, path);
	return steal_fd(&fd);
}

int view_mount(struct seizure *s, const char *path, const char *source, struct err *e)
{
	AUTO(fd_closep) int ns = open_namespace(s, e);
	AUTO(fd_closep) int fd = -1;
	struct err why = { 0 };

	if (ns < 0)
		return -1;
	fd = clone_in_namespace(ns, path, &why);
	if (fd < 0 && why.kind == ERR_SYS && why.sys == EPERM && source)
		return same_from_source(ns, path, source, e);
	if (fd < 0) {
		*e = why;
		return -1;
	}
	return served_check(s->target.pid, fd, e) < 0 ? -1 : steal_fd(&fd);
}

static int layered(struct seizure *s, bool with_upper, bool with_init, struct err *e)
{
	struct layers_of l = { 0 };
	const char **dirs;
	size_t count = 0;
	int fd;

	if (layers_of(&s->target, &l, e) < 0)
		return -1;
	dirs = xcalloc(l.count + 1, sizeof(*dirs));
	if (with_upper)
		dirs[count++] = s->target.upper_dir;
	for (size_t i = 0; i < l.count; i++)
		if (with_init || l.count == 1 || !layer_is_init(l.dirs[i]))
			dirs[count++] = l.dirs[i];
	fd = clone_layers(dirs, count, s->engine->is_rootless, e);
	free(dirs);
	layers_of_release(&l);
	return fd;
}

int view_root(struct seizure *s, char **source, struct err *e)
{
	struct err why = { 0 };
	int fd;

	if (s->host.has_processes) {
		fd = view_mount(s, "/", NULL, &why);
		if (fd >= 0) {
			*source = xasprintf("host mount / of process %d", (int)s->target.pid);
			return fd;
		}
	}
	fd = layered(s, true, true, e);
	if (fd < 0)
		return why.text[0] ? err_wrap(e, "%.200s; layers", why.text) : -1;
	*source = xasprintf("host layers %s:%s", s->target.upper_dir, s->target.lower_dirs);
	return fd;
}

int view_image(struct seizure *s, bool with_init, struct err *e)
{
	return layered(s, false, with_init, e);
}

int view_upper(struct seizure *s, struct err *e)
{
	return clone_path(s->target.upper_dir, e);
}

const struct idmaps *view_ids(const struct seizure *s, int root)
{
	struct stat st;

	/*
	 * Where the engine maps ids in the mount (idmapped layers), the disk has the container's
	 * own; an owner of the root that the container has no id for tells.
	 */
	if (fstat(root, &st) < 0 || idmaps_inside(&s->ids.uids, st.st_uid) != IDMAP_OVERFLOW)
		return &s->ids;
	return NULL;
}

const char *view_overlay_prefix(const struct seizure *s)
{
	return s->engine->is_rootless ? "user.overlay." : "trusted.overlay.";
}

/*
 * Rootless storage without the right to own files as others writes owner and mode to an attribute,
 * of every file of every layer. A container may write that attribute too; the root of the lowest
 * layer is out of its reach, so that one decides.
 */
static bool has_override(const struct seizure *s)
{
	struct layers_of l = { 0 };
	struct err ignored = { 0 };
	bool has;

	if (!s->engine->is_rootless || layers_of(&s->target, &l, &ignored) < 0)
		return false;
	has = l.count &&
	      lgetxattr(l.dirs[l.count - 1], "user.containers.override_stat", NULL, 0) > 0;
	layers_of_release(&l);
	return has;
}

struct walk_options view_options(const struct seizure *s)
{
	return (struct walk_options){ .ids = &s->ids, .has_override = has_override(s) };
}
