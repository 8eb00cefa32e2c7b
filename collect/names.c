/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/names.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/own.h"

#define KEEP_MAX ((size_t)64 << 10) /* memory kept for the next directory of the same depth */

size_t names_size(const struct names *n)
{
	return n->cap + n->order_cap * sizeof(*n->order);
}

void names_release(struct names *n)
{
	freep(&n->bytes);
	freep(&n->order);
	*n = (struct names){ 0 };
}

void names_start(struct names *n)
{
	if (names_size(n) > KEEP_MAX)
		names_release(n);
	n->used = n->count = n->next = 0;
	n->last[0] = 0;
	n->has_more = true;
}

static int compare(const void *a, const void *b, void *bytes)
{
	return strcmp((const char *)bytes + *(const uint32_t *)a,
		      (const char *)bytes + *(const uint32_t *)b);
}

static void sort(struct names *n)
{
	if (n->count > 1)
		qsort_r(n->order, n->count, sizeof(*n->order), compare, n->bytes);
}

static void copy_name(char to[NAMES_LONGEST], const char *name)
{
	memcpy(to, name, strlen(name) + 1);
}

/* Keeps the smaller half, in fresh memory of the same size. */
static void cut(struct names *n)
{
	char *bytes = xmalloc(n->cap);
	size_t used = 0;

	sort(n);
	n->count /= 2;
	for (size_t i = 0; i < n->count; i++) {
		size_t len = strlen(n->bytes + n->order[i]) + 1;

		memcpy(bytes + used, n->bytes + n->order[i], len);
		n->order[i] = (uint32_t)used;
		used += len;
	}
	free(n->bytes);
	n->bytes = bytes;
	n->used = used;
	n->has_more = true;
	copy_name(n->ceiling, bytes + n->order[n->count - 1]);
}

static void add(struct names *n, const char *name, size_t quota)
{
	size_t len = strlen(name) + 1;

	if (n->used + len + (n->count + 1) * sizeof(*n->order) > quota && n->count > 1)
		cut(n);
	/* After a cut, what lies beyond it is for the next reading. */
	if (n->has_more && strcmp(name, n->ceiling) > 0)
		return;
	while (n->used + len > n->cap) {
		n->cap = n->cap ? n->cap * 2 : 4096;
		n->bytes = xrealloc(n->bytes, n->cap, 1);
	}
	grow(n->order, n->count, n->order_cap);
	memcpy(n->bytes + n->used, name, len);
	n->order[n->count++] = (uint32_t)n->used;
	n->used += len;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int read_names(struct names *n, int dirfd, void *block, size_t quota, struct err *e)
{
	n->used = n->count = n->next = 0;
	n->has_more = false;
	if (lseek(dirfd, 0, SEEK_SET) < 0)
		return err_sys(e, "rewind");
	for (;;) {
		ssize_t got = getdents64(dirfd, block, NAMES_BLOCK);

		if (got < 0)
			return err_sys(e, "list");
		if (got == 0)
			break;
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *d = (const void *)((const char *)block + at);

			if (!is_dot(d->d_name) && strlen(d->d_name) < sizeof(n->last) &&
			    (!n->last[0] || strcmp(d->d_name, n->last) > 0))
				add(n, d->d_name, quota);
			at += d->d_reclen;
		}
	}
	sort(n);
	if (n->count)
		copy_name(n->last, n->bytes + n->order[n->count - 1]);
	return 0;
}

const char *names_next(struct names *n, int dirfd, void *block, size_t quota, int *failed,
		       struct err *e)
{
	*failed = 0;
	while (n->next == n->count) {
		if (!n->has_more)
			return NULL;
		if (read_names(n, dirfd, block, quota, e) < 0) {
			n->has_more = false;
			*failed = -1;
			return NULL;
		}
	}
	return n->bytes + n->order[n->next++];
}
