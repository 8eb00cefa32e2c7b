/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/sentences.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define LINE_BYTES_MAX ((size_t)16 << 10)

void sentences_add(struct sentences *l, const char *fmt, ...)
{
	AUTO(str_release) struct str text = STR_INIT(LINE_BYTES_MAX);
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&text, fmt, ap);
	va_end(ap);
	grow(l->items, l->count, l->cap);
	l->items[l->count++] = xstrdup(text.buf);
}

void sentences_split(struct sentences *l, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len)
			sentences_add(l, "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

void sentences_release(struct sentences *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct sentences){ 0 };
}

void sentences_item_json(struct jsonw *w, const char *text)
{
	AUTO(freep) char *shown = NULL;

	if (!text_is_utf8(text, strlen(text)))
		shown = text_fit(text, 0);
	jsonw_text(w, NULL, shown ? shown : text);
}

void sentences_json(const struct sentences *l, struct jsonw *w, const char *key)
{
	if (!l->count)
		return;
	jsonw_array(w, key);
	for (size_t i = 0; i < l->count; i++)
		sentences_item_json(w, l->items[i]);
	jsonw_end(w);
}
