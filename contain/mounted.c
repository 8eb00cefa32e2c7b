/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/mounted.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/own.h"

#define SOCKETS_MAX 1000

static const char *const usual[] = {
	"/run/docker.sock",    "/run/podman/podman.sock",        "/run/containerd/containerd.sock",
	"/run/crio/crio.sock", "/run/user/*/podman/podman.sock", "/run/user/*/docker.sock"
};

/* "unix:///run/docker.sock" without what stands before the path; NULL for another address. */
static const char *path_of(const char *address)
{
	static const char unix_address[] = "unix://";

	if (!address || strncmp(address, unix_address, strlen(unix_address)) != 0)
		return NULL;
	return address + strlen(unix_address);
}

/* Where a path leads without links; the caller frees. */
static char *real(const char *path)
{
	char *resolved = realpath(path, NULL);

	return resolved ? resolved : xstrdup(path);
}

/* The way below DIR that leads to PATH, or NULL. "/" holds everything. */
static const char *below(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	while (len && dir[len - 1] == '/')
		len--;
	return strncmp(path, dir, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

static void note_engine(const struct container_mount *m, const char *source, const char *socket,
			struct mounted *out)
{
	if (!strcmp(source, socket))
		sentences_add(&out->engines, "the engine's own socket '%s', mounted at '%s'",
			      m->source, m->destination);
	else if (below(source, socket))
		sentences_add(&out->engines,
			      "the engine's own socket '%s', in '%s', mounted at '%s'", socket,
			      m->source, m->destination);
}

/* The host is another one, or cannot be looked at. */
static void by_name(const struct subject *s, const struct container_mount *m, struct mounted *out)
{
	static const char old[] = "/var/run/";
	const char *own = path_of(s->engine->address);
	const char *source = m->source;
	AUTO(freep) char *renamed = NULL;
	bool is_old = !strncmp(source, old, strlen(old));

	if (is_old || !strcmp(source, "/var/run"))
		renamed = xasprintf("/run%s", source + strlen("/var/run"));
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		note_engine(m, renamed ? renamed : source, usual[i], out);
	if (own && !out->engines.count)
		note_engine(m, source, own, out);
}

static bool is_socket(const char *path)
{
	struct statx sx;

	return statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &sx) == 0 &&
	       S_ISSOCK(sx.stx_mode);
}

static void by_look(const struct container_mount *m, char *const *sockets, size_t count,
		    struct mounted *out)
{
	AUTO(freep) char *source = real(m->source);
	size_t before = out->engines.count;

	for (size_t i = 0; i < count; i++)
		note_engine(m, source, sockets[i], out);
	if (out->engines.count == before && is_socket(source))
		sentences_add(&out->others, "the socket '%s', mounted at '%s'", m->source,
			      m->destination);
}

struct paths {
	char **items;
	size_t count, cap;
};

static void paths_release(struct paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i]);
	freep(&p->items);
}

static void add_socket(struct paths *all, const char *path)
{
	AUTO(freep) char *resolved = real(path);

	if (!is_socket(resolved) || all->count >= SOCKETS_MAX)
		return;
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->items[i], resolved))
			return;
	grow(all->items, all->count, all->cap);
	all->items[all->count++] = steal(&resolved);
}

static void engine_sockets(const struct subject *s, struct paths *all)
{
	const char *own = path_of(s->engine->address);

	if (own)
		add_socket(all, own);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		glob_t found = { 0 };

		if (glob(usual[i], GLOB_NOSORT, NULL, &found) == 0)
			for (size_t n = 0; n < found.gl_pathc; n++)
				add_socket(all, found.gl_pathv[n]);
		globfree(&found);
	}
}

void mounted_sockets(const struct subject *s, struct mounted *out)
{
	AUTO(paths_release) struct paths sockets = { 0 };
	bool is_here = s->host.has_processes || s->host.has_files;

	*out = (struct mounted){ 0 };
	if (is_here)
		engine_sockets(s, &sockets);
	for (size_t i = 0; i < s->container.mount_count; i++) {
		const struct container_mount *m = &s->container.mounts[i];

		if (m->type != MOUNT_BIND || !m->source || m->source[0] != '/' || !m->destination)
			continue;
		if (is_here)
			by_look(m, sockets.items, sockets.count, out);
		else
			by_name(s, m, out);
	}
}

void mounted_release(struct mounted *m)
{
	sentences_release(&m->engines);
	sentences_release(&m->others);
}
