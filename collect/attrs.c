/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/attrs.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "lib/base/own.h"

#define LIST_MAX ((size_t)64 << 10) /* the kernel's own limit of a list of names */

void attrs_reset(struct attrs *a)
{
	a->count = a->extent_count = a->values_used = 0;
	a->is_cut = false;
}

void attrs_release(struct attrs *a)
{
	freep(&a->names);
	freep(&a->values);
	freep(&a->extents);
	*a = (struct attrs){ 0 };
}

void attrs_add_extent(struct attrs *a, uint64_t offset, uint64_t len)
{
	grow(a->extents, a->extent_count, a->extent_cap);
	a->extents[a->extent_count++] = (struct tar_extent){ .offset = offset, .len = len };
}

static ssize_t list(int file, const char *proc, char *to, size_t len)
{
	return file >= 0 ? flistxattr(file, to, len) : listxattr(proc, to, len);
}

static ssize_t get(int file, const char *proc, const char *name, void *to, size_t len)
{
	return file >= 0 ? fgetxattr(file, name, to, len) : getxattr(proc, name, to, len);
}

int attrs_read(struct attrs *a, int file, const char *proc)
{
	ssize_t names;

	if (!a->names)
		a->names = xmalloc(LIST_MAX);
	names = list(file, proc, a->names, LIST_MAX);
	if (names <= 0)
		return names < 0 && errno != ENOTSUP ? -1 : 0;
	if (!a->values)
		a->values = xmalloc(ATTRS_SIZE);
	for (const char *name = a->names; name < a->names + names; name += strlen(name) + 1) {
		size_t room = ATTRS_SIZE - a->values_used;
		char *value = a->values + a->values_used;
		ssize_t n;

		if (a->count == TAR_XATTRS_MAX) {
			a->is_cut = true;
			return 0;
		}
		/* A length of 0 would ask for the size alone. */
		n = room ? get(file, proc, name, value, room) : -1;
		if (n < 0) {
			/* One that went between list and get is gone; anything else is a loss. */
			a->is_cut |= !room || errno != ENODATA;
			continue;
		}
		a->items[a->count++] =
			(struct tar_xattr){ .name = name, .value = value, .len = (size_t)n };
		a->values_used += (size_t)n;
	}
	return 0;
}

static bool is_value(const struct tar_xattr *x, char c)
{
	return x->len == 1 && *(const char *)x->value == c;
}

static void take_one(struct attrs *a, const char *word, const struct tar_xattr *x, struct node *n)
{
	if (!strcmp(word, "opaque"))
		n->overlay.is_opaque = is_value(x, 'y');
	else if (!strcmp(word, "whiteout"))
		n->overlay.is_whiteout = S_ISREG(n->tar.mode) && n->tar.size == 0;
	else if (!strcmp(word, "metacopy"))
		n->overlay.is_metacopy = true;
	else if (!strcmp(word, "redirect") && x->len < sizeof(a->redirect)) {
		memcpy(a->redirect, x->value, x->len);
		a->redirect[x->len] = 0;
		n->overlay.redirect = a->redirect;
	}
}

void attrs_take_overlay(struct attrs *a, const char *prefix, struct node *n)
{
	const size_t len = strlen(prefix);
	size_t kept = 0;

	if (S_ISCHR(n->tar.mode) && n->tar.rdev_major == 0 && n->tar.rdev_minor == 0)
		n->overlay.is_whiteout = true;
	for (size_t i = 0; i < a->count; i++) {
		struct tar_xattr x = a->items[i];

		if (strncmp(x.name, prefix, len) != 0) {
			a->items[kept++] = x;
		} else if (!strncmp(x.name + len, "overlay.", 8)) {
			/* An overlay inside the container: its own attribute, escaped by ours. */
			char *name = a->names + (x.name - a->names);

			memmove(name + len, name + len + 8, strlen(name + len + 8) + 1);
			a->items[kept++] = x;
		} else {
			take_one(a, x.name + len, &x, n);
		}
	}
	a->count = kept;
}

/* All of TEXT, digits of BASE only. */
static bool number(const char *text, int base, uint64_t max, uint64_t *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, base);
	return !errno && !*end && *out <= max;
}

/* "-MAJOR-MINOR" */
static bool device(char *text, struct node *n)
{
	uint64_t major, minor;
	char *dash;

	if (*text != '-' || !(dash = strchr(text + 1, '-')))
		return false;
	*dash = 0;
	if (!number(text + 1, 10, UINT32_MAX, &major) || !number(dash + 1, 10, UINT32_MAX, &minor))
		return false;
	n->tar.rdev_major = (uint32_t)major;
	n->tar.rdev_minor = (uint32_t)minor;
	n->tar.size = 0;
	return true;
}

static mode_t override_type(char *type, struct node *n)
{
	if (!strcmp(type, "dir"))
		return S_IFDIR;
	if (!strcmp(type, "symlink"))
		return S_IFLNK;
	if (!strcmp(type, "pipe"))
		return S_IFIFO;
	if (!strcmp(type, "socket"))
		return S_IFSOCK;
	if (!strncmp(type, "block", 5) && device(type + 5, n))
		return S_IFBLK;
	if (!strncmp(type, "char", 4) && device(type + 4, n))
		return S_IFCHR;
	return n->tar.mode & S_IFMT;
}

void attrs_take_override(struct attrs *a, struct node *n)
{
	for (size_t i = 0; i < a->count; i++) {
		char text[128], *rest = text;
		const char *owner, *group, *bits;
		uint64_t uid, gid, mode;

		if (strcmp(a->items[i].name, "user.containers.override_stat") != 0)
			continue;
		if (a->items[i].len >= sizeof(text))
			return;
		memcpy(text, a->items[i].value, a->items[i].len);
		text[a->items[i].len] = 0;
		owner = strsep(&rest, ":");
		group = strsep(&rest, ":");
		bits = strsep(&rest, ":");
		if (!bits || !number(owner, 10, UINT32_MAX, &uid) ||
		    !number(group, 10, UINT32_MAX, &gid) || !number(bits, 8, 0177777, &mode))
			return;
		n->tar.uid = uid;
		n->tar.gid = gid;
		n->tar.mode = (rest ? override_type(rest, n) : n->tar.mode & S_IFMT) |
			      ((mode_t)mode & 07777);
		memmove(&a->items[i], &a->items[i + 1], (a->count - i - 1) * sizeof(a->items[0]));
		a->count--;
		return;
	}
}
