/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/layer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/alias.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"
#include "lib/base/tar.h"
#include "lib/base/text.h"

#define BLOCK ((size_t)256 << 10)

#define WHITEOUT ".wh."
#define META     ".wh..wh." /* aufs' own */
#define OPAQUE   ".wh..wh..opq"

/* Counts what is taken of the archive, so that holes can be told from data. */
struct counted {
	struct source source;
	struct source *from;
	uint64_t bytes;
};

static ssize_t counted_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct counted *c = (struct counted *)s;
	ssize_t n = stop_requested() ? stop_err(e) : source_read(c->from, p, len, e);

	c->bytes += n > 0 ? (uint64_t)n : 0;
	return n;
}

struct reading {
	const struct layer_options *options;
	struct run_maker *to;
	struct notes *notes;
	struct counted from;
	struct tar_reader *tar;
	struct digest *digest;
	struct implied implied;
	struct str key, target;
	char *block;
	uint64_t seq, hashed, absolute;
};

static void reading_release(struct reading *r)
{
	tar_reader_freep(&r->tar);
	digest_freep(&r->digest);
	implied_release(&r->implied);
	str_release(&r->key);
	str_release(&r->target);
	free(r->block);
}

static bool may_hash_more(const struct reading *r)
{
	return r->hashed / LAYER_HOLES_RATIO < r->from.bytes + LAYER_HOLES_MAX / LAYER_HOLES_RATIO;
}

/* The archive's fault leaves the state without a hash and is kept in WHY for the next step. */
static int hash(struct reading *r, struct state *s, struct err *why)
{
	char hex[SHA256_HEX];
	struct err unused;
	ssize_t n;

	digest_reset(r->digest);
	while ((n = tar_read(r->tar, r->block, BLOCK, why)) > 0) {
		digest_add(r->digest, r->block, (size_t)n);
		progress_bytes((uint64_t)n);
		r->hashed += (uint64_t)n;
		if (!may_hash_more(r)) {
			s->has |= STATE_UNHASHED;
			return 0;
		}
	}
	if (n < 0) {
		s->has |= STATE_CUT;
		return -1;
	}
	digest_end(r->digest, hex);
	if (text_unhex(s->sha256, sizeof(s->sha256), hex, &unused) == 0)
		s->has |= STATE_SHA256;
	return 0;
}

/* Whether the member is one of aufs' own, or lies below one. */
static bool is_meta(const char *key, size_t len)
{
	for (size_t at = 0; at < len; at += strlen(key + at) + 1)
		if (!strncmp(key + at, META, sizeof(META) - 1))
			return true;
	return false;
}

/* 1: it was one, and is put or left out; 0: a member like others. */
static int take_whiteout(struct reading *r, struct record *n, const char *path, struct err *e)
{
	size_t base = key_base(n->key, n->key_len);
	const char *name = r->key.buf + base;
	size_t parent = key_parent(n->key, n->key_len);

	if (strncmp(name, WHITEOUT, sizeof(WHITEOUT) - 1) != 0 && !is_meta(n->key, n->key_len))
		return 0;
	if (!strcmp(name, OPAQUE)) {
		n->kind = RECORD_OPAQUE;
		n->key_len = parent;
	} else if (is_meta(n->key, n->key_len)) {
		return 1;
	} else {
		name += sizeof(WHITEOUT) - 1;
		if (!*name || !strcmp(name, ".") || !strcmp(name, "..")) {
			notes_add(r->notes, "whiteout-invalid", path, strlen(path),
				  "a whiteout of nothing");
			return 1;
		}
		n->kind = RECORD_WHITEOUT;
		memmove(r->key.buf + base, name, strlen(name) + 1);
		n->key_len -= sizeof(WHITEOUT) - 1;
	}
	return run_put(r->to, n, e) < 0 ? -1 : 1;
}

static int put_member(struct reading *r, struct record *n, const struct tar_entry *entry,
		      struct err *why, struct err *e)
{
	state_of(&n->state, entry);
	if (implied_put(&r->implied, r->to, n, e) < 0)
		return -1;
	if (entry->is_hardlink)
		return alias_put(r->to, n, entry->link, &r->target, r->notes, e);
	if (entry->link) {
		n->link = entry->link;
		n->link_len = strlen(entry->link);
	}
	if (S_ISREG(entry->mode) && hash(r, &n->state, why) < 0 && why->kind == ERR_STOPPED) {
		*e = *why;
		return -1;
	}
	if (n->state.has & STATE_UNHASHED)
		notes_lack(r->notes, "unhashed", entry->path, strlen(entry->path),
			   "more zeros in holes than are hashed: compared by size");
	return run_put(r->to, n, e);
}

/* WHY: what the archive is broken by, found while the member was read. */
static int take(struct reading *r, const struct tar_entry *entry, struct err *why, struct err *e)
{
	const char *path = entry->path;
	struct record n = { .kind = RECORD_ENTRY,
			    .layer = r->options->layer,
			    .of_layer = r->options->layer,
			    .seq = r->seq };
	int is_whiteout = 0;

	switch (key_of(&r->key, path, strlen(path))) {
	case KEY_CLIMBS:
		notes_lack(r->notes, "name-climbs", path, strlen(path),
			   "a name with '..' has no place below the root: left out");
		return 0;
	case KEY_LONG:
		notes_lack(r->notes, "name-long", path, strlen(path), "left out");
		return 0;
	case KEY_ABSOLUTE:
		if (!r->absolute++)
			notes_add(r->notes, "name-absolute", path, strlen(path),
				  "a name from the root: taken as below it, as all such are");
		break;
	case KEY_FINE:
		break;
	}
	n.key = r->key.buf;
	n.key_len = r->key.len;
	if (r->options->has_whiteouts)
		is_whiteout = take_whiteout(r, &n, path, e);
	if (is_whiteout)
		return is_whiteout < 0 ? -1 : 0;
	return put_member(r, &n, entry, why, e);
}

static int read_all(struct reading *r, struct err *why, struct err *e)
{
	struct tar_entry entry;
	int got;

	while ((got = tar_next(r->tar, &entry, why)) > 0) {
		if (++r->seq > LAYER_MEMBERS_MAX)
			return err_set(why, ERR_LIMIT, "more than %llu members",
				       (unsigned long long)LAYER_MEMBERS_MAX);
		if (take(r, &entry, why, e) < 0 || why->kind != ERR_NONE)
			return -1;
	}
	return got;
}

int layer_read(struct run_maker *to, const struct layer_options *options, struct source *tar,
	       struct notes *notes, struct err *e)
{
	AUTO(reading_release)
	struct reading r = { .options = options,
			     .to = to,
			     .notes = notes,
			     .from = { .source.read = counted_read, .from = tar },
			     .digest = digest_new(),
			     .block = xmalloc(BLOCK) };
	struct err why = { 0 }, ours = { 0 };

	str_init(&r.key, KEY_MAX + 1);
	str_init(&r.target, KEY_MAX + 1);
	implied_init(&r.implied);
	r.tar = tar_reader_new(&r.from.source);
	if (read_all(&r, &why, &ours) == 0)
		return 0;
	if (ours.kind != ERR_NONE || why.kind == ERR_STOPPED) {
		*e = ours.kind != ERR_NONE ? ours : why;
		return -1;
	}
	notes_cut(notes, "archive-broken", NULL, 0, "after %llu members: %s",
		  (unsigned long long)r.seq, why.text);
	return 0;
}
