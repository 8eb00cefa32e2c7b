/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/jsonw.h"

#include <assert.h>
#include <string.h>

#include "lib/base/text.h"

void jsonw_init(struct jsonw *w, struct str *out)
{
	*w = (struct jsonw){ .out = out };
}

/* What must stay visible in a line that a person looks at with any tool. */
static bool is_plain(uint32_t c)
{
	return c >= 0x20 && c != '"' && c != '\\' && !(c >= 0x7f && c <= 0x9f) &&
	       !text_is_unsafe(c);
}

/* Most of what is written, a million rows of files say: not worth decoding. */
static size_t ascii_run(const char *text, size_t len)
{
	size_t run = 0;

	while (run < len && text[run] >= 0x20 && text[run] < 0x7f && text[run] != '"' &&
	       text[run] != '\\')
		run++;
	return run;
}

static void quoted(struct str *out, const char *text, size_t len)
{
	uint32_t c = 0;

	str_addc(out, '"');
	while (len) {
		size_t run = ascii_run(text, len), n = text_decode(text + run, len - run, &c);

		while (n && is_plain(c)) {
			run += n;
			n = text_decode(text + run, len - run, &c);
		}
		str_add(out, text, run);
		text += run;
		len -= run;
		if (!len)
			break;
		if (!n) {
			/* A caller's slip must not cost the record, nor make it other than JSON. */
			str_adds(out, "\\ufffd");
			n = 1;
		} else if (c == '"' || c == '\\') {
			str_addf(out, "\\%c", (char)c);
		} else if (c == '\n') {
			str_adds(out, "\\n");
		} else if (c == '\t') {
			str_adds(out, "\\t");
		} else if (c < 0x10000) {
			str_addf(out, "\\u%04x", c);
		} else {
			str_addf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
				 0xdc00 + ((c - 0x10000) & 0x3ff));
		}
		text += n;
		len -= n;
	}
	str_addc(out, '"');
}

/* What stands in front of a value: the comma of the one before, and the key. */
static void lead(struct jsonw *w, const char *key)
{
	assert(w->depth == 0 ? !key && !w->comma
			     : (w->closer[w->depth - 1] == '}') == (key != NULL));
	if (w->comma)
		str_addc(w->out, ',');
	w->comma = true;
	if (key) {
		quoted(w->out, key, strlen(key));
		str_addc(w->out, ':');
	}
}

static void open_group(struct jsonw *w, const char *key, char opener, char closer)
{
	lead(w, key);
	assert(w->depth < JSONW_DEPTH);
	str_addc(w->out, opener);
	w->closer[w->depth++] = closer;
	w->comma = false;
}

void jsonw_object(struct jsonw *w, const char *key)
{
	open_group(w, key, '{', '}');
}

void jsonw_array(struct jsonw *w, const char *key)
{
	open_group(w, key, '[', ']');
}

void jsonw_end(struct jsonw *w)
{
	assert(w->depth > 0);
	str_addc(w->out, w->closer[--w->depth]);
	w->comma = true;
}

void jsonw_line(struct jsonw *w)
{
	while (w->depth)
		jsonw_end(w);
	str_addc(w->out, '\n');
	w->comma = false;
}

void jsonw_text(struct jsonw *w, const char *key, const char *text)
{
	if (!text) {
		jsonw_null(w, key);
		return;
	}
	lead(w, key);
	quoted(w->out, text, strlen(text));
}

void jsonw_text_if(struct jsonw *w, const char *key, const char *text)
{
	if (text && *text)
		jsonw_text(w, key, text);
}

void jsonw_bytes(struct jsonw *w, const char *key, const void *p, size_t len)
{
	/* A NUL is valid UTF-8, but readers of JSON cut there. */
	if (text_is_utf8(p, len) && !memchr(p, '\0', len)) {
		lead(w, key);
		quoted(w->out, p, len);
		return;
	}
	assert(key);
	if (w->comma)
		str_addc(w->out, ',');
	w->comma = true;
	str_addf(w->out, "\"%s_b64\":\"", key);
	text_base64(w->out, p, len);
	str_addc(w->out, '"');
}

void jsonw_u64(struct jsonw *w, const char *key, uint64_t n)
{
	lead(w, key);
	str_addf(w->out, "%llu", (unsigned long long)n);
}

void jsonw_i64(struct jsonw *w, const char *key, int64_t n)
{
	lead(w, key);
	str_addf(w->out, "%lld", (long long)n);
}

void jsonw_u64_text(struct jsonw *w, const char *key, uint64_t n)
{
	lead(w, key);
	str_addf(w->out, "\"%llu\"", (unsigned long long)n);
}

void jsonw_bool(struct jsonw *w, const char *key, bool b)
{
	lead(w, key);
	str_adds(w->out, b ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
	lead(w, key);
	str_adds(w->out, "null");
}

void jsonw_raw(struct jsonw *w, const char *key, const char *text, size_t len)
{
	lead(w, key);
	str_add(w->out, text, len);
}
