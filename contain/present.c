/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/present.h"

#include <string.h>

void present_release(struct present *p)
{
	subject_release(&p->subject);
	*p = (struct present){ 0 };
}

static bool is_its_engine(const struct engine *g, const struct deed *d)
{
	return (d->address && !strcmp(g->address, d->address)) ||
	       (d->engine && !strcmp(g->label, d->engine));
}

/* Every engine of its kind is asked: the same one may be reached by another address today. */
void present_look(struct engines *all, const struct deed *d, struct present *out)
{
	*out = (struct present){ 0 };
	(void)err_set(&out->why, ERR_ENGINE, "the engine '%.100s' (%.200s) does not answer",
		      d->engine ? d->engine : dialect_word(d->dialect),
		      d->address ? d->address : "no address");
	for (size_t i = 0; i < all->count; i++) {
		struct engine *g = all->items[i];
		struct err e = { 0 };

		if (g->dialect != d->dialect || !d->id)
			continue;
		if (subject_read(g, d->id, NULL, &out->subject, &e) == 0) {
			out->is_there = true;
			out->is_gone = false;
			return;
		}
		if (!is_its_engine(g, d))
			continue;
		out->is_gone = e.kind == ERR_ABSENT;
		out->why = e;
	}
}

enum holding present_holds(const struct deed *d, const struct present *p, struct str *why)
{
	if (p->is_there || p->is_gone)
		return deed_holds(d, p->is_there ? &p->subject : NULL, why);
	str_adds(why, p->why.text);
	return HOLDS_UNKNOWN;
}
