/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/classify.h"

#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/merge.h"
#include "lib/base/own.h"

/* A record that outlives the step of its merge. */
struct kept {
	struct record record;
	struct str key, link;
};

/* One of the file systems, at its next path. */
struct flow {
	struct merge *merge;
	struct record record;
	bool is_over;
};

struct sorting {
	const struct classify *c;
	struct counts *counts;
	struct flow image, container, mounted;
	/* A directory that is gone: told when all that was below it has been counted. */
	struct kept before, after;
	struct change held;
	bool is_held;
	struct str path;
	/* The last directory of the container that could not be read whole. */
	struct str veiled;
	bool is_veiled;
};

static void keep(struct kept *k, const struct record *n)
{
	str_reset(&k->key);
	str_reset(&k->link);
	str_add(&k->key, n->key, n->key_len);
	str_add(&k->link, n->link, n->link_len);
	k->record = *n;
	k->record.key = k->key.buf;
	k->record.link = k->link.buf;
}

static void flow_open(struct flow *f, const struct stack *s)
{
	f->is_over = !s->layers;
	if (s->layers)
		f->merge = merge_new(s->runs, s->count, s->layers);
}

static int flow_next(struct flow *f, struct err *e)
{
	int got = f->is_over ? 0 : merge_next(f->merge, &f->record, e);

	f->is_over = got <= 0;
	return got < 0 ? -1 : 0;
}

static void sorting_init(struct sorting *s, const struct classify *c, struct counts *counts)
{
	*s = (struct sorting){ .c = c, .counts = counts };
	str_init(&s->before.key, KEY_MAX + 1);
	str_init(&s->before.link, KEY_MAX + 1);
	str_init(&s->after.key, KEY_MAX + 1);
	str_init(&s->after.link, KEY_MAX + 1);
	str_init(&s->path, KEY_MAX + 2);
	str_init(&s->veiled, KEY_MAX + 1);
	flow_open(&s->image, &c->image);
	flow_open(&s->container, &c->container);
	flow_open(&s->mounted, &c->mounted);
}

static void sorting_release(struct sorting *s)
{
	merge_freep(&s->image.merge);
	merge_freep(&s->container.merge);
	merge_freep(&s->mounted.merge);
	str_release(&s->before.key);
	str_release(&s->before.link);
	str_release(&s->after.key);
	str_release(&s->after.link);
	str_release(&s->path);
	str_release(&s->veiled);
}

static bool is_asked_for(struct sorting *s, const struct record *n)
{
	if (!s->c->glob)
		return true;
	str_reset(&s->path);
	key_show(&s->path, n->key, n->key_len);
	return fnmatch(s->c->glob, s->path.buf, 0) == 0;
}

static int tell(struct sorting *s, const struct change *c, struct err *e)
{
	struct counts *n = s->counts;

	if (is_injected(c)) {
		n->injected++;
		return 0;
	}
	for (unsigned i = 0; i < CHANGE_CLASSES; i++)
		if (c->classes & (1u << i)) {
			n->of[i] += c->classes & CHANGE_DELETED ? c->count : 1;
			break;
		}
	if (!(c->classes & CHANGE_DELETED))
		n->of[1] += c->count;
	n->mounted += c->is_mounted;
	return c->classes & s->c->classes ? s->c->fn(c, s->c->data, e) : 0;
}

/* Tells what is held, unless N is below it. */
static int release_held(struct sorting *s, const struct record *n, struct err *e)
{
	if (!s->is_held ||
	    (n && key_is_below(n->key, n->key_len, s->before.key.buf, s->before.key.len)))
		return 0;
	s->is_held = false;
	return tell(s, &s->held, e);
}

static void hold(struct sorting *s, const struct change *c)
{
	s->held = *c;
	s->is_held = true;
	keep(&s->before, c->before);
	s->held.before = &s->before.record;
	if (!c->after)
		return;
	keep(&s->after, c->after);
	s->held.after = &s->after.record;
}

static int take_gone(struct sorting *s, const struct record *before, struct err *e)
{
	struct change c = { .before = before, .classes = CHANGE_DELETED, .count = 1 };

	if (s->c->container.is_truncated ||
	    (s->is_veiled &&
	     key_is_below(before->key, before->key_len, s->veiled.buf, s->veiled.len))) {
		s->counts->unknown_gone++;
		return 0;
	}
	if (s->is_held) { /* and this is below it */
		s->held.count++;
		return 0;
	}
	if (!is_asked_for(s, before))
		return 0;
	if (!S_ISDIR(before->state.mode))
		return tell(s, &c, e);
	hold(s, &c);
	return 0;
}

static int take_new(struct sorting *s, const struct record *after, bool is_mounted, struct err *e)
{
	const struct change c = { .after = after,
				  .classes = CHANGE_ADDED,
				  .is_mounted = is_mounted };

	return is_asked_for(s, after) ? tell(s, &c, e) : 0;
}

static unsigned classes_of(unsigned differs)
{
	return (differs & DIFFERS_TYPE ? CHANGE_TYPE : 0u) |
	       (differs & DIFFERS_CONTENT ? CHANGE_CONTENT : 0u) |
	       (differs & DIFFERS_METADATA ? CHANGE_METADATA : 0u);
}

static int take_both(struct sorting *s, const struct record *before, const struct record *after,
		     struct err *e)
{
	struct change c = { .before = before, .after = after };

	if (!is_asked_for(s, after))
		return 0;
	c.differs = compare_states(before, after);
	if (c.differs & DIFFERS_UNKNOWN)
		s->counts->unknown++;
	c.classes = classes_of(c.differs);
	if (!c.classes && c.differs & DIFFERS_MTIME)
		c.classes = CHANGE_MTIME;
	if (!c.classes && after->layer == s->c->own_layer && after->kind != RECORD_IMPLIED)
		c.classes = CHANGE_TOUCHED;
	if (!c.classes)
		return 0;
	if (c.classes & CHANGE_TYPE && S_ISDIR(before->state.mode)) {
		hold(s, &c);
		return 0;
	}
	return tell(s, &c, e);
}

static int order_of(const struct flow *a, const struct flow *b)
{
	if (a->is_over || b->is_over)
		return a->is_over - b->is_over;
	return key_compare(a->record.key, a->record.key_len, b->record.key, b->record.key_len);
}

/* Below one that is veiled another one changes nothing. */
static void note_veil(struct sorting *s, const struct record *n)
{
	if (!(n->state.has & STATE_VEILED) ||
	    (s->is_veiled && key_is_below(n->key, n->key_len, s->veiled.buf, s->veiled.len)))
		return;
	s->is_veiled = true;
	str_reset(&s->veiled);
	str_add(&s->veiled, n->key, n->key_len);
}

/* One path of the image, of the container, or of both. */
static int step_root(struct sorting *s, struct err *e)
{
	struct flow *image = &s->image, *container = &s->container;
	int order = order_of(image, container), result;

	if (release_held(s, order <= 0 ? &image->record : &container->record, e) < 0)
		return -1;
	if (order >= 0)
		note_veil(s, &container->record);
	s->counts->image += order <= 0;
	s->counts->container += order >= 0;
	result = order < 0   ? take_gone(s, &image->record, e)
		 : order > 0 ? take_new(s, &container->record, false, e)
			     : take_both(s, &image->record, &container->record, e);
	if (result < 0 || (order <= 0 && flow_next(image, e) < 0))
		return -1;
	return order >= 0 ? flow_next(container, e) : 0;
}

static int step_mounted(struct sorting *s, struct err *e)
{
	const struct record *n = &s->mounted.record;

	/* The directories that it is in are not its own. */
	if (n->kind != RECORD_IMPLIED &&
	    (release_held(s, NULL, e) < 0 || take_new(s, n, true, e) < 0))
		return -1;
	return flow_next(&s->mounted, e);
}

/* Whether the next path of a tmpfs has to wait until the directory that is gone is told. */
static bool is_in_held(const struct sorting *s)
{
	const struct record *n = &s->mounted.record;

	return s->is_held && key_is_below(n->key, n->key_len, s->before.key.buf, s->before.key.len);
}

static int side_by_side(struct sorting *s, struct err *e)
{
	if (flow_next(&s->image, e) < 0 || flow_next(&s->container, e) < 0 ||
	    flow_next(&s->mounted, e) < 0)
		return -1;
	for (;;) {
		const struct flow *next =
			order_of(&s->image, &s->container) <= 0 ? &s->image : &s->container;

		if (!s->mounted.is_over && order_of(next, &s->mounted) > 0 && !is_in_held(s)) {
			if (step_mounted(s, e) < 0)
				return -1;
		} else if (!next->is_over) {
			if (step_root(s, e) < 0)
				return -1;
		} else if (s->mounted.is_over) {
			return release_held(s, NULL, e);
		} else if (release_held(s, NULL, e) < 0) {
			return -1;
		}
	}
}

/* What a row says it differs in, where nobody has the image to compare with. */
static unsigned told_differences(const struct state *s)
{
	static const struct {
		uint32_t flag;
		unsigned differs;
	} all[] = {
		{ STATE_TYPE_DIFFERS, DIFFERS_TYPE },
		{ STATE_CONTENT_DIFFERS, DIFFERS_CONTENT },
		{ STATE_MODE_DIFFERS, DIFFERS_MODE },
		{ STATE_OWNER_DIFFERS, DIFFERS_UID | DIFFERS_GID },
		{ STATE_MTIME_DIFFERS, DIFFERS_MTIME },
		{ STATE_XATTRS_DIFFER, DIFFERS_XATTRS },
		{ STATE_LINK_DIFFERS, DIFFERS_LINK },
	};
	unsigned differs = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		differs |= s->has & all[i].flag ? all[i].differs : 0;
	return differs;
}

static int take_told(struct sorting *s, const struct record *after, struct err *e)
{
	struct change c = { .after = after };

	s->counts->container++;
	if (!is_asked_for(s, after))
		return 0;
	if (after->state.has & STATE_MODIFIED) {
		c.differs = told_differences(&after->state);
		c.classes = classes_of(c.differs);
		/* An engine's M says no more than that something did. */
		if (!(after->state.has & STATE_COMPARED))
			c.classes = S_ISDIR(after->state.mode) ? CHANGE_TOUCHED : CHANGE_CONTENT;
		else if (!c.classes)
			c.classes = c.differs ? CHANGE_MTIME : CHANGE_TOUCHED;
	} else {
		c.classes = CHANGE_ADDED;
	}
	return tell(s, &c, e);
}

static int step_mounted_before(struct sorting *s, const struct record *n, struct err *e)
{
	const struct record *m = &s->mounted.record;

	while (!s->mounted.is_over && key_compare(m->key, m->key_len, n->key, n->key_len) < 0)
		if (step_mounted(s, e) < 0)
			return -1;
	return 0;
}

static int step_told(struct sorting *s, struct err *e)
{
	struct merge *m = s->container.merge;
	struct record n;
	int got = merge_key(m, e);
	bool is_there, is_gone;

	if (got <= 0)
		return got;
	is_there = merge_in_layer(m, 0, &n);
	is_gone = !is_there && merge_whiteout(m, 0, &n);
	if (!is_there && !is_gone)
		return 1;
	if (step_mounted_before(s, &n, e) < 0 || release_held(s, &n, e) < 0)
		return -1;
	return (is_gone ? take_gone(s, &n, e) : take_told(s, &n, e)) < 0 ? -1 : 1;
}

static int as_told(struct sorting *s, struct err *e)
{
	int got;

	if (flow_next(&s->mounted, e) < 0)
		return -1;
	while ((got = step_told(s, e)) > 0)
		;
	if (got < 0 || release_held(s, NULL, e) < 0)
		return -1;
	while (!s->mounted.is_over)
		if (step_mounted(s, e) < 0)
			return -1;
	return 0;
}

int classify(const struct classify *c, struct counts *counts, struct err *e)
{
	AUTO(sorting_release) struct sorting s;

	sorting_init(&s, c, counts);
	return c->is_told ? as_told(&s, e) : side_by_side(&s, e);
}
