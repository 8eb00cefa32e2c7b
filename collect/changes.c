/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/changes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"

void change_list_release(struct change_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].path);
	free(l->items);
	str_release(&l->element);
	*l = (struct change_list)CHANGE_LIST_INIT;
}

static int add_element(struct change_list *l, struct err *e)
{
	static const char letters[] = "MAD";
	AUTO(json_freep) struct cJSON *doc = NULL;
	const char *path;
	uint64_t number;
	struct obj o;

	if (str_ok(&l->element, "one change", e) < 0)
		return -1;
	if (l->count == CHANGES_MAX)
		return err_set(e, ERR_LIMIT, "more than %zu changes", CHANGES_MAX);
	doc = json_parse(l->element.buf, l->element.len, e);
	if (!doc)
		return -1;
	o = obj_begin(doc, "change", e);
	path = obj_text(&o, "Path");
	number = obj_u64(&o, "Kind");
	if (obj_end(&o) < 0)
		return -1;
	if (number > 2)
		return err_set(e, ERR_FORMAT, "a change of the unknown kind %llu",
			       (unsigned long long)number);
	grow(l->items, l->count, l->cap);
	l->items[l->count++] = (struct change){ .path = xstrdup(path), .letter = letters[number] };
	str_reset(&l->element);
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_blank(const struct str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (!is_space(s->buf[i]))
			return false;
	return !s->over;
}

/* Inside the array: strings are followed only so far that their brackets and commas do not count.
 */
static int feed_inside(struct change_list *l, char c, struct err *e)
{
	if (l->in_string) {
		if (l->is_escaped)
			l->is_escaped = false;
		else if (c == '\\')
			l->is_escaped = true;
		else if (c == '"')
			l->in_string = false;
	} else if (c == '"') {
		l->in_string = true;
	} else if (c == '{' || c == '[') {
		l->depth++;
	} else if (l->depth == 0 && (c == ',' || c == ']')) {
		bool is_end = c == ']';

		l->is_done = is_end;
		/* Only the empty list may end without an element. */
		if (is_end && l->count == 0 && is_blank(&l->element))
			return 0;
		return add_element(l, e);
	} else if ((c == '}' || c == ']') && l->depth > 0) {
		l->depth--;
	}
	str_addc(&l->element, c);
	return 0;
}

int change_list_feed(struct change_list *l, const char *p, size_t len, struct err *e)
{
	for (size_t i = 0; i < len; i++) {
		if (l->is_open && !l->is_done) {
			if (feed_inside(l, p[i], e) < 0)
				return -1;
		} else if (!l->is_open && p[i] == '[' && is_blank(&l->element)) {
			l->is_open = true;
			str_reset(&l->element);
		} else if (!l->is_done || !is_space(p[i])) {
			str_addc(&l->element, p[i]);
		}
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

int change_list_finish(struct change_list *l, struct err *e)
{
	if (!l->is_open && !strncmp(l->element.buf, "null", 4)) {
		memmove(l->element.buf, "    ", 4);
		l->is_done = is_blank(&l->element);
	}
	if (!l->is_done || !is_blank(&l->element))
		return err_set(e, ERR_FORMAT, "the engine's changes are not a list");
	if (l->count > 0)
		qsort(l->items, l->count, sizeof(*l->items), by_path);
	return 0;
}
