/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/engine/engine.h"

#define SHOWN_MAX 8 /* candidates and near misses named in a message */
#define NEAR_MAX  2 /* edits */

struct listing {
	struct container_list *lists; /* one an engine */
	size_t count;
};

static void listing_release(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		container_list_release(&l->lists[i]);
	free(l->lists);
	*l = (struct listing){ 0 };
}

struct search {
	const struct engines *all;
	const struct listing *listing;
	const char *only; /* a label, or NULL */
	size_t only_len;
	const char *word;
};

/* "engine:name": neither engine allows a ':' in a name, so what stands before one is a label. */
static void split(struct search *s, const char *word)
{
	const char *colon = strchr(word, ':');

	s->word = word;
	if (!colon)
		return;
	s->only = word;
	s->only_len = (size_t)(colon - word);
	s->word = colon + 1;
}

static bool is_searched(const struct search *s, size_t at)
{
	const char *label = s->all->items[at]->label;

	return !s->only || (strlen(label) == s->only_len && !strncmp(label, s->only, s->only_len));
}

static bool by_id(const struct container *c, const char *word)
{
	return !strcmp(c->id, word);
}

/*
 * A name does not win over another container's id: one who names a container after the start of its
 * victim's id would have his own seized instead.
 */
static bool by_name_or_prefix(const struct container *c, const char *word)
{
	return !strcmp(c->name, word) || (*word && !strncmp(c->id, word, strlen(word)));
}

static bool is_near(const struct container *c, const char *word)
{
	return *word && (text_distance(c->name, word) <= NEAR_MAX || strstr(c->name, word));
}

struct match {
	size_t count;
	struct engine *engine;
	const struct container *container;
	struct str names; /* "docker:web (0123456789ab), …" */
};

static void match_release(struct match *m)
{
	str_release(&m->names);
}

static void matches(const struct search *s, bool (*test)(const struct container *, const char *),
		    struct match *m)
{
	m->count = 0;
	str_reset(&m->names);
	for (size_t i = 0; i < s->listing->count; i++) {
		for (size_t k = 0; is_searched(s, i) && k < s->listing->lists[i].count; k++) {
			const struct container *c = &s->listing->lists[i].items[k];

			if (!test(c, s->word))
				continue;
			m->engine = s->all->items[i];
			m->container = c;
			if (m->count++ < SHOWN_MAX)
				str_addf(&m->names, "%s%s:%s (%.12s)", m->count > 1 ? ", " : "",
					 m->engine->label, c->name, c->id);
		}
	}
	if (m->count > SHOWN_MAX)
		str_addf(&m->names, " and %zu more", m->count - SHOWN_MAX);
}

static int found(const struct match *m, const char *word, struct engine **engine, char **id,
		 struct err *e)
{
	if (m->count > 1)
		return err_set(e, ERR_USAGE, "'%s' can be any of %s", word, m->names.buf);
	*engine = m->engine;
	*id = xstrdup(m->container->id);
	return 0;
}

static int search(const struct search *s, const char *word, const struct err *failed,
		  struct engine **engine, char **id, struct err *e)
{
	AUTO(match_release) struct match m = { .names = STR_INIT((size_t)64 << 10) };

	matches(s, by_id, &m);
	if (m.count == 0)
		matches(s, by_name_or_prefix, &m);
	if (m.count)
		return found(&m, word, engine, id, e);
	if (failed->kind != ERR_NONE) {
		*e = *failed;
		return err_wrap(e, "'%s' was not found, and not every engine could be asked", word);
	}
	matches(s, is_near, &m);
	return err_set(e, ERR_ABSENT, "no container '%s'%s%s", word, m.count ? "; there is " : "",
		       m.names.buf);
}

static int check_label(const struct search *s, struct err *e)
{
	for (size_t i = 0; i < s->all->count; i++)
		if (is_searched(s, i))
			return 0;
	return err_set(e, ERR_ABSENT, "no engine '%.*s'", (int)s->only_len, s->only);
}

int engines_resolve(struct engines *all, const char *word, struct engine **engine, char **id,
		    struct err *e)
{
	AUTO(listing_release) struct listing listing = { 0 };
	struct search s = { .all = all, .listing = &listing };
	struct err failed = { 0 };

	split(&s, word);
	if (check_label(&s, e) < 0)
		return -1;
	listing.lists = xcalloc(all->count, sizeof(*listing.lists));
	for (listing.count = 0; listing.count < all->count; listing.count++) {
		if (!is_searched(&s, listing.count) ||
		    engine_list(all->items[listing.count], true, &listing.lists[listing.count],
				&failed) == 0)
			continue;
		if (failed.kind == ERR_STOPPED) {
			*e = failed;
			return -1;
		}
	}
	return search(&s, word, &failed, engine, id, e);
}
