/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/scan.h"

#include <string.h>

struct scan scan_of(const char *text, size_t len)
{
	return (struct scan){ .p = text, .len = len };
}

static struct scan take(struct scan *s, size_t len)
{
	struct scan front = { .p = s->p, .len = len };

	s->p += len;
	s->len -= len;
	return front;
}

bool scan_until(struct scan *s, char stop, struct scan *before)
{
	const char *at = s->len ? memchr(s->p, stop, s->len) : NULL;

	if (!at)
		return false;
	*before = take(s, (size_t)(at - s->p));
	(void)take(s, 1);
	return true;
}

bool scan_line(struct scan *s, struct scan *line)
{
	if (scan_until(s, '\n', line))
		return true;
	if (!s->len)
		return false;
	*line = take(s, s->len);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void scan_blanks(struct scan *s)
{
	while (s->len && is_blank(*s->p))
		(void)take(s, 1);
}

bool scan_word(struct scan *s, struct scan *word)
{
	struct scan from = *s;
	size_t len = 0;

	scan_blanks(&from);
	while (len < from.len && !is_blank(from.p[len]))
		len++;
	if (!len)
		return false;
	*word = take(&from, len);
	*s = from;
	return true;
}

bool scan_char(struct scan *s, char c)
{
	if (!s->len || *s->p != c)
		return false;
	(void)take(s, 1);
	return true;
}

bool scan_text(struct scan *s, const char *text)
{
	size_t len = strlen(text);

	if (s->len < len || memcmp(s->p, text, len) != 0)
		return false;
	(void)take(s, len);
	return true;
}

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

static bool number(struct scan *s, unsigned base, uint64_t max, uint64_t *out)
{
	struct scan from = *s;
	uint64_t n = 0;
	size_t digits = 0;

	scan_blanks(&from);
	for (; digits < from.len && digit(from.p[digits]) < base; digits++) {
		unsigned d = digit(from.p[digits]);

		if (n > max / base || n * base > max - d)
			return false;
		n = n * base + d;
	}
	if (!digits)
		return false;
	(void)take(&from, digits);
	*s = from;
	*out = n;
	return true;
}

bool scan_u64(struct scan *s, uint64_t max, uint64_t *out)
{
	return number(s, 10, max, out);
}

bool scan_octal(struct scan *s, uint64_t max, uint64_t *out)
{
	return number(s, 8, max, out);
}

bool scan_hex(struct scan *s, uint64_t max, uint64_t *out)
{
	return number(s, 16, max, out);
}

bool scan_i64(struct scan *s, int64_t *out)
{
	struct scan from = *s;
	uint64_t n;
	bool minus;

	scan_blanks(&from);
	minus = scan_char(&from, '-');
	if (from.len && is_blank(*from.p))
		return false;
	if (!number(&from, 10, INT64_MAX, &n))
		return false;
	*s = from;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

bool scan_is(const struct scan *s, const char *text)
{
	return s->len == strlen(text) && !memcmp(s->p, text, s->len);
}
