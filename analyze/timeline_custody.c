/* SPDX-License-Identifier: Apache-2.0 */
/* What people and this program did to the container: the custody log, the containment journal. */
#include "analyze/timeline.h"

#include <string.h>

#include "lib/base/own.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/custody.h"

#define INTENTS_MAX 100000 /* of one container */

static const char journal[] = "contain/journal.jsonl";

/* KEY, or what KEY_b64 stands for; nothing where there is neither. */
static void add_bytes(struct str *what, const char *before, struct obj *o, const char *key)
{
	size_t len = what->len;

	str_adds(what, before);
	if (!obj_bytes(o, key, what)) {
		what->len = len;
		what->buf[len] = '\0';
	}
}

static void say_artifact(struct str *what, struct obj *o)
{
	str_addf(what, "%s: %s", obj_text_or(o, "kind", ""), obj_text_or(o, "outcome", ""));
	add_bytes(what, ", ", o, "path");
	add_bytes(what, ": ", o, "error");
}

static void say_custody(struct str *what, struct obj *o, const char *event)
{
	if (!strcmp(event, "artifact")) {
		say_artifact(what, o);
	} else if (!strcmp(event, "opened")) {
		str_adds(what, "collecting began");
		add_bytes(what, ", by ", o, "operator");
		add_bytes(what, ", case ", o, "case");
	} else if (!strcmp(event, "sealed")) {
		str_addf(what, "bundle sealed, %s", obj_text_or(o, "state", ""));
	} else {
		str_adds(what, event);
		add_bytes(what, ": ", o, "what");
		add_bytes(what, ": ", o, "detail");
	}
}

static int custody_line(const struct cJSON *line, void *data, struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(2 * CUSTODY_LINE_MAX);
	AUTO(str_release) struct str path = STR_INIT(CUSTODY_LINE_MAX);
	struct timeline *t = data;
	struct obj o = obj_begin(line, "the line", e);
	const char *time = obj_text(&o, "time"), *event = obj_text(&o, "event"),
		   *outcome = obj_text_or(&o, "outcome", "");
	struct event ev = { .source = EVENT_CUSTODY, .times = EVENT_RECORDED };

	/* What was left out, or is not there, was not done at any time. */
	if (!strcmp(outcome, "skipped") || !strcmp(outcome, "absent"))
		return 0;
	say_custody(&what, &o, event);
	(void)obj_bytes(&o, "path", &path);
	ev.object = path.buf;
	ev.object_len = path.len;
	if (obj_end(&o) < 0 || timeline_at(t, &ev, time, &what, e) < 0)
		return timeline_damaged(t, BUNDLE_CUSTODY, 0, e);
	return 0;
}

int timeline_custody(struct timeline *t, struct err *e)
{
	if (bundle_custody_each(t->b, custody_line, t, e) < 0)
		return timeline_damaged(t, BUNDLE_CUSTODY, 0, e);
	return 0;
}

/* The journal is of all containers; these are the deeds on ours. */
struct deeds {
	const char *id; /* NULL: it is not known, and all are told */
	struct deed {
		uint64_t seq;
		char *verb;
	} * items;
	size_t count, cap;
};

static void deeds_release(struct deeds *d)
{
	for (size_t i = 0; i < d->count; i++)
		freep(&d->items[i].verb);
	freep(&d->items);
}

static int keep_intent(struct deeds *d, uint64_t seq, const char *verb, struct err *e)
{
	if (d->count >= INTENTS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d actions on one container", INTENTS_MAX);
	grow(d->items, d->count, d->cap);
	d->items[d->count++] = (struct deed){ .seq = seq, .verb = xstrdup(verb) };
	return 0;
}

static const char *verb_of(const struct deeds *d, uint64_t seq)
{
	for (size_t i = d->count; i-- > 0;)
		if (d->items[i].seq == seq)
			return d->items[i].verb;
	return NULL;
}

/* The line's sentence; empty where it is another container's. */
static int say_deed(struct deeds *d, struct obj *o, struct str *what, struct err *e)
{
	struct obj container = obj_in_or(o, "container"), bundle = obj_in_or(o, "bundle");
	const char *event = obj_text(o, "event"), *id = obj_text_or(&container, "id", NULL),
		   *verb = obj_text_or(o, "verb", "");
	bool is_ours = !d->id || (id && !strcmp(id, d->id));

	if (!strcmp(event, "outcome")) {
		verb = verb_of(d, obj_u64_or(o, "of", UINT64_MAX));
		if (!verb)
			return 0;
		str_addf(what, "%s: %s", verb, obj_text_or(o, "result", ""));
		add_bytes(what, ": ", o, "error");
		return 0;
	}
	if (id ? !is_ours : strcmp(event, "torn") != 0)
		return 0;
	if (!strcmp(event, "collected")) {
		str_addf(what, "collected: bundle %s", obj_text_or(&bundle, "id", ""));
		return 0;
	}
	str_addf(what, "%s%s%s", *verb ? verb : event, *verb ? ": " : "", *verb ? event : "");
	add_bytes(what, " by ", o, "operator");
	add_bytes(what, ": ", o, "reason");
	add_bytes(what, ": ", o, "error");
	if (!strcmp(event, "intent"))
		return keep_intent(d, obj_u64_or(o, "seq", UINT64_MAX), verb, e);
	return 0;
}

static int deed_line(struct timeline *t, const struct cJSON *doc, const char *line, size_t len,
		     void *data, struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(2 * TIMELINE_LINE_MAX);
	struct deeds *d = data;
	struct obj o = obj_begin(doc, "the line", e);
	const char *time = obj_text(&o, "time");
	struct event ev = { .source = EVENT_CONTAIN, .times = EVENT_RECORDED };

	(void)line;
	(void)len;
	if (say_deed(d, &o, &what, e) < 0 || obj_end(&o) < 0)
		return -1;
	if (!what.len)
		return 0;
	ev.object = d->id ? d->id : "";
	ev.object_len = strlen(ev.object);
	return timeline_at(t, &ev, time, &what, e);
}

int timeline_contain(struct timeline *t, struct err *e)
{
	AUTO(deeds_release) struct deeds deeds = { 0 };
	AUTO(json_freep) struct cJSON *doc = NULL;

	if (!bundle_has(t->b, journal, NULL))
		return 0;
	if (timeline_doc(t, "container/inspect.json", &doc, e) < 0)
		return -1;
	deeds.id = doc ? json_text(json_member(doc, "Id")) : NULL;
	return timeline_lines(t, journal, TIMELINE_LINE_MAX, deed_line, &deeds, e);
}
