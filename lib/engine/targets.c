/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/targets.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

static bool has(const struct targets *t, const struct engine *g, const char *id)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->items[i].engine == g && !strcmp(t->items[i].id, id))
			return true;
	return false;
}

static void add(struct targets *t, const struct target *one)
{
	grow(t->items, t->count, t->cap);
	t->items[t->count++] = *one;
}

static void add_word(struct targets *t, struct engines *all, const char *word)
{
	struct target one = { .word = word };
	AUTO(freep) char *id = NULL;

	if (engines_resolve(all, word, &one.engine, &id, &one.why) < 0) {
		one.engine = NULL;
		add(t, &one);
	} else if (!has(t, one.engine, id)) {
		one.id = steal(&id);
		add(t, &one);
	}
}

/* One engine that fails does not keep the others' containers from being found, but is a
 * failure. */
static void add_running(struct targets *t, struct engine *g)
{
	AUTO(container_list_release) struct container_list list = { 0 };
	struct target sick = { .word = g->label };

	if (engine_list(g, true, &list, &sick.why) < 0) {
		add(t, &sick);
		return;
	}
	for (size_t i = 0; i < list.count; i++) {
		const struct container *c = &list.items[i];

		if (c->state == STATE_RUNNING || c->state == STATE_PAUSED)
			add(t, &(struct target){ .engine = g, .id = xstrdup(c->id) });
	}
}

int targets_find(struct targets *t, struct engines *all, const struct words *words, struct err *e)
{
	for (size_t i = 0; words && i < words->count; i++)
		add_word(t, all, words->items[i]);
	for (size_t i = 0; !words && i < all->count; i++)
		add_running(t, all->items[i]);
	return t->count ? 0 : err_set(e, ERR_ABSENT, "no container is running");
}

void targets_release(struct targets *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i].id);
	free(t->items);
	*t = (struct targets){ 0 };
}
