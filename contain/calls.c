/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/calls.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

static void add(struct calls *all, enum request what, const struct request_args *args, bool is_owed)
{
	grow(all->items, all->count, all->cap);
	all->items[all->count++] = (struct call){ .what = what, .args = *args, .is_owed = is_owed };
}

void calls_add(struct calls *all, enum request what, const struct request_args *args)
{
	add(all, what, args, false);
}

void calls_owe(struct calls *all, enum request what, const struct request_args *args)
{
	add(all, what, args, true);
}

void calls_release(struct calls *all)
{
	free(all->items);
	*all = (struct calls){ 0 };
}

void calls_text(const struct calls *all, const struct engine *g, struct sentences *out)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct call *c = &all->items[i];
		AUTO(freep) char *text = engine_request_text(g, c->what, &c->args);

		sentences_add(out, "%s", text);
	}
}

int calls_do(const struct calls *all, struct engine *g, struct str *answer, size_t *done,
	     struct err *e)
{
	bool has_failed = false, owes = false;

	*done = 0;
	for (size_t i = 0; i < all->count; i++) {
		AUTO(str_release) struct str body = STR_INIT(CALL_ANSWER_MAX);
		const struct call *c = &all->items[i];
		struct err why = { 0 };

		/* What was never taken is not given back. */
		if (has_failed && !(c->is_owed && owes))
			continue;
		if (engine_fetch(g, c->what, &c->args, &body, &why) < 0) {
			/* The first failure tells most. */
			if (!has_failed)
				*e = why;
			else
				(void)err_wrap(e, "%s, and then", why.text);
			has_failed = true;
			continue;
		}
		owes = true;
		*done += 1;
		if (answer) {
			str_reset(answer);
			str_add(answer, body.buf, body.len);
		}
	}
	return has_failed ? -1 : 0;
}
