/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/key.h"

#include <string.h>

enum key_fault key_of(struct str *out, const char *path, size_t len)
{
	enum key_fault fault = len && *path == '/' ? KEY_ABSOLUTE : KEY_FINE;
	const char *end = path + len;

	str_reset(out);
	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t part = (size_t)((slash ? slash : end) - path);

		if (part == 2 && path[0] == '.' && path[1] == '.')
			return KEY_CLIMBS;
		if (part && !(part == 1 && *path == '.')) {
			if (out->len + part + 1 > KEY_MAX)
				return KEY_LONG;
			if (out->len)
				str_addc(out, '\0');
			str_add(out, path, part);
		}
		path += part + (slash != NULL);
	}
	return fault;
}

void key_show(struct str *out, const char *key, size_t len)
{
	size_t at;

	str_addc(out, '/');
	at = out->len;
	str_add(out, key, len);
	for (; at < out->len; at++)
		if (!out->buf[at])
			out->buf[at] = '/';
}

int key_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t both = a_len < b_len ? a_len : b_len;
	int order = both ? memcmp(a, b, both) : 0;

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

bool key_is_below(const char *key, size_t len, const char *dir, size_t dir_len)
{
	if (!dir_len)
		return len > 0;
	return len > dir_len && !key[dir_len] && !memcmp(key, dir, dir_len);
}

size_t key_base(const char *key, size_t len)
{
	const char *last = len ? memrchr(key, '\0', len) : NULL;

	return last ? (size_t)(last - key) + 1 : 0;
}

size_t key_parent(const char *key, size_t len)
{
	size_t base = key_base(key, len);

	return base ? base - 1 : 0;
}
