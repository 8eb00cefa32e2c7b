/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "analyze/rules.h"
#include "lib/base/own.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* POINT is PLACE or lies below it. */
static bool is_within(const char *point, const char *place)
{
	size_t len = strlen(place);

	return !strncmp(point, place, len) && (!point[len] || point[len] == '/');
}

static bool is_configured(const struct mount_fact *m, const struct container *c)
{
	for (size_t i = 0; i < c->mount_count; i++) {
		const char *place = c->mounts[i].destination;
		size_t len = strlen(place);

		/* What is asked for as "/data/" is mounted on "/data"; a bind brings what is
		 * mounted below. */
		while (len > 1 && place[len - 1] == '/')
			len--;
		if (!strncmp(m->point, place, len) && (!m->point[len] || m->point[len] == '/'))
			return true;
	}
	return false;
}

/* What every runtime mounts, each with the type that it has then. */
static bool is_runtimes(const struct mount_fact *m)
{
	static const struct {
		const char *place, *type; /* NULL: any, since the engine's files may lie anywhere */
		bool is_exact;
	} known[] = {
		{ "/", "overlay", true },
		{ "/", "fuse.fuse-overlayfs", true },
		{ "/proc", "proc", false },
		{ "/proc", "tmpfs", false },
		{ "/dev", "tmpfs", true },
		{ "/dev", "devtmpfs", false },
		{ "/dev/pts", "devpts", true },
		{ "/dev/console", "devpts", true },
		{ "/dev/mqueue", "mqueue", true },
		{ "/dev/shm", "tmpfs", true },
		{ "/sys", "sysfs", true },
		{ "/sys", "tmpfs", false },
		{ "/sys/fs/cgroup", "cgroup", false },
		{ "/sys/fs/cgroup", "cgroup2", false },
		{ "/etc/hosts", NULL, true },
		{ "/etc/hostname", NULL, true },
		{ "/etc/resolv.conf", NULL, true },
		{ "/run/.containerenv", NULL, true },
		{ "/run/secrets", NULL, true },
		{ "/run/.dockerenv", NULL, true },
		{ "/sbin/docker-init", NULL, true },
		{ "/dev/init", NULL, true },
		{ "/run/podman-init", NULL, true },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if ((!known[i].type || !strcmp(m->type, known[i].type)) &&
		    (known[i].is_exact ? !strcmp(m->point, known[i].place)
				       : is_within(m->point, known[i].place)))
			return true;
	/* Rootless engines take the few device nodes that they may not make from the host. */
	return is_within(m->point, "/dev") && !strncmp(m->root, "/", 1) &&
	       (!strcmp(m->type, "devtmpfs") || !strcmp(m->type, "tmpfs")) &&
	       strchr(m->point + 1, '/') != NULL && !strchr(m->point + 5, '/');
}

static bool is_engine_socket(const char *path)
{
	static const char *const names[] = { "docker.sock", "podman.sock", "containerd.sock",
					     "crio.sock", "buildkitd.sock" };
	size_t len = strlen(path);

	for (size_t i = 0; i < COUNT(names); i++) {
		size_t n = strlen(names[i]);

		if (len > n && path[len - n - 1] == '/' && !strcmp(path + len - n, names[i]))
			return true;
	}
	return false;
}

void rules_mount(const struct mount_fact *m, const struct configured *c, struct findings *out)
{
	struct finding *f;

	if (is_engine_socket(m->root) || is_engine_socket(m->point)) {
		f = findings_add(out, RULE_MOUNT_ENGINE_SOCKET, m->point);
		finding_evidence(f, "%s is mounted on %s", m->root, m->point);
	}
	if (!c->container || is_runtimes(m) || is_configured(m, c->container))
		return;
	f = findings_add(out, RULE_MOUNT_UNCONFIGURED, m->point);
	finding_evidence(f, "%s (%s) %s on %s, %s", m->source, m->type, m->root, m->point,
			 m->options);
	if (!strcmp(m->type, "tmpfs"))
		f->severity = SEVERITY_MEDIUM;
}
