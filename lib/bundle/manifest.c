/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/bundle/bundle.h"

#define HEX_LEN (SHA256_HEX - 1)

void manifest_init(struct manifest *m)
{
	*m = (struct manifest){ .text = STR_INIT(MANIFEST_MAX) };
}

void manifest_release(struct manifest *m)
{
	free(m->items);
	str_release(&m->text);
	manifest_init(m);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct manifest_entry *)a)->path,
		      ((const struct manifest_entry *)b)->path);
}

/* The text moves while it grows: manifest_text() points the entries into it once it is whole. */
void manifest_add(struct manifest *m, const char *path, const char sha256[SHA256_HEX])
{
	grow(m->items, m->count, m->cap);
	m->count++;
	str_add(&m->text, sha256, HEX_LEN);
	str_add(&m->text, path, strlen(path) + 1);
}

int manifest_text(struct manifest *m, struct str *out, struct err *e)
{
	char *at = m->text.buf;

	if (str_ok(&m->text, "the manifest", e) < 0)
		return -1;
	for (size_t i = 0; i < m->count; i++) {
		m->items[i] = (struct manifest_entry){ .path = at + HEX_LEN, .sha256 = at };
		at += HEX_LEN + strlen(at + HEX_LEN) + 1;
	}
	if (m->count)
		qsort(m->items, m->count, sizeof(m->items[0]), by_path);
	for (size_t i = 0; i < m->count; i++) {
		str_add(out, m->items[i].sha256, HEX_LEN);
		str_adds(out, "  ");
		str_adds(out, m->items[i].path);
		str_addc(out, '\n');
	}
	return str_ok(out, "the manifest", e);
}

/* What is wrong with one line, NULL if nothing. LEN does not count its LF. */
static const char *fault(const char *line, size_t len, const char *before)
{
	if (memchr(line, '\0', len))
		return "has a NUL byte";
	if (len && line[len - 1] == '\r')
		return "ends in CR LF";
	if (len < HEX_LEN + 3 || strspn(line, "0123456789abcdef") != HEX_LEN)
		return "does not begin with 64 lower-case hexadecimal digits";
	if (memcmp(line + HEX_LEN, "  ", 2) != 0)
		return "does not have two spaces between the digits and the path";
	line += HEX_LEN + 2;
	if (!bundle_path_is_ours(line))
		return "has a path that no bundle has";
	if (before && strcmp(before, line) == 0)
		return "repeats a path";
	if (before && strcmp(before, line) > 0)
		return "is not in order";
	return NULL;
}

void manifest_parse(struct manifest *m, struct str *text, manifest_bad *bad, void *data)
{
	char *line, *end;

	m->text = *text;
	str_init(text, text->max);
	line = m->text.buf;
	end = line + m->text.len;
	for (size_t number = 1; line < end; number++) {
		char *lf = memchr(line, '\n', (size_t)(end - line));
		const char *before = m->count ? m->items[m->count - 1].path : NULL, *why;

		if (!lf) {
			bad(data, number, "does not end in LF");
			return;
		}
		*lf = '\0';
		why = fault(line, (size_t)(lf - line), before);
		if (why) {
			bad(data, number, why);
		} else if (m->count >= BUNDLE_FILES_MAX) {
			bad(data, number, "is one file more than a bundle may have");
			return;
		} else {
			grow(m->items, m->count, m->cap);
			m->items[m->count++] = (struct manifest_entry){ .path = line + HEX_LEN + 2,
									.sha256 = line };
		}
		line = lf + 1;
	}
}

const struct manifest_entry *manifest_find(const struct manifest *m, const char *path)
{
	const struct manifest_entry key = { .path = path };

	return m->count ? bsearch(&key, m->items, m->count, sizeof(key), by_path) : NULL;
}
