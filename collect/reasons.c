/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/reasons.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/text.h"

#define NAMES_MAX ((size_t)4 << 10)

static bool has_name(const struct str *names, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = names->buf; (p = strstr(p, name)); p += len)
		if ((p == names->buf || p[-1] == ' ') && (p[len] == ',' || !p[len]))
			return true;
	return false;
}

void reasons_add(struct reasons *r, const char *name, const char *why)
{
	AUTO(freep) char *shown = text_fit(why, 0);
	AUTO(freep) char *shown_name = text_fit(name, 0);
	size_t i = 0;

	while (i < r->count && strcmp(r->items[i].why, shown) != 0)
		i++;
	if (i == r->count) {
		grow(r->items, r->count, r->cap);
		r->items[i].why = steal(&shown);
		str_init(&r->items[i].names, NAMES_MAX);
		r->count++;
	} else if (has_name(&r->items[i].names, shown_name)) {
		return;
	}
	str_addf(&r->items[i].names, "%s%s", r->items[i].names.len ? ", " : "", shown_name);
}

void reasons_print(const struct reasons *r, struct str *out)
{
	for (size_t i = 0; i < r->count; i++) {
		str_adds(out, "  ");
		text_wrap(out, 2, r->items[i].names.buf);
		str_adds(out, "      ");
		text_wrap(out, 6, r->items[i].why);
	}
}

void reasons_release(struct reasons *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->items[i].why);
		str_release(&r->items[i].names);
	}
	free(r->items);
	*r = (struct reasons){ 0 };
}
