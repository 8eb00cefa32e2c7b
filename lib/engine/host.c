/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/host.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/engine/http.h"

#define PROC_MAX  ((size_t)16 << 20) /* mountinfo of a host with thousands of mounts */
#define STORE_MAX ((size_t)16 << 20)

static void no(struct host_view *out, const char *fmt, ...) printf_like(2, 3);

/* The first reason stays: it is the one that the others follow from. */
static void no(struct host_view *out, const char *fmt, ...)
{
	va_list ap;

	if (*out->why_not)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(out->why_not, sizeof(out->why_not), fmt, ap);
	va_end(ap);
}

/* Whether TEXT has ID as a word of its own: "/docker/ID", "libpod-ID.scope", not a part of a longer
 * one. */
static bool names(const char *text, const char *id)
{
	size_t len = strlen(id);

	for (const char *p = text; (p = strstr(p, id)); p += len)
		if ((p == text || !isxdigit((unsigned char)p[-1])) &&
		    !isxdigit((unsigned char)p[len]))
			return true;
	return false;
}

static int read_proc(pid_t pid, const char *name, struct str *out, struct err *e)
{
	AUTO(freep) char *path = xasprintf("/proc/%d/%s", (int)pid, name);

	return file_slurp(AT_FDCWD, path, out, e);
}

/* conmon, which watches the container from outside, has a cgroup named after it too. */
static bool is_in_cgroup(pid_t pid, const char *id)
{
	AUTO(str_release) struct str text = STR_INIT(PROC_MAX);
	struct err ignored = { 0 };

	return read_proc(pid, "cgroup", &text, &ignored) == 0 && names(text.buf, id) &&
	       !strstr(text.buf, "conmon");
}

static bool is_own_file(const char *point)
{
	static const char *const files[] = { "/etc/hostname", "/etc/hosts", "/etc/resolv.conf",
					     "/run/.containerenv", "/dev/shm" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(point, files[i]))
			return true;
	return false;
}

/*
 * For containers without a cgroup of their own (rootless on cgroup v1): the engines mount files
 * from a directory named after the container at known places. The mount's root counts, not its
 * source or its point: the host's own namespace has points that name containers.
 */
static bool has_own_mounts(pid_t pid, const char *id)
{
	AUTO(str_release) struct str text = STR_INIT(PROC_MAX);
	struct err ignored = { 0 };

	if (read_proc(pid, "mountinfo", &text, &ignored) < 0)
		return false;
	for (const char *line = text.buf; line; line = strchr(line, '\n')) {
		AUTO(freep) char *root = NULL;
		AUTO(freep) char *point = NULL;

		line += *line == '\n';
		if (sscanf(line, "%*s %*s %*s %ms %ms", &root, &point) == 2 && is_own_file(point) &&
		    names(root, id))
			return true;
	}
	return false;
}

bool host_is_inside(pid_t pid, const char *id)
{
	return is_in_cgroup(pid, id) || has_own_mounts(pid, id);
}

/* Whose word the engine's is. */
static uid_t owner_of(const struct engine *g)
{
	return g->link->has_owner ? g->link->owner : 0;
}

/* A user's containers live in user namespaces that he made. */
static bool is_process_of(pid_t pid, uid_t owner)
{
	AUTO(freep) char *path = xasprintf("/proc/%d/ns/user", (int)pid);
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	uid_t uid;

	return owner == 0 || (fd >= 0 && ioctl(fd, NS_GET_OWNER_UID, &uid) == 0 && uid == owner);
}

static bool is_of(uid_t uid, uid_t owner)
{
	char buffer[4096];
	struct passwd pw, *found = NULL;

	if (uid == owner)
		return true;
	return uid != 0 && getpwuid_r(uid, &pw, buffer, sizeof(buffer), &found) == 0 && !found;
}

static bool climbs(const char *path)
{
	for (const char *p = strstr(path, "/.."); p; p = strstr(p + 1, "/.."))
		if (p[3] == '/' || p[3] == '\0')
			return true;
	return false;
}

int host_check_dir(const struct engine *g, const char *path, struct err *e)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	uid_t owner = owner_of(g);
	AUTO(fd_closep) int fd = -1;
	struct stat dir, parent;

	if (owner == 0)
		return 0;
	if (path[0] != '/' || climbs(path))
		return err_set(e, ERR_ENGINE, "'%.200s' is no plain path", path);
	fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (fd < 0 || fstat(fd, &dir) < 0 || fstatat(fd, "..", &parent, 0) < 0)
		return err_sys(e, "open '%.200s'", path);
	if (!is_of(dir.st_uid, owner) || !is_of(parent.st_uid, owner))
		return err_set(e, ERR_ENGINE, "'%.200s' is not of user %u, whose engine names it",
			       path, (unsigned)owner);
	return 0;
}

static void look_at_process(const struct engine *g, const struct container *c,
			    struct host_view *out)
{
	AUTO(freep) char *path = xasprintf("/proc/%d", (int)c->pid);

	if (c->pid <= 0)
		return; /* no reason for its files not to be had */
	if (access(path, F_OK) < 0)
		no(out, "there is no process %d here: the engine is not on this host", (int)c->pid);
	else if (!is_process_of(c->pid, owner_of(g)))
		no(out, "process %d here is not of user %u, whose engine names it", (int)c->pid,
		   (unsigned)owner_of(g));
	else if (!host_is_inside(c->pid, c->id))
		no(out, "process %d here is not this container's: the engine is not on this host",
		   (int)c->pid);
	else
		out->has_processes = true;
}

/* "/var/lib/docker/overlay2/LAYER/diff" is split at its last N components; *LAYER is owned by the
 * caller. */
static char *above(const char *path, unsigned components)
{
	char *text = xstrdup(path);

	for (; components; components--) {
		char *slash = strrchr(text, '/');

		if (slash)
			*slash = '\0';
	}
	return text;
}

static char *layer_of(const char *upper)
{
	AUTO(freep) char *dir = above(upper, 1);
	const char *slash = strrchr(dir, '/');

	return xstrdup(slash ? slash + 1 : "");
}

/* Of an engine's store, which may be a user's: a FIFO there would hold us up. */
static int read_store(const char *path, struct str *out, struct err *e)
{
	AUTO(fd_closep) int fd = file_open_regular(AT_FDCWD, path, NULL, e);

	return fd < 0 ? -1 : file_read(fd, out, path, e);
}

/* Docker writes which layer is the container's to image/DRIVER/layerdb/mounts/ID/mount-id. */
static bool docker_ties(const struct container *c, const char *layer)
{
	AUTO(freep) char *root = above(c->upper_dir, 3);
	AUTO(freep)
	char *path =
		xasprintf("%s/image/%s/layerdb/mounts/%s/mount-id", root, c->graph_driver, c->id);
	AUTO(str_release) struct str text = STR_INIT(4096);
	struct err ignored = { 0 };

	return read_store(path, &text, &ignored) == 0 && *layer && !strcmp(text.buf, layer);
}

static bool store_ties(const char *path, const char *id, const char *layer)
{
	AUTO(str_release) struct str text = STR_INIT(STORE_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err ignored = { 0 };

	if (read_store(path, &text, &ignored) < 0)
		return false;
	doc = json_parse(text.buf, text.len, &ignored);
	for (const struct cJSON *item = doc ? json_first(doc) : NULL; item;
	     item = json_next(item)) {
		struct obj o = obj_begin(item, "stored container", &ignored);
		const char *has_id = obj_text_or(&o, "id", ""),
			   *has_layer = obj_text_or(&o, "layer", "");

		if (obj_end(&o) == 0 && !strcmp(has_id, id) && !strcmp(has_layer, layer))
			return true;
	}
	return false;
}

/* Podman's storage keeps a list of containers and their layers; that of --rm ones is a file beside
 * it. */
static bool podman_ties(const struct container *c, const char *layer)
{
	AUTO(freep) char *root = above(c->upper_dir, 3);
	AUTO(freep)
	char *kept = xasprintf("%s/%s-containers/containers.json", root, c->graph_driver);
	AUTO(freep)
	char *passing =
		xasprintf("%s/%s-containers/volatile-containers.json", root, c->graph_driver);

	return *layer && (store_ties(kept, c->id, layer) || store_ties(passing, c->id, layer));
}

/* Where the merged tree is mounted here too, it is the very one that the process has as its root.
 */
static bool is_root_of(pid_t pid, const char *merged)
{
	AUTO(freep) char *root = xasprintf("/proc/%d/root/.", (int)pid);
	struct stat a, b;

	return merged && stat(root, &a) == 0 && stat(merged, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int check_layers(const struct engine *g, const struct container *c, struct err *e)
{
	if (host_check_dir(g, c->upper_dir, e) < 0)
		return -1;
	for (const char *p = c->lower_dirs; *p; p += strcspn(p, ":"), p += *p == ':') {
		AUTO(freep) char *dir = xstrndup(p, strcspn(p, ":"));

		if (*dir && host_check_dir(g, dir, e) < 0)
			return -1;
	}
	return 0;
}

static void look_at_files(const struct engine *g, const struct container *c, struct host_view *out)
{
	AUTO(freep) char *layer = NULL;
	struct err foreign = { 0 };
	struct stat st;
	bool tied;

	if (!c->upper_dir || c->upper_dir[0] != '/' || !c->lower_dirs) {
		no(out, "the engine keeps this container's files in no overlay (driver '%s')",
		   c->graph_driver ? c->graph_driver : "unknown");
		return;
	}
	if (lstat(c->upper_dir, &st) < 0 || !S_ISDIR(st.st_mode)) {
		no(out, "'%.100s' is no directory here: the engine is not on this host",
		   c->upper_dir);
		return;
	}
	if (check_layers(g, c, &foreign) < 0) {
		no(out, "%.190s", foreign.text);
		return;
	}
	layer = layer_of(c->upper_dir);
	tied = out->has_processes && is_root_of(c->pid, c->merged_dir);
	if (!tied)
		tied = g->dialect == DIALECT_PODMAN ? podman_ties(c, layer) : docker_ties(c, layer);
	if (!tied)
		no(out, "nothing here ties '%.100s' to this container", c->upper_dir);
	out->has_files = tied;
}

void host_look(const struct engine *g, const struct container *c, struct host_view *out)
{
	*out = (struct host_view){ 0 };
	if (geteuid() != 0) {
		no(out, "not root");
		return;
	}
	look_at_process(g, c, out);
	look_at_files(g, c, out);
	if (!out->has_processes)
		no(out, "the container has no process");
	if (out->has_processes && out->has_files)
		out->why_not[0] = '\0';
}
