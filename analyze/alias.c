/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/alias.h"

#include <string.h>
#include <sys/stat.h>

void implied_init(struct implied *im)
{
	str_init(&im->last, KEY_MAX + 1);
	im->is_directory = false;
}

void implied_release(struct implied *im)
{
	str_release(&im->last);
}

/* How much of OF's directories stands above the last one too, as the length of a key. */
static size_t shared(const struct implied *im, const struct record *of)
{
	size_t at = 0, end = 0;

	while (at < of->key_len && at < im->last.len && of->key[at] == im->last.buf[at]) {
		if (!of->key[at])
			end = at;
		at++;
	}
	if (at < of->key_len && at == im->last.len && !of->key[at] && im->is_directory)
		end = at;
	return end;
}

int implied_put(struct implied *im, struct run_maker *to, const struct record *of, struct err *e)
{
	struct record n = { .key = of->key,
			    .kind = RECORD_IMPLIED,
			    .layer = of->layer,
			    .of_layer = of->of_layer,
			    .seq = of->seq,
			    .state.mode = S_IFDIR };
	size_t done = shared(im, of);

	if (of->key_len && !im->last.cap && run_put(to, &n, e) < 0) /* the root, once */
		return -1;
	for (size_t at = done + 1; at < of->key_len; at++) {
		if (of->key[at])
			continue;
		n.key_len = at;
		if (run_put(to, &n, e) < 0)
			return -1;
	}
	str_reset(&im->last);
	str_add(&im->last, of->key, of->key_len);
	im->is_directory = S_ISDIR(of->state.mode);
	return 0;
}

int alias_put(struct run_maker *to, struct record *alias, const char *target, struct str *scratch,
	      struct notes *notes, struct err *e)
{
	enum key_fault fault = key_of(scratch, target, strlen(target));
	struct record want;

	alias->kind = RECORD_ALIAS;
	if (fault == KEY_CLIMBS || fault == KEY_LONG) {
		notes_lack(notes, "link-climbs", target, strlen(target),
			   "a hard link to what is not below the root: its content is not known");
		alias->state.has |= STATE_LOST;
		return run_put(to, alias, e);
	}
	alias->link = scratch->buf;
	alias->link_len = scratch->len;
	want = *alias;
	want.kind = RECORD_WANT;
	want.key = alias->link;
	want.key_len = alias->link_len;
	want.link = alias->key;
	want.link_len = alias->key_len;
	if (run_put(to, &want, e) < 0)
		return -1;
	return run_put(to, alias, e);
}
