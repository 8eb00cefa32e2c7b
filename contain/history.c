/* SPDX-License-Identifier: Apache-2.0 */
/* What the journal knows: each action with what came of it, and the bundles that were sealed. */
#include <stdlib.h>
#include <string.h>

#include "contain/deed.h"
#include "contain/holds.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define DEEDS_MAX    100000
#define EVIDENCE_MAX 100000
#define NETWORKS_MAX 1000
#define ID_DIGITS    64

const char *result_text(enum result_word r)
{
	static const char *const words[] = {
		[RESULT_UNKNOWN] = "unknown",
		[RESULT_DONE] = "done",
		[RESULT_NOTHING] = "nothing",
		[RESULT_UNPROVEN] = "unproven",
		[RESULT_NOT_ISOLATED] = "not-isolated",
		[RESULT_PARTIAL] = "partial",
		[RESULT_FAILED] = "failed",
		[RESULT_REFUSED] = "refused",
	};

	return words[r];
}

/* The text under KEY, or what stands there in base64; NULL for none. */
static char *keep(struct obj *o, const char *key)
{
	AUTO(str_release) struct str text = STR_INIT(CUSTODY_LINE_MAX);

	return obj_bytes(o, key, &text) ? str_detach(&text) : NULL;
}

static bool is_id(const char *id)
{
	return id && text_is_hex(id, ID_DIGITS);
}

static enum container_state state_of(const char *word)
{
	for (enum container_state s = STATE_CREATED; s <= STATE_STOPPED; s++)
		if (!strcmp(word, container_state_word(s)))
			return s;
	return STATE_UNKNOWN;
}

static bool result_of(const char *word, enum result_word *out)
{
	for (enum result_word r = RESULT_UNKNOWN; r < RESULT_REFUSED; r++) {
		if (!strcmp(word, result_text(r))) {
			*out = r;
			return true;
		}
	}
	return false;
}

static void deed_release(struct deed *d)
{
	char *const texts[] = {
		d->time,    d->operator_name, d->case_id, d->reason, d->without_evidence,
		d->engine,  d->address,       d->id,      d->name,   d->image,
		d->started, d->commit_image,  d->error
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < d->network_count; i++)
		free(d->networks[i]);
	free(d->networks);
	endpoints_release(&d->endpoints);
	*d = (struct deed){ 0 };
}

static void evidence_release(struct evidence *v)
{
	char *const texts[] = { v->time,    v->operator_name, v->case_id, v->id,   v->name,
				v->started, v->bundle,        v->path,    v->seal, v->profile };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	*v = (struct evidence){ 0 };
}

void history_release(struct history *h)
{
	for (size_t i = 0; i < h->deed_count; i++)
		deed_release(&h->deeds[i]);
	for (size_t i = 0; i < h->evidence_count; i++)
		evidence_release(&h->evidence[i]);
	free(h->deeds);
	free(h->evidence);
	*h = (struct history){ 0 };
}

static int read_networks(const struct cJSON *list, struct deed *d, struct err *e)
{
	if (json_count(list) > NETWORKS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d networks", NETWORKS_MAX);
	d->networks = xcalloc(json_count(list), sizeof(*d->networks));
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		const char *name = json_text(item);

		if (!name)
			return err_set(e, ERR_FORMAT, "a network's name is no text");
		d->networks[d->network_count++] = xstrdup(name);
	}
	return 0;
}

static int read_target(struct obj *c, struct deed *d, struct err *e)
{
	d->id = keep(c, "id");
	d->name = keep(c, "name");
	d->image = keep(c, "image");
	d->started = keep(c, "started");
	d->before = state_of(obj_text_or(c, "state", ""));
	/* Only what was refused may have none: it was refused before the container was known. */
	if (d->id ? !is_id(d->id) : c->node != NULL || d->result != RESULT_REFUSED)
		return err_set(e, ERR_FORMAT, "the container's id is none");
	return 0;
}

/* An intent, or a refusal where RESULT says so. */
static int read_deed(const struct journal_line *line, enum result_word result, struct deed *d,
		     struct err *e)
{
	struct obj o = obj_begin(line->doc, "the line", e), container = obj_in_or(&o, "container"),
		   engine = obj_in_or(&o, "engine");
	const struct cJSON *networks = obj_list_or(&o, "networks");
	const struct cJSON *endpoints = obj_list_or(&o, "endpoints");

	d->seq = line->seq;
	d->result = result;
	d->action = action_find(obj_text(&o, "verb"));
	d->time = xstrdup(obj_text(&o, "time"));
	d->operator_name = keep(&o, "operator");
	d->case_id = keep(&o, "case");
	d->reason = keep(&o, "reason");
	d->without_evidence = keep(&o, "without_evidence");
	d->commit_image = keep(&o, "image");
	d->error = keep(&o, "error");
	d->undoes = obj_u64_or(&o, "undoes", 0);
	d->engine = keep(&engine, "label");
	d->address = keep(&engine, "address");
	d->dialect = strcmp(obj_text_or(&engine, "dialect", ""), dialect_word(DIALECT_PODMAN)) == 0
			     ? DIALECT_PODMAN
			     : DIALECT_DOCKER;
	if (read_target(&container, d, e) < 0 || obj_end(&o) < 0)
		return -1;
	if (!d->action)
		return err_set(e, ERR_FORMAT, "an action that this version does not know");
	if (read_networks(networks, d, e) < 0)
		return -1;
	return endpoints_from_json(endpoints, &d->endpoints, e);
}

static int add_deed(struct history *h, const struct journal_line *line, enum result_word result,
		    struct err *e)
{
	struct deed d = { 0 };

	if (read_deed(line, result, &d, e) < 0) {
		deed_release(&d);
		return -1;
	}
	grow(h->deeds, h->deed_count, h->deed_cap);
	h->deeds[h->deed_count++] = d;
	return 0;
}

/* They are in order of their numbers. */
static struct deed *find(struct history *h, uint64_t seq)
{
	size_t from = 0, to = h->deed_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (h->deeds[middle].seq < seq)
			from = middle + 1;
		else
			to = middle;
	}
	return from < h->deed_count && h->deeds[from].seq == seq ? &h->deeds[from] : NULL;
}

/* What it took back is taken back, if it came about or was so already, and for all networks. */
static void settle(struct history *h, const struct deed *d)
{
	struct deed *undone = d->undoes ? find(h, d->undoes) : NULL;

	if (undone && undone != d &&
	    (d->result == RESULT_DONE || d->result == RESULT_NOTHING ||
	     d->result == RESULT_UNPROVEN) &&
	    deed_is_all_in(undone, d))
		undone->is_undone = true;
}

static int add_outcome(struct history *h, const struct journal_line *line, struct err *e)
{
	struct obj o = obj_begin(line->doc, "the line", e);
	struct deed *d = find(h, obj_u64(&o, "of"));
	const char *word = obj_text(&o, "result");
	AUTO(freep) char *error = keep(&o, "error");
	enum result_word result;

	if (obj_end(&o) < 0)
		return -1;
	if (!d || d->result == RESULT_REFUSED || !result_of(word, &result))
		return err_set(e, ERR_FORMAT, "an outcome of nothing, or none that is known");
	d->result = result;
	free(d->error);
	d->error = steal(&error);
	settle(h, d);
	return 0;
}

static int read_evidence(const struct journal_line *line, struct evidence *v, struct err *e)
{
	struct obj o = obj_begin(line->doc, "the line", e), container = obj_in(&o, "container"),
		   bundle = obj_in(&o, "bundle");

	v->seq = line->seq;
	v->time = xstrdup(obj_text(&o, "time"));
	v->operator_name = keep(&o, "operator");
	v->case_id = keep(&o, "case");
	v->id = keep(&container, "id");
	v->name = keep(&container, "name");
	v->started = keep(&container, "started");
	v->bundle = keep(&bundle, "id");
	v->path = keep(&bundle, "path");
	v->profile = keep(&bundle, "profile");
	v->seal = keep(&o, "seal");
	v->left_paused = obj_bool_or(&o, "left_paused", false);
	if (obj_end(&o) < 0)
		return -1;
	if (!is_id(v->id) || !v->bundle || !v->path || !v->profile || !v->seal ||
	    !text_is_hex(v->seal, SHA256_HEX - 1))
		return err_set(e, ERR_FORMAT, "a collection with something missing");
	return 0;
}

static int add_evidence(struct history *h, const struct journal_line *line, struct err *e)
{
	struct evidence v = { 0 };

	if (read_evidence(line, &v, e) < 0) {
		evidence_release(&v);
		return -1;
	}
	grow(h->evidence, h->evidence_count, h->evidence_cap);
	h->evidence[h->evidence_count++] = v;
	return 0;
}

static int add_line(struct history *h, const struct journal_line *line, struct err *e)
{
	if (!strcmp(line->event, "intent"))
		return add_deed(h, line, RESULT_UNKNOWN, e);
	if (!strcmp(line->event, "refused"))
		return add_deed(h, line, RESULT_REFUSED, e);
	if (!strcmp(line->event, "outcome"))
		return add_outcome(h, line, e);
	if (!strcmp(line->event, "collected"))
		return add_evidence(h, line, e);
	return 0;
}

struct reading {
	struct history *h;
	uint64_t next; /* no line has a number below it: what goes back is passed over */
};

static int take(const struct journal_line *line, void *data, struct err *e)
{
	struct reading *g = data;
	struct err why = { 0 };

	if (g->h->deed_count >= DEEDS_MAX || g->h->evidence_count >= EVIDENCE_MAX)
		return err_set(e, ERR_LIMIT,
			       "the journal has more than %d actions: move it away, and a new one "
			       "begins",
			       DEEDS_MAX);
	if (line->fault)
		return 0;
	if (line->seq < g->next || add_line(g->h, line, &why) < 0)
		g->h->not_understood++;
	if (line->seq >= g->next)
		g->next = line->seq + 1;
	return 0;
}

int history_read(struct journal *j, struct history *out, struct err *e)
{
	AUTO(history_release) struct history h = { 0 };
	struct reading g = { .h = &h };

	if (journal_each(j, take, &g, &h.state, e) < 0)
		return -1;
	*out = h;
	h = (struct history){ 0 };
	return 0;
}
