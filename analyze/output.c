/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/own.h"

int output_open(const char *path, struct output *out, struct err *e)
{
	AUTO(fd_closep) int fd = -1;
	FILE *f;

	if (!path || !strcmp(path, "-")) {
		*out = (struct output){ .f = stdout };
		return 0;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "create '%s'", path);
	f = fdopen(fd, "w");
	if (!f)
		return err_sys(e, "create '%s'", path);
	(void)steal_fd(&fd);
	*out = (struct output){ .f = f, .path = path };
	return 0;
}

static int failed(const struct output *o, struct err *e)
{
	return err_sys(e, "write to %s%s%s", o->path ? "'" : "",
		       o->path ? o->path : "standard output", o->path ? "'" : "");
}

int output_write(struct output *o, const void *p, size_t len, struct err *e)
{
	return fwrite(p, 1, len, o->f) == len ? 0 : failed(o, e);
}

int output_finish(struct output *o, struct err *e)
{
	FILE *f = o->f;

	if (fflush(f) != 0 || (o->path && fsync(fileno(f)) < 0))
		return failed(o, e);
	o->f = NULL;
	if (o->path && fclose(f) != 0)
		return failed(o, e);
	return 0;
}

void output_release(struct output *o)
{
	if (o->f && o->path)
		(void)fclose(o->f);
	o->f = NULL;
}
