/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the custody log: how it began, each piece, each action and warning. */
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/scene.h"
#include "lib/bundle/writing.h"

int writing_commit(struct bundle *b, struct err *e)
{
	struct err first = { 0 };

	if (custody_commit(&b->custody, &first) == 0)
		return 0;
	if (first.kind == ERR_SYS && writing_is_full(first.sys)) {
		__atomic_store_n(&b->full, true, __ATOMIC_RELAXED);
		if (b->reserve >= 0) {
			fd_closep(&b->reserve);
			if (custody_retry(&b->custody, &first) == 0)
				return 0;
		}
	}
	b->is_broken = true;
	*e = first;
	return -1;
}

/* Each word as it is; if one is not UTF-8, all of them with a NUL after each, in base64. */
static void write_command_line(struct jsonw *w, const struct bundle_meta *meta)
{
	AUTO(str_release) struct str all = STR_INIT(CUSTODY_LINE_MAX);

	for (int i = 0; i < meta->argc; i++)
		str_add(&all, meta->argv[i], strlen(meta->argv[i]) + 1);
	if (!text_is_utf8(all.buf, all.len)) {
		jsonw_bytes(w, "command_line", all.buf, all.len);
		return;
	}
	jsonw_array(w, "command_line");
	for (int i = 0; i < meta->argc; i++)
		jsonw_text(w, NULL, meta->argv[i]);
	jsonw_end(w);
}

static void write_bytes_if(struct jsonw *w, const char *key, const char *text)
{
	if (text)
		jsonw_bytes(w, key, text, strlen(text));
}

int writing_opened(struct bundle *b, const struct bundle_meta *meta, struct err *e)
{
	struct jsonw *w = custody_begin(&b->custody, "opened");

	jsonw_text(w, "id", b->id);
	jsonw_text(w, "name", b->name);
	write_bytes_if(w, "container", meta->container);
	scene_tool(w);
	write_command_line(w, meta);
	write_bytes_if(w, "operator", b->operator_name);
	scene_host(w);
	scene_clock(w);
	write_bytes_if(w, "case", b->case_id);
	write_bytes_if(w, "exhibit", b->exhibit);
	write_bytes_if(w, "note", b->note);
	if (meta->more) {
		jsonw_object(w, "target");
		meta->more(w, meta->more_data);
		jsonw_end(w);
	}
	return writing_commit(b, e);
}

int writing_record(struct bundle *b, struct record *r, struct err *e)
{
	struct jsonw *w = custody_begin(&b->custody, "artifact");

	jsonw_text(w, "kind", r->kind);
	jsonw_bytes(w, "source", r->source, strlen(r->source));
	jsonw_text_if(w, "path", r->path);
	jsonw_text(w, "outcome", outcome_word(r->outcome));
	jsonw_text_if(w, "by", skip_word(r->by));
	if (r->path) {
		jsonw_u64_text(w, "bytes", r->bytes);
		jsonw_text(w, "sha256", r->sha256);
	}
	jsonw_text(w, "started", r->started);
	jsonw_text(w, "ended", r->ended);
	custody_sentence(w, "error", r->reason);
	if (r->effects) {
		jsonw_array(w, "effects");
		for (char **p = r->effects; *p; p++)
			custody_sentence(w, NULL, *p);
		jsonw_end(w);
	}
	if (r->path)
		manifest_add(&b->payload, r->path, r->sha256);
	b->bytes += r->bytes;
	grow(b->records, b->record_count, b->record_cap);
	b->records[b->record_count++] = *r;
	*r = (struct record){ 0 };
	return writing_commit(b, e);
}

static int say(struct bundle *b, const char *event, const char *what, const char *detail,
	       struct err *e)
{
	struct jsonw *w = custody_begin(&b->custody, event);

	custody_sentence(w, "what", what);
	custody_sentence(w, "detail", detail);
	return writing_commit(b, e);
}

int bundle_action(struct bundle *b, const char *what, const char *detail, struct err *e)
{
	return say(b, "action", what, detail, e);
}

int bundle_warning(struct bundle *b, const char *text, struct err *e)
{
	return say(b, "warning", NULL, text, e);
}
