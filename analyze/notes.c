/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

void notes_release(struct notes *n)
{
	for (size_t i = 0; i < n->kept; i++) {
		free(n->items[i].name);
		free(n->items[i].text);
	}
	*n = (struct notes){ 0 };
}

static void __attribute__((format(printf, 5, 0)))
add(struct notes *n, const char *id, const char *name, size_t len, const char *fmt, va_list ap)
{
	struct note *note = &n->items[n->kept];
	char *text = NULL;

	n->count++;
	if (n->kept == NOTES_KEPT)
		return;
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup("");
	*note = (struct note){ .id = id, .text = text };
	if (name) {
		note->name_len = len < NOTE_TEXT ? len : NOTE_TEXT;
		note->name = xmalloc(note->name_len + 1);
		memcpy(note->name, name, note->name_len);
		note->name[note->name_len] = '\0';
	}
	n->kept++;
}

void notes_add(struct notes *n, const char *id, const char *name, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(n, id, name, len, fmt, ap);
	va_end(ap);
}

void notes_lack(struct notes *n, const char *id, const char *name, size_t len, const char *fmt, ...)
{
	va_list ap;

	n->is_incomplete = true;
	va_start(ap, fmt);
	add(n, id, name, len, fmt, ap);
	va_end(ap);
}

void notes_cut(struct notes *n, const char *id, const char *name, size_t len, const char *fmt, ...)
{
	va_list ap;

	n->is_incomplete = n->is_truncated = true;
	va_start(ap, fmt);
	add(n, id, name, len, fmt, ap);
	va_end(ap);
}

void notes_json(struct jsonw *w, const char *key, const struct notes *n)
{
	jsonw_object(w, key);
	jsonw_u64(w, "count", n->count);
	jsonw_array(w, "first");
	for (size_t i = 0; i < n->kept; i++) {
		jsonw_object(w, NULL);
		jsonw_text(w, "id", n->items[i].id);
		if (n->items[i].name)
			jsonw_bytes(w, "name", n->items[i].name, n->items[i].name_len);
		jsonw_bytes(w, "text", n->items[i].text, strlen(n->items[i].text));
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
}
