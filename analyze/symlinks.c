/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/symlinks.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/key.h"
#include "lib/base/own.h"

struct place {
	size_t at, key_len, target_len; /* in the text: the key, then the target */
	size_t seq;
};

struct symlinks {
	struct str text;
	struct place *items;
	size_t count, cap;
	/* The directory that was asked for last: packages list theirs in a row. */
	struct str dir, is;
	bool has_dir, is_found;
	struct str rest, next; /* what is still to be walked */
};

struct symlinks *symlinks_new(void)
{
	struct symlinks *l = xcalloc(1, sizeof(*l));

	str_init(&l->text, SYMLINKS_BYTES_MAX);
	str_init(&l->dir, KEY_MAX + 1);
	str_init(&l->is, KEY_MAX + 1);
	str_init(&l->rest, 2 * KEY_MAX);
	str_init(&l->next, 2 * KEY_MAX);
	return l;
}

void symlinks_freep(struct symlinks **out)
{
	struct symlinks *l = steal(out);

	if (!l)
		return;
	str_release(&l->text);
	str_release(&l->dir);
	str_release(&l->is);
	str_release(&l->rest);
	str_release(&l->next);
	free(l->items);
	free(l);
}

void symlinks_add(struct symlinks *l, const char *key, size_t len, const char *target)
{
	struct place p = {
		.at = l->text.len, .key_len = len, .target_len = strlen(target), .seq = l->count
	};

	if (l->text.max - l->text.len < len + p.target_len || l->count >= SYMLINKS_MAX)
		l->text.over = true;
	if (l->text.over)
		return;
	str_add(&l->text, key, len);
	str_add(&l->text, target, p.target_len);
	grow(l->items, l->count, l->cap);
	l->items[l->count++] = p;
}

bool symlinks_over(const struct symlinks *l)
{
	return l->text.over;
}

static int compare(const void *a, const void *b, void *data)
{
	const struct symlinks *l = data;
	const struct place *x = a, *y = b;
	int order = key_compare(l->text.buf + x->at, x->key_len, l->text.buf + y->at, y->key_len);

	return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

void symlinks_sort(struct symlinks *l)
{
	if (l->count)
		qsort_r(l->items, l->count, sizeof(*l->items), compare, l);
	l->has_dir = false;
}

/* The last of those with this key, or NULL. */
static const struct place *find(const struct symlinks *l, const char *key, size_t len)
{
	size_t from = 0, to = l->count;
	const struct place *p;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		p = &l->items[middle];
		if (key_compare(l->text.buf + p->at, p->key_len, key, len) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (!from)
		return NULL;
	p = &l->items[from - 1];
	return key_compare(l->text.buf + p->at, p->key_len, key, len) == 0 ? p : NULL;
}

static void cut_last(struct str *s)
{
	s->len = key_parent(s->buf, s->len);
	s->buf[s->len] = '\0';
}

/* What is left becomes the target and what was left behind it; separators of both kinds will do. */
static bool follow(struct symlinks *l, const struct place *p, size_t at)
{
	str_reset(&l->next);
	str_add(&l->next, l->text.buf + p->at + p->key_len, p->target_len);
	str_addc(&l->next, '\0');
	str_add(&l->next, l->rest.buf + at, l->rest.len - at);
	str_reset(&l->rest);
	str_add(&l->rest, l->next.buf, l->next.len);
	return !l->next.over && !l->rest.over;
}

static size_t part_end(const struct str *s, size_t at)
{
	while (at < s->len && s->buf[at] != '\0' && s->buf[at] != '/')
		at++;
	return at;
}

/* All of REST is directories; where they are goes to OUT. */
static bool walk(struct symlinks *l, struct str *out)
{
	unsigned followed = 0;
	size_t at = 0;

	while (at < l->rest.len) {
		size_t end = part_end(&l->rest, at), len = end - at, before = out->len;
		const char *part = l->rest.buf + at;
		const struct place *p;

		at = end + 1;
		if (!len || (len == 1 && *part == '.'))
			continue;
		if (len == 2 && !memcmp(part, "..", 2)) {
			cut_last(out);
			continue;
		}
		if (out->len)
			str_addc(out, '\0');
		str_add(out, part, len);
		if (out->over || out->len > KEY_MAX)
			return false;
		p = find(l, out->buf, out->len);
		if (!p)
			continue;
		out->len = before;
		if (p->target_len && l->text.buf[p->at + p->key_len] == '/')
			out->len = 0;
		out->buf[out->len] = '\0';
		if (++followed > SYMLINKS_FOLLOW_MAX ||
		    !follow(l, p, at < l->rest.len ? at : l->rest.len))
			return false;
		at = 0;
	}
	return true;
}

bool symlinks_resolve(struct symlinks *l, struct str *out, const char *key, size_t len)
{
	size_t dir = key_parent(key, len), base = key_base(key, len);

	if (!l->has_dir || key_compare(l->dir.buf, l->dir.len, key, dir) != 0) {
		str_reset(&l->dir);
		str_add(&l->dir, key, dir);
		str_reset(&l->rest);
		l->rest.over = l->next.over = false;
		str_add(&l->rest, key, dir);
		str_reset(&l->is);
		l->is.over = false;
		l->is_found = walk(l, &l->is);
		l->has_dir = true;
	}
	str_reset(out);
	if (!l->is_found || l->is.len + 1 + len - base > KEY_MAX) {
		str_add(out, key, len);
		return false;
	}
	str_add(out, l->is.buf, l->is.len);
	if (l->is.len)
		str_addc(out, '\0');
	str_add(out, key + base, len - base);
	return true;
}
