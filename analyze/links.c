/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/links.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/own.h"
#include "lib/base/text.h"

struct following {
	struct merge *merge;
	struct run_maker *maker;
	struct notes *notes;
};

static void lose(struct following *f, const struct record *want)
{
	AUTO(str_release) struct str name = STR_INIT(KEY_MAX + 2);

	key_show(&name, want->link, want->link_len);
	notes_lack(f->notes, "link-lost", name.buf, name.len,
		   "a hard link to nothing: its content is not known");
}

static bool is_circle(const struct record *want)
{
	return want->layer == want->of_layer && want->key_len == want->link_len &&
	       !memcmp(want->key, want->link, want->key_len);
}

static int serve(struct following *f, const struct record *want, struct err *e)
{
	struct record n = *want, target;

	if (is_circle(want) ||
	    (!merge_in_layer(f->merge, want->layer, &target) &&
	     (!want->layer || !merge_visible(f->merge, want->layer - 1, &target))) ||
	    S_ISDIR(target.state.mode) || (target.kind == RECORD_ALIAS && !target.link_len)) {
		lose(f, want);
		return 0;
	}
	if (target.kind == RECORD_ALIAS) {
		n.key = target.link;
		n.key_len = target.link_len;
		n.layer = target.layer;
		return run_put(f->maker, &n, e);
	}
	n.kind = RECORD_RESOLVED;
	n.key = want->link;
	n.key_len = want->link_len;
	n.layer = want->of_layer;
	n.state = target.state;
	n.link = target.link;
	n.link_len = target.link_len;
	if (S_ISREG(target.state.mode)) {
		n.state.has |= STATE_HARDLINK;
		if (!(target.state.has & STATE_HARDLINK)) {
			n.link = target.key;
			n.link_len = target.key_len;
		}
	}
	return run_put(f->maker, &n, e);
}

static int follow(struct following *f, struct err *e)
{
	struct record want;
	int got, wanted = 0;

	while ((got = merge_key(f->merge, e)) > 0) {
		while ((wanted = merge_want(f->merge, &want, e)) > 0)
			if (serve(f, &want, e) < 0)
				return -1;
		if (wanted < 0)
			return -1;
	}
	return got;
}

int links_resolve(const struct run *runs, size_t count, unsigned layers, struct run_maker *maker,
		  int fd, uint64_t *at, struct links *out, struct notes *notes, struct err *e)
{
	AUTO(freep) struct run *all = xcalloc(count + LINKS_ROUNDS, sizeof(*all));
	bool is_wanted = false;

	for (size_t i = 0; i < count; i++) {
		all[i] = runs[i];
		is_wanted |= runs[i].may_want;
	}
	while (is_wanted && out->count < LINKS_ROUNDS) {
		AUTO(merge_freep)
		struct merge *merge = merge_new(all, count + out->count, layers);
		struct following f = { .merge = merge, .maker = maker, .notes = notes };
		struct run *found = &out->found[out->count];

		if (follow(&f, e) < 0 || run_end(maker, fd, *at, found, e) < 0)
			return -1;
		*at += found->len;
		is_wanted = found->may_want;
		for (size_t i = 0; i < count + out->count; i++)
			all[i].may_want = false;
		all[count + out->count++] = *found;
		found->may_want = false;
	}
	if (is_wanted)
		notes_lack(notes, "link-deep", NULL, 0,
			   "hard links through more than %d others: their content is not known",
			   LINKS_ROUNDS);
	return 0;
}
