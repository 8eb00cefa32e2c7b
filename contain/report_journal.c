/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/report_journal.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

#define INDENT         11 /* where what is said below an action begins */
#define OPERATOR_WIDTH 8
#define NAME_WIDTH     12
#define ID_WIDTH       12
#define TEXT_MAX       ((size_t)1 << 20)

/* Either of the two: an action, or a bundle that was sealed. */
struct entry {
	const struct deed *deed;
	const struct evidence *evidence;
	const char *id, *name, *case_id;
};

static struct entry of_deed(const struct deed *d)
{
	return (struct entry){ .deed = d, .id = d->id, .name = d->name, .case_id = d->case_id };
}

static struct entry of_evidence(const struct evidence *v)
{
	return (struct entry){ .evidence = v, .id = v->id, .name = v->name, .case_id = v->case_id };
}

static bool is_named(const struct entry *x, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->items[i];

		if ((x->name && !strcmp(x->name, word)) ||
		    (x->id && word[0] && !strncmp(x->id, word, strlen(word))))
			return true;
	}
	return words->count == 0;
}

static bool is_wanted(const struct entry *x, const struct journal_filter *f)
{
	if (f->case_id && (!x->case_id || strcmp(x->case_id, f->case_id) != 0))
		return false;
	return is_named(x, f->containers);
}

/* The wanted ones in the order in which they were done. The caller frees. */
static struct entry *select_all(const struct history *h, const struct journal_filter *f,
				size_t *count)
{
	struct entry *all = xcalloc(h->deed_count + h->evidence_count + 1, sizeof(*all));
	size_t d = 0, v = 0, n = 0;

	while (d < h->deed_count || v < h->evidence_count) {
		bool is_deed = v == h->evidence_count ||
			       (d < h->deed_count && h->deeds[d].seq < h->evidence[v].seq);

		all[n] = is_deed ? of_deed(&h->deeds[d++]) : of_evidence(&h->evidence[v++]);
		if (is_wanted(&all[n], f))
			n++;
	}
	*count = n;
	return all;
}

/* A column of its width, whatever is in it. */
static void add_cell(struct str *out, const char *text, size_t width)
{
	AUTO(freep) char *shown = text_fit(text && *text ? text : "-", width);
	size_t used = text_width(shown);

	str_addf(out, "%s%*s ", shown, (int)(width > used ? width - used : 0), "");
}

static void add_below(struct str *out, const char *label, const char *text)
{
	AUTO(freep) char *shown = NULL;

	if (!text || !*text)
		return;
	shown = text_fit(text, 0);
	str_addf(out, "  %-*s", INDENT - 2, label);
	text_wrap(out, INDENT, shown);
}

/* To the second: the JSON and the file have the rest. */
static void add_time(struct str *out, const char *time)
{
	char shown[TEXT_TIME_SIZE] = "-";
	struct err ignored = { 0 };
	struct timespec t;

	if (text_parse_time(time, &t, &ignored) == 0) {
		text_time(shown, &t);
		shown[19] = 'Z';
		shown[20] = '\0';
	}
	str_addf(out, "%-20s ", shown);
}

static void add_row(struct str *out, const char *time, const char *operator_name, const char *verb,
		    const char *id, const char *result, const char *name)
{
	AUTO(freep) char *last = text_fit(name && *name ? name : "-", NAME_WIDTH);

	add_time(out, time);
	add_cell(out, operator_name, OPERATOR_WIDTH);
	str_addf(out, "%-10s ", verb);
	str_addf(out, "%-*.*s %-12s %s\n", ID_WIDTH, ID_WIDTH, id ? id : "-", result, last);
}

static void add_deed(struct str *out, const struct deed *d)
{
	AUTO(freep) char *undoes = NULL;

	add_row(out, d->time, d->operator_name, d->action->word, d->id, result_text(d->result),
		d->name);
	if (d->undoes)
		undoes = xasprintf("line %llu of the journal", (unsigned long long)d->undoes + 1);
	add_below(out, "reason", d->reason);
	add_below(out, "case", d->case_id);
	for (size_t i = 0; i < d->network_count; i++)
		add_below(out, "network", d->networks[i]);
	add_below(out, "image", d->commit_image);
	add_below(out, "without", d->without_evidence);
	add_below(out, "undoes", undoes);
	if (d->is_undone)
		add_below(out, "undone", "a later action took it back");
	add_below(out, "error", d->error);
	if (d->result == RESULT_UNKNOWN && !d->error)
		add_below(out, "unknown",
			  "no outcome was written: 'impound contain status' looks what came of it");
}

static void add_evidence(struct str *out, const struct evidence *v)
{
	add_row(out, v->time, v->operator_name, "collect", v->id, "sealed", v->name);
	add_below(out, "case", v->case_id);
	add_below(out, "bundle", v->path);
	add_below(out, "seal", v->seal);
	if (v->left_paused)
		add_below(out, "paused", "it was left so");
}

void report_actions(const struct history *h, const struct journal_filter *f)
{
	size_t count;
	AUTO(freep) struct entry *all = select_all(h, f, &count);

	if (!count) {
		puts("nothing");
		return;
	}
	printf("%-20s %-*s %-10s %-*s %-12s %s\n", "TIME", OPERATOR_WIDTH, "OPERATOR", "ACTION",
	       ID_WIDTH, "CONTAINER", "RESULT", "NAME");
	for (size_t i = 0; i < count; i++) {
		AUTO(str_release) struct str text = STR_INIT(TEXT_MAX);

		if (all[i].deed)
			add_deed(&text, all[i].deed);
		else if (all[i].evidence)
			add_evidence(&text, all[i].evidence);
		fputs(text.buf, stdout);
	}
}

static void put(struct jsonw *w, const char *key, const char *text)
{
	if (text)
		jsonw_bytes(w, key, text, strlen(text));
}

static void container_json(struct jsonw *w, const char *id, const char *name, const char *started)
{
	if (!id)
		return;
	jsonw_object(w, "container");
	jsonw_text(w, "id", id);
	put(w, "name", name);
	put(w, "started", started);
	jsonw_end(w);
}

static void deed_json(struct jsonw *w, const struct deed *d)
{
	jsonw_u64(w, "seq", d->seq);
	put(w, "time", d->time);
	put(w, "operator", d->operator_name);
	jsonw_text(w, "action", d->action->word);
	container_json(w, d->id, d->name, d->started);
	put(w, "engine", d->engine);
	put(w, "address", d->address);
	jsonw_text(w, "result", result_text(d->result));
	put(w, "case", d->case_id);
	put(w, "reason", d->reason);
	put(w, "without_evidence", d->without_evidence);
	put(w, "image", d->commit_image);
	if (d->network_count) {
		jsonw_array(w, "networks");
		for (size_t i = 0; i < d->network_count; i++)
			jsonw_text(w, NULL, d->networks[i]);
		jsonw_end(w);
	}
	if (d->undoes)
		jsonw_u64(w, "undoes", d->undoes);
	jsonw_bool(w, "undone", d->is_undone);
	put(w, "error", d->error);
}

static void evidence_json(struct jsonw *w, const struct evidence *v)
{
	jsonw_u64(w, "seq", v->seq);
	put(w, "time", v->time);
	put(w, "operator", v->operator_name);
	jsonw_text(w, "action", "collect");
	container_json(w, v->id, v->name, v->started);
	jsonw_text(w, "result", "sealed");
	put(w, "case", v->case_id);
	jsonw_object(w, "bundle");
	put(w, "id", v->bundle);
	put(w, "path", v->path);
	put(w, "profile", v->profile);
	jsonw_end(w);
	put(w, "seal", v->seal);
	jsonw_bool(w, "left_paused", v->left_paused);
}

static void state_json(struct jsonw *w, const char *path, const struct journal_state *s)
{
	jsonw_object(w, "journal");
	put(w, "path", path);
	jsonw_u64(w, "lines", s->lines);
	jsonw_u64_text(w, "bytes", s->bytes);
	jsonw_text(w, "head", s->head);
	jsonw_u64(w, "torn", s->torn);
	jsonw_u64(w, "broken", s->broken);
	jsonw_bool(w, "ends_torn", s->ends_torn);
	jsonw_end(w);
}

void report_actions_json(const struct history *h, const struct journal_filter *f, const char *path,
			 int status)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	size_t count, first;
	AUTO(freep) struct entry *all = select_all(h, f, &count);
	struct jsonw w;

	first = count > JOURNAL_INLINE_MAX ? count - JOURNAL_INLINE_MAX : 0;
	result_begin(&w, &out, "journal", status);
	state_json(&w, path, &h->state);
	jsonw_u64(&w, "not_understood", h->not_understood);
	jsonw_array(&w, "actions");
	for (size_t i = first; i < count; i++) {
		jsonw_object(&w, NULL);
		if (all[i].deed)
			deed_json(&w, all[i].deed);
		else if (all[i].evidence)
			evidence_json(&w, all[i].evidence);
		jsonw_end(&w);
		result_flush(&w);
	}
	jsonw_end(&w);
	jsonw_u64(&w, "action_count", count);
	result_print(&w);
}

static const char *verdict(const struct journal_check *c)
{
	if (c->status == STATUS_TAMPERED)
		return "broken";
	return c->status == STATUS_INCOMPLETE ? "torn" : "intact";
}

void report_check(const struct journal_check *c)
{
	AUTO(str_release) struct str shown = STR_INIT(TEXT_MAX);
	const struct journal_state *s = &c->state;

	text_show(&shown, c->path, strlen(c->path));
	printf("%s: %s\n", shown.buf,
	       c->status == STATUS_TAMPERED     ? "BROKEN: it is not as it was written"
	       : c->status == STATUS_INCOMPLETE ? "intact, but for what a crash cut"
						: "intact: each line follows from the one before");
	for (size_t i = 0; i < c->count; i++) {
		str_reset(&shown);
		text_show(&shown, c->faults[i].why, strlen(c->faults[i].why));
		printf("  line %llu %s%s\n", (unsigned long long)c->faults[i].line,
		       c->faults[i].is_torn ? "was cut by a crash: " : "", shown.buf);
	}
	if (c->fault_count > c->count)
		printf("  and %llu lines more\n", (unsigned long long)(c->fault_count - c->count));
	if (c->head && !c->is_head_found)
		puts("  no line has the digest of --head: lines were taken away or written anew");
	printf("  lines  %llu\n  head   %s\n", (unsigned long long)s->lines, s->head);
}

void report_check_json(const struct journal_check *c)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	struct jsonw w;

	result_begin(&w, &out, "journal", c->status);
	jsonw_text(&w, "verdict", verdict(c));
	state_json(&w, c->path, &c->state);
	if (c->head)
		jsonw_bool(&w, "head_found", c->is_head_found);
	jsonw_array(&w, "faults");
	for (size_t i = 0; i < c->count; i++) {
		jsonw_object(&w, NULL);
		jsonw_u64(&w, "line", c->faults[i].line);
		jsonw_bool(&w, "torn", c->faults[i].is_torn);
		jsonw_bytes(&w, "detail", c->faults[i].why, strlen(c->faults[i].why));
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_u64(&w, "fault_count", c->fault_count);
	result_print(&w);
}
