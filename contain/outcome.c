/* SPDX-License-Identifier: Apache-2.0 */
/* What became of it, for people. */
#include <string.h>

#include "contain/show.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define CONNECTIONS_SHOWN 20

/* What is not as it was wanted must not look like the rest. */
static const char *headline(const struct act *a)
{
	static const char *const words[] = {
		[RESULT_UNKNOWN] = "OUTCOME UNKNOWN",
		[RESULT_DONE] = "done",
		[RESULT_NOTHING] = "nothing to do",
		[RESULT_UNPROVEN] = "done, NOT PROVED",
		[RESULT_NOT_ISOLATED] = "NOT ISOLATED",
		[RESULT_PARTIAL] = "ONLY PARTLY DONE",
		[RESULT_FAILED] = "FAILED",
		[RESULT_REFUSED] = "NOT DONE",
	};

	return words[a->result];
}

static void show_end(struct str *out, const struct socket_end *end)
{
	str_addf(out, strchr(end->address, ':') ? "[%s]:%u" : "%s:%u", end->address,
		 (unsigned)end->port);
}

static void show_view(struct str *out, const char *name, const struct netview *v)
{
	AUTO(str_release) struct str text = STR_INIT(4096);

	if (!v->is_seen)
		return;
	if (!v->connections_all) {
		show_field(out, name, "no connection");
		return;
	}
	str_addf(&text, "%llu %s", (unsigned long long)v->connections_all,
		 v->connections_all == 1 ? "connection" : "connections");
	show_field(out, name, text.buf);
	for (size_t i = 0; i < v->connection_count && i < CONNECTIONS_SHOWN; i++) {
		const struct connection *c = &v->connections[i];

		str_reset(&text);
		str_addf(&text, "%s ", socket_table_name(c->table));
		show_end(&text, &c->local);
		str_adds(&text, " to ");
		show_end(&text, &c->remote);
		str_addf(&text, " (%s)", c->state);
		show_field(out, "", text.buf);
	}
	if (v->connection_count > CONNECTIONS_SHOWN)
		show_field(out, "", "and more: --json has them");
}

static void show_image(struct str *out, const struct making *m)
{
	AUTO(freep) char *name = NULL;

	if (!m->id)
		return;
	name = xasprintf("%s:%s", m->repository, m->tag);
	show_field(out, "image", name);
	show_field(out, "", m->id);
}

static void show_evidence(struct str *out, const struct act *a)
{
	const struct sealed *s = &a->sealed;

	if (!s->is_had)
		return;
	show_field(out, "evidence", s->path);
	if ((s->is_new || s->is_verified) && !s->is_complete)
		show_field(out, "", "it is PARTIAL: its custody.jsonl says what is missing");
}

static void show_seq(struct str *out, const struct act *a)
{
	AUTO(freep) char *text = NULL;

	if (!a->has_seq)
		return;
	if (a->taking_back)
		text = xasprintf("action %llu, takes back %llu", (unsigned long long)a->seq,
				 (unsigned long long)a->taking_back->seq);
	else
		text = xasprintf("action %llu", (unsigned long long)a->seq);
	show_field(out, "journal", text);
}

static bool has_way_back(const struct act *a)
{
	return a->action->undo != VERB_COUNT && a->calls.count &&
	       (a->result == RESULT_DONE || a->result == RESULT_UNPROVEN ||
		a->result == RESULT_PARTIAL || a->result == RESULT_NOT_ISOLATED);
}

void show_outcome(struct str *out, const struct act *a)
{
	const struct container *c = &a->subject.container;
	AUTO(freep) char *shown = text_fit(a->is_pinned ? c->name : a->word ? a->word : a->id, 0);
	AUTO(freep) char *back = has_way_back(a) ? show_way_back(a) : NULL;

	str_addf(out, "%s", shown);
	if (a->is_pinned)
		str_addf(out, " (%s, %.12s)", a->subject.engine->label, a->id);
	str_addf(out, ": %s: %s\n", a->action->word, headline(a));
	if (a->error.kind != ERR_NONE)
		show_field(out, "because", a->error.text);
	show_field(out, "since", a->already);
	if (a->has_isolation && a->isolation.verdict != ISOLATED) {
		show_fields(out, "because", &a->isolation.reasons);
		show_field(out, "instead", a->isolation.alternative);
	}
	show_fields(out, a->networks.count == 1 ? "network" : "networks", &a->networks);
	show_fields(out, "proof", &a->proof);
	show_fields(out, "WARNING", &a->warnings);
	/* The proof of isolation has them one by one. */
	if (a->has_before && a->has_after && !a->has_isolation &&
	    a->action->verb != VERB_RECONNECT) {
		show_view(out, "before", &a->before);
		show_view(out, "after", &a->after);
	}
	show_image(out, &a->making);
	show_evidence(out, a);
	show_seq(out, a);
	show_field(out, "undo", back);
}
