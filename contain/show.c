/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/show.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "lib/base/own.h"
#include "lib/base/text.h"

#define NAME_WIDTH 12
#define INDENT     (2 + NAME_WIDTH)
#define ID_SHOWN   12

void show_field(struct str *out, const char *name, const char *text)
{
	AUTO(freep) char *shown = NULL;

	if (!text)
		return;
	shown = text_fit(text, 0);
	str_addf(out, "  %-*s", NAME_WIDTH, name);
	text_wrap(out, INDENT, shown);
}

void show_fields(struct str *out, const char *name, const struct sentences *all)
{
	for (size_t i = 0; i < all->count; i++)
		show_field(out, i ? "" : name, all->items[i]);
}

void show_requests(struct str *out, const struct act *a)
{
	AUTO(sentences_release) struct sentences all = { 0 };

	calls_text(&a->calls, a->subject.engine, &all);
	for (size_t i = 0; i < all.count; i++) {
		char *id = a->id ? strstr(all.items[i], a->id) : NULL;
		AUTO(freep) char *brief = NULL;

		if (id)
			brief = xasprintf("%.*s...%s", (int)(id - all.items[i]) + ID_SHOWN,
					  all.items[i], id + strlen(a->id));
		show_field(out, i ? "" : "calls", brief ? brief : all.items[i]);
	}
}

static void show_started(struct str *out, const struct act *a)
{
	AUTO(str_release) struct str text = STR_INIT(256);
	struct timespec then, now;
	struct err ignored = { 0 };

	if (!a->subject.started) {
		show_field(out, "started", "never");
		return;
	}
	str_adds(&text, a->subject.started);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (text_parse_time(a->subject.started, &then, &ignored) == 0 &&
	    then.tv_sec <= now.tv_sec) {
		char time[TEXT_TIME_SIZE];

		/* To the second is enough for people. */
		then.tv_nsec = 0;
		text_time(time, &then);
		str_reset(&text);
		str_addf(&text, "%.19sZ, ", time);
		text_span(&text, (uint64_t)(now.tv_sec - then.tv_sec));
		str_adds(&text, " ago");
	}
	show_field(out, "started", text.buf);
}

static void show_container(struct str *out, const struct act *a)
{
	const struct container *c = &a->subject.container;
	const struct engine *g = a->subject.engine;
	AUTO(freep)
	char *who = xasprintf("%s, %.12s, %s", c->name, c->id, container_state_word(c->state));
	AUTO(freep) char *engine = xasprintf("%s (%s)", g->label, g->address);

	show_field(out, "container", who);
	show_field(out, "engine", engine);
	show_field(out, "image", c->image);
	show_started(out, a);
}

static void show_evidence(struct str *out, const struct act *a)
{
	const struct sealed *s = &a->sealed;
	AUTO(freep) char *text = NULL;

	if (a->order->profile && !s->is_had)
		text = xasprintf("is collected first, profile %s%s", a->order->profile,
				 a->order->freeze ? ", its file system while it is frozen" : "");
	else if (s->is_had && s->is_verified)
		text = xasprintf("%s, profile %s, %s; verified: %s", s->path,
				 s->profile ? s->profile : "unknown",
				 s->is_complete ? "complete" : "PARTIAL", s->vouched);
	else if (s->is_had)
		text = xasprintf("%s, profile %s", s->path, s->profile ? s->profile : "unknown");
	else
		text = xasprintf("NONE of this run of it that the journal knows of");
	show_field(out, "evidence", text);
	show_field(out, "", a->order->without_evidence);
}

static void show_connections(struct str *out, const struct act *a)
{
	AUTO(freep) char *text = NULL;

	if (!a->has_before || a->action->verb == VERB_RECONNECT)
		return;
	if (a->before.is_seen)
		text = xasprintf("%llu now", (unsigned long long)a->before.connections_all);
	else
		text = xasprintf("not to be seen from here: %s", a->before.why_not);
	show_field(out, "connections", text);
}

void show_plan(struct str *out, const struct act *a)
{
	const struct action *v = a->action;
	AUTO(freep) char *does = xasprintf("%s. %s", v->what, v->effects);
	AUTO(freep) char *back = show_way_back(a);

	for (const char *p = v->word; *p; p++)
		str_addc(out, (char)toupper((unsigned char)*p));
	str_addc(out, '\n');
	show_container(out, a);
	show_field(out, "does", does);
	show_fields(out, a->networks.count == 1 ? "network" : "networks", &a->networks);
	if (a->making.repository) {
		AUTO(freep)
		char *image = xasprintf("%s:%s", a->making.repository, a->making.tag);

		show_field(out, "new image", image);
	}
	show_connections(out, a);
	show_fields(out, "note", &a->notes);
	show_fields(out, "WARNING", &a->warnings);
	show_field(out, "nothing", a->already);
	show_requests(out, a);
	show_evidence(out, a);
	show_field(out, "undo", back);
}

char *show_way_back(const struct act *a)
{
	const struct action *undo = action_of(a->action->undo);
	AUTO(str_release) struct str text = STR_INIT(4096);

	if (!undo)
		return xstrdup(a->action->back);
	str_addf(&text, "impound contain %s ", undo->word);
	text_quote(&text, a->word ? a->word : a->subject.container.name);
	return str_detach(&text);
}
