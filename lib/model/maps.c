/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/maps.h"

#include <string.h>

static bool device(struct scan *s, bool (*number)(struct scan *, uint64_t, uint64_t *),
		   unsigned *major, unsigned *minor)
{
	uint64_t a, b;

	if (!number(s, UINT32_MAX, &a) || !scan_char(s, ':') || !number(s, UINT32_MAX, &b))
		return false;
	*major = (unsigned)a;
	*minor = (unsigned)b;
	return true;
}

int map_parse(const char *line, size_t len, struct map *out, struct err *e)
{
	struct scan s = scan_of(line, len), perms;
	struct map m = { 0 };

	if (!scan_hex(&s, UINT64_MAX, &m.start) || !scan_char(&s, '-') ||
	    !scan_hex(&s, UINT64_MAX, &m.end) || !scan_word(&s, &perms) || perms.len != 4 ||
	    !scan_hex(&s, UINT64_MAX, &m.offset) || !device(&s, scan_hex, &m.major, &m.minor) ||
	    !scan_u64(&s, UINT64_MAX, &m.inode))
		return err_set(e, ERR_FORMAT, "maps has a malformed line");
	if (m.end < m.start)
		return err_set(e, ERR_FORMAT, "maps has a range that ends before it starts");
	m.is_writable = perms.p[1] == 'w';
	m.is_executable = perms.p[2] == 'x';
	m.is_shared = perms.p[3] == 's';
	scan_blanks(&s);
	m.path = s;
	*out = m;
	return 0;
}

/* The optional fields end at a lone "-". */
static bool propagation(struct scan *s, struct scan *out)
{
	struct scan word;

	scan_blanks(s);
	*out = scan_of(s->p, 0);
	while (scan_word(s, &word)) {
		if (scan_is(&word, "-"))
			return true;
		out->len = (size_t)(word.p + word.len - out->p);
	}
	return false;
}

/* A source may be the empty string: then two blanks stand side by side. */
static bool source(struct scan *s, struct scan *out)
{
	return scan_char(s, ' ') && scan_until(s, ' ', out);
}

int mount_parse(const char *line, size_t len, struct mount_line *out, struct err *e)
{
	struct scan s = scan_of(line, len);
	struct mount_line m = { 0 };

	if (!scan_u64(&s, UINT32_MAX, &m.id) || !scan_u64(&s, UINT32_MAX, &m.parent) ||
	    !device(&s, scan_u64, &m.major, &m.minor) || !scan_word(&s, &m.root) ||
	    !scan_word(&s, &m.mount_point) || !scan_word(&s, &m.options) ||
	    !propagation(&s, &m.propagation) || !scan_word(&s, &m.type) || !source(&s, &m.source))
		return err_set(e, ERR_FORMAT, "mountinfo has a malformed line");
	m.super_options = s;
	*out = m;
	return 0;
}

bool path_is_deleted(const struct scan *path, struct scan *bare)
{
	static const char mark[] = " (deleted)";
	size_t len = sizeof(mark) - 1;

	*bare = *path;
	if (path->len <= len || memcmp(path->p + path->len - len, mark, len) != 0)
		return false;
	bare->len -= len;
	return true;
}

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' &&
	       p[2] <= '7';
}

static void unescape(struct str *out, const struct scan *path, bool lf_only)
{
	for (size_t i = 0; i < path->len; i++) {
		const char *p = path->p + i;
		int c;

		if (*p != '\\' || path->len - i < 4 || !is_octal(p + 1)) {
			str_addc(out, *p);
			continue;
		}
		c = (p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0');
		if (lf_only && c != '\n') {
			str_addc(out, *p);
			continue;
		}
		str_addc(out, (char)c);
		i += 3;
	}
}

void path_unescape(struct str *out, const struct scan *path)
{
	unescape(out, path, false);
}

void path_unescape_lf(struct str *out, const struct scan *path)
{
	unescape(out, path, true);
}
