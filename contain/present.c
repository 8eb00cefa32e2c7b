/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/present.h"

#include <string.h>

#include "contain/act.h"

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

/* Of an image only the engine tells. */
static enum holding image_holds(const struct deed *d, const struct present *p, struct str *why)
{
	struct err e = { 0 };

	if (!p->is_there || !d->commit_image) {
		str_adds(why, "the container is gone; its image was not looked for");
		return HOLDS_UNKNOWN;
	}
	if (commit_look(p->subject.engine, d->commit_image, d->id, &e) == 0) {
		str_addf(why, "the image '%s' is there", d->commit_image);
		return HOLDS;
	}
	if (e.kind == ERR_ABSENT)
		str_addf(why, "there is no image '%s'", d->commit_image);
	else
		str_adds(why, e.text);
	return e.kind == ERR_ABSENT ? HOLDS_NOT : HOLDS_UNKNOWN;
}

enum holding present_holds(const struct deed *d, const struct present *p, struct str *why)
{
	if (d->action->verb == VERB_COMMIT && (p->is_there || p->is_gone))
		return image_holds(d, p, why);
	if (p->is_there || p->is_gone)
		return deed_holds(d, p->is_there ? &p->subject : NULL, why);
	str_adds(why, p->why.text);
	return HOLDS_UNKNOWN;
}
