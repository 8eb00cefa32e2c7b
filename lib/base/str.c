/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

char str_empty[1] = "";

void str_init(struct str *s, size_t max)
{
	*s = (struct str)STR_INIT(max);
}

void str_release(struct str *s)
{
	if (s->cap)
		free(s->buf);
	str_init(s, s->max);
}

void str_reset(struct str *s)
{
	s->len = 0;
	s->over = false;
	if (s->cap)
		s->buf[0] = '\0';
}

char *str_detach(struct str *s)
{
	char *text = s->cap ? s->buf : xstrdup("");

	str_init(s, s->max);
	return text;
}

char *str_room(struct str *s, size_t len)
{
	size_t cap = s->cap ? s->cap : 64;

	if (s->over || len > s->max - s->len) {
		s->over = true;
		return NULL;
	}
	while (cap <= s->len + len)
		cap *= 2;
	if (cap > s->cap) {
		s->buf = xrealloc(s->cap ? s->buf : NULL, cap, 1);
		s->cap = cap;
		s->buf[s->len] = '\0';
	}
	return s->buf + s->len;
}

void str_grew(struct str *s, size_t len)
{
	s->len += len;
	s->buf[s->len] = '\0';
}

void str_add(struct str *s, const void *p, size_t len)
{
	char *to = str_room(s, len);

	if (!to)
		return;
	if (len)
		memcpy(to, p, len);
	str_grew(s, len);
}

void str_adds(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
	str_add(s, &c, 1);
}

void str_vaddf(struct str *s, const char *fmt, va_list ap)
{
	va_list again;
	int len;
	char *to;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0 || !(to = str_room(s, (size_t)len))) {
		s->over = true;
		return;
	}
	(void)vsnprintf(to, (size_t)len + 1, fmt, ap);
	str_grew(s, (size_t)len);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(s, fmt, ap);
	va_end(ap);
}

int str_ok(const struct str *s, const char *what, struct err *e)
{
	if (s->over)
		return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", what, s->max);
	return 0;
}
