/* SPDX-License-Identifier: Apache-2.0 */
/* What engines put into every container, whatever its image: known by name and by what it is. */
#include <string.h>
#include <sys/stat.h>

#include "analyze/change.h"

struct known {
	const char *path;
	mode_t type;
	const char *link;      /* of a symlink */
	unsigned major, minor; /* of a device */
};

static const struct known injected[] = {
	{ "/.dockerenv", S_IFREG, NULL, 0, 0 },
	{ "/dev", S_IFDIR, NULL, 0, 0 },
	{ "/dev/console", S_IFREG, NULL, 0, 0 },
	{ "/dev/console", S_IFCHR, NULL, 5, 1 },
	{ "/dev/console", S_IFCHR, NULL, 136, 0 }, /* bound: a terminal of the host */
	{ "/dev/core", S_IFLNK, "/proc/kcore", 0, 0 },
	{ "/dev/fd", S_IFLNK, "/proc/self/fd", 0, 0 },
	{ "/dev/full", S_IFCHR, NULL, 1, 7 },
	{ "/dev/mqueue", S_IFDIR, NULL, 0, 0 },
	{ "/dev/null", S_IFCHR, NULL, 1, 3 },
	{ "/dev/ptmx", S_IFLNK, "pts/ptmx", 0, 0 },
	{ "/dev/pts", S_IFDIR, NULL, 0, 0 },
	{ "/dev/random", S_IFCHR, NULL, 1, 8 },
	{ "/dev/shm", S_IFDIR, NULL, 0, 0 },
	{ "/dev/stderr", S_IFLNK, "/proc/self/fd/2", 0, 0 },
	{ "/dev/stdin", S_IFLNK, "/proc/self/fd/0", 0, 0 },
	{ "/dev/stdout", S_IFLNK, "/proc/self/fd/1", 0, 0 },
	{ "/dev/tty", S_IFCHR, NULL, 5, 0 },
	{ "/dev/urandom", S_IFCHR, NULL, 1, 9 },
	{ "/dev/zero", S_IFCHR, NULL, 1, 5 },
	{ "/etc", S_IFDIR, NULL, 0, 0 },
	{ "/etc/hostname", S_IFREG, NULL, 0, 0 },
	{ "/etc/hosts", S_IFREG, NULL, 0, 0 },
	{ "/etc/mtab", S_IFLNK, "/proc/mounts", 0, 0 },
	{ "/etc/resolv.conf", S_IFREG, NULL, 0, 0 },
	{ "/proc", S_IFDIR, NULL, 0, 0 },
	{ "/run", S_IFDIR, NULL, 0, 0 },
	{ "/run/.containerenv", S_IFREG, NULL, 0, 0 },
	{ "/run/secrets", S_IFDIR, NULL, 0, 0 },
	{ "/sys", S_IFDIR, NULL, 0, 0 },
};

static bool has_path(const struct known *k, const struct record *n)
{
	const char *path = k->path + 1;

	if (strlen(path) != n->key_len)
		return false;
	for (size_t i = 0; i < n->key_len; i++)
		if (n->key[i] != (path[i] == '/' ? '\0' : path[i]))
			return false;
	return true;
}

/* Setuid and capabilities are nobody's placeholder. */
static bool is_as_put(const struct known *k, const struct record *n)
{
	const struct state *s = &n->state;
	/* Without root a device is bound from the host, over an empty file. */
	bool is_place = k->type == S_IFCHR && S_ISREG(s->mode);

	if (((s->mode & S_IFMT) != k->type && !is_place) ||
	    s->has & (STATE_CAPS | STATE_LOST | STATE_CUT))
		return false;
	if (S_ISREG(s->mode))
		return s->size == 0 && !(s->mode & (S_ISUID | S_ISGID));
	if (k->link)
		return n->link_len == strlen(k->link) && !memcmp(n->link, k->link, n->link_len);
	return s->rdev_major == k->major && s->rdev_minor == k->minor;
}

bool is_injected(const struct change *c)
{
	/* What the image has as a directory, and what is gone, is no engine's doing. */
	if (!c->after || (c->before && S_ISDIR(c->after->state.mode)))
		return false;
	for (size_t i = 0; i < sizeof(injected) / sizeof(injected[0]); i++)
		if (has_path(&injected[i], c->after) && is_as_put(&injected[i], c->after))
			return true;
	return false;
}
