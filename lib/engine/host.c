/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/host.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/own.h"

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

static void look_at_process(const struct container *c, struct host_view *out)
{
	AUTO(freep) char *path = xasprintf("/proc/%d", (int)c->pid);

	if (c->pid <= 0)
		no(out, "the container has no process");
	else if (access(path, F_OK) < 0)
		no(out, "there is no process %d here: the engine is not on this host", (int)c->pid);
	else if (!is_in_cgroup(c->pid, c->id) && !has_own_mounts(c->pid, c->id))
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

/* Docker writes which layer is the container's to image/DRIVER/layerdb/mounts/ID/mount-id. */
static bool docker_ties(const struct container *c, const char *layer)
{
	AUTO(freep) char *root = above(c->upper_dir, 3);
	AUTO(freep)
	char *path =
		xasprintf("%s/image/%s/layerdb/mounts/%s/mount-id", root, c->graph_driver, c->id);
	AUTO(str_release) struct str text = STR_INIT(4096);
	struct err ignored = { 0 };

	return file_slurp(AT_FDCWD, path, &text, &ignored) == 0 && *layer &&
	       !strcmp(text.buf, layer);
}

static bool store_ties(const char *path, const char *id, const char *layer)
{
	AUTO(str_release) struct str text = STR_INIT(STORE_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err ignored = { 0 };

	if (file_slurp(AT_FDCWD, path, &text, &ignored) < 0)
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

static void look_at_files(const struct engine *g, const struct container *c, struct host_view *out)
{
	AUTO(freep) char *layer = NULL;
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
	look_at_process(c, out);
	look_at_files(g, c, out);
	if (out->has_processes && out->has_files)
		out->why_not[0] = '\0';
}
