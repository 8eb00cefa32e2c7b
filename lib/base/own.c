/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/own.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/status.h"

void *steal_(void *pp)
{
	void *p;

	memcpy(&p, pp, sizeof(p));
	memset(pp, 0, sizeof(p));
	return p;
}

int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

void freep(void *pp)
{
	free(steal_(pp));
}

void fd_closep(int *fd)
{
	int keep = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = keep;
}

void file_closep(FILE **f)
{
	int keep = errno;

	if (*f)
		(void)fclose(*f);
	*f = NULL;
	errno = keep;
}

static void *sure(void *p)
{
	static const char text[] = "impound: out of memory\n";

	if (p)
		return p;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(STATUS_FAILED);
	_exit(STATUS_FAILED);
}

void *xmalloc(size_t size)
{
	return sure(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return sure(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t count, size_t size)
{
	return sure(reallocarray(p, count ? count : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return sure(strdup(s));
}

char *xstrndup(const char *s, size_t len)
{
	return sure(strndup(s, len));
}

char *xasprintf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return sure(text);
}
