/* SPDX-License-Identifier: Apache-2.0 */
/* A directory: what is named in it is opened beneath it, through no link, and only a file is read.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/image_store.h"
#include "lib/base/file.h"
#include "lib/base/own.h"

/* Names that were asked for; their place is their id. */
struct dir_store {
	struct store store;
	int fd;
	char **names;
	size_t count, cap;
};

static struct dir_store *of(struct store *s)
{
	return (struct dir_store *)s;
}

static void dir_free(struct store *s)
{
	struct dir_store *d = of(s);

	for (size_t i = 0; i < d->count; i++)
		free(d->names[i]);
	free(d->names);
	free(d);
}

static int open_file(const struct dir_store *d, const char *name, uint64_t *size, struct err *e)
{
	/* Without O_NONBLOCK a FIFO would hold us. */
	AUTO(fd_closep) int fd = file_open_beneath(d->fd, name, O_RDONLY | O_NONBLOCK, e);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat '%s'", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "'%s' is not a regular file", name);
	*size = (uint64_t)st.st_size;
	return steal_fd(&fd);
}

static long dir_find(struct store *s, const char *name, uint64_t *size)
{
	struct dir_store *d = of(s);
	struct err unused = { 0 };
	AUTO(fd_closep) int fd = open_file(d, name, size, &unused);

	if (fd < 0)
		return -1;
	for (size_t i = 0; i < d->count; i++)
		if (!strcmp(d->names[i], name))
			return (long)i;
	grow(d->names, d->count, d->cap);
	d->names[d->count] = xstrdup(name);
	return (long)d->count++;
}

static int dir_document(struct store *s, long id, struct str *out, struct err *e)
{
	const struct dir_store *d = of(s);
	uint64_t size;
	AUTO(fd_closep) int fd = open_file(d, d->names[id], &size, e);

	return fd < 0 ? -1 : file_read(fd, out, d->names[id], e);
}

static int dir_each(struct store *s, const long *ids, size_t count,
		    int (*fn)(size_t i, struct source *from, void *data, struct err *e), void *data,
		    struct err *e)
{
	const struct dir_store *d = of(s);

	for (size_t i = 0; i < count; i++) {
		uint64_t size;
		AUTO(fd_closep) int fd = open_file(d, d->names[ids[i]], &size, e);
		AUTO(source_closep) struct source *from = NULL;

		if (fd < 0)
			return -1;
		from = source_of_range(fd, 0, size);
		if (fn(i, from, data, e) < 0)
			return -1;
	}
	return 0;
}

struct store *store_of_directory(int fd)
{
	static const struct store_ops ops = {
		.find = dir_find,
		.document = dir_document,
		.each = dir_each,
		.free = dir_free,
	};
	struct dir_store *d = xcalloc(1, sizeof(*d));

	d->store.ops = &ops;
	d->store.word = "directory";
	d->fd = fd;
	return &d->store;
}
