/* SPDX-License-Identifier: Apache-2.0 */
/* A second walk over the root: every file that a package owns, against the digest of it. */
#include "analyze/packages_parts.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/key.h"
#include "lib/base/own.h"

#define BLOCK     ((size_t)128 << 10)
#define CHAIN_MAX 8 /* hard links to hard links */

/* What is kept of a file while its content is read. */
struct subject {
	struct owned is;
	unsigned char digest[DIGEST_MAX];
};

/* A hard link that a package owns: looked at where its content lies. */
struct alias {
	const char *target; /* key, in the text of the hard links */
	size_t target_len;
	struct subject of;
};

struct looking {
	struct packages *p;
	struct root *root;
	struct alias *aliases; /* sorted by their targets */
	size_t count, cap;
	struct digest *digests[DIGEST_KINDS]; /* made when they are needed first */
	bool has_no_means[DIGEST_KINDS];
	char *block;
};

static void subject_of(struct subject *s, const struct owned *f)
{
	s->is = *f;
	if (f->kind != DIGEST_NONE)
		memcpy(s->digest, f->digest, digest_size(f->kind));
	s->is.digest = s->digest;
}

static const struct hardlink *find_hardlink(const struct packages *p, const char *key, size_t len)
{
	size_t from = 0, to = p->hardlink_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct hardlink *h = &p->hardlinks[middle];
		int order = key_compare(p->hardlink_text.buf + h->at, h->len, key, len);

		if (order == 0)
			return h;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

static int compare_aliases(const void *a, const void *b)
{
	const struct alias *x = a, *y = b;
	int order = key_compare(x->target, x->target_len, y->target, y->target_len);

	return order ? order
		     : (x->of.is.number > y->of.is.number) - (x->of.is.number < y->of.is.number);
}

static int find_aliases(struct looking *l, struct err *e)
{
	struct packages *p = l->p;
	const char *text = p->hardlink_text.buf;

	for (size_t i = 0; i < p->hardlink_count; i++) {
		const struct hardlink *h = &p->hardlinks[i], *next = h;
		struct owned f;
		struct alias *a;
		int found = owned_find(p->table, text + h->at, h->len, &f, e);

		if (found < 0)
			return -1;
		if (!found || f.kind == DIGEST_NONE)
			continue;
		for (unsigned n = 0; next && n < CHAIN_MAX; n++) {
			h = next;
			next = find_hardlink(p, text + h->at + h->len, h->target_len);
		}
		grow(l->aliases, l->count, l->cap);
		a = &l->aliases[l->count++];
		a->target = text + h->at + h->len;
		a->target_len = h->target_len;
		subject_of(&a->of, &f);
	}
	if (l->count)
		qsort(l->aliases, l->count, sizeof(*l->aliases), compare_aliases);
	return 0;
}

/* The first alias of this file; those that follow it are its too as long as their target is. */
static size_t first_alias(const struct looking *l, const char *key, size_t len)
{
	size_t from = 0, to = l->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct alias *a = &l->aliases[middle];

		if (key_compare(a->target, a->target_len, key, len) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool is_alias_of(const struct looking *l, size_t i, const char *key, size_t len)
{
	return i < l->count &&
	       key_compare(l->aliases[i].target, l->aliases[i].target_len, key, len) == 0;
}

static bool begin_digest(struct looking *l, enum digest_kind k)
{
	if (l->has_no_means[k])
		return false;
	if (l->digests[k])
		digest_reset(l->digests[k]);
	else
		l->digests[k] = digest_new_of(k);
	l->has_no_means[k] = !l->digests[k];
	return !l->has_no_means[k];
}

/* The content through every digest that is wanted of it. */
static int read_content(struct looking *l, const bool wanted[DIGEST_KINDS], struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;

	if (root_content(l->root, &from, e) < 0)
		return -1;
	for (;;) {
		ssize_t n = source_read(from, l->block, BLOCK, e);

		if (n < 0)
			return -1;
		if (n == 0)
			return 0;
		for (int k = DIGEST_MD5; k < DIGEST_KINDS; k++)
			if (wanted[k])
				digest_add(l->digests[k], l->block, (size_t)n);
	}
}

static int mark_content(struct looking *l, const struct subject *s, bool is_unread,
			unsigned char sums[DIGEST_KINDS][DIGEST_MAX], struct err *e)
{
	const unsigned char *sum = sums[s->is.kind];
	enum owned_state state = OWNED_CHANGED;

	if (s->is.kind == DIGEST_NONE)
		return owned_mark(l->p->table, &s->is, OWNED_UNKNOWN, NULL, e);
	if (is_unread)
		return owned_mark(l->p->table, &s->is, OWNED_UNREAD, NULL, e);
	if (s->is.flags & OWNED_LINK)
		return owned_mark(l->p->table, &s->is, OWNED_TYPE, NULL, e);
	if (l->has_no_means[s->is.kind])
		return owned_mark(l->p->table, &s->is, OWNED_NO_MEANS, NULL, e);
	if (!memcmp(sum, s->digest, digest_size(s->is.kind)))
		state = OWNED_OK;
	return owned_mark(l->p->table, &s->is, state, state == OWNED_OK ? NULL : sum, e);
}

static int look_at_file(struct looking *l, const struct root_member *m, const struct subject *own,
			struct err *e)
{
	size_t first = first_alias(l, m->key, m->key_len);
	unsigned char sums[DIGEST_KINDS][DIGEST_MAX];
	bool wanted[DIGEST_KINDS] = { false }, is_unread = false, is_any = false;

	if (own)
		wanted[own->is.kind] = true;
	for (size_t i = first; is_alias_of(l, i, m->key, m->key_len); i++)
		wanted[l->aliases[i].of.is.kind] = true;
	wanted[DIGEST_NONE] = false;
	for (enum digest_kind k = DIGEST_MD5; k < DIGEST_KINDS; k++)
		is_any |= wanted[k] = wanted[k] && begin_digest(l, k);
	if (is_any && read_content(l, wanted, e) < 0) {
		if (!root_is_directory(l->root) || e->kind == ERR_STOPPED)
			return -1;
		*e = (struct err){ 0 };
		is_unread = true;
	}
	for (int k = DIGEST_MD5; k < DIGEST_KINDS; k++)
		if (wanted[k])
			digest_end_bytes(l->digests[k], sums[k]);
	if (own && mark_content(l, own, is_unread, sums, e) < 0)
		return -1;
	for (size_t i = first; is_alias_of(l, i, m->key, m->key_len); i++)
		if (mark_content(l, &l->aliases[i].of, is_unread, sums, e) < 0)
			return -1;
	return 0;
}

/* Of a link the target is the content: apk says its SHA-1, of rpm we have made a digest. */
static int look_at_link(struct looking *l, const struct root_member *m, const struct subject *s,
			struct err *e)
{
	bool is_of_target =
		s->is.flags & OWNED_LINK || l->p->items[s->is.package]->is.kind == PACKAGE_APK;
	unsigned char sum[DIGEST_MAX];

	if (s->is.kind == DIGEST_NONE)
		return owned_mark(l->p->table, &s->is, OWNED_UNKNOWN, NULL, e);
	if (!is_of_target)
		return owned_mark(l->p->table, &s->is, OWNED_TYPE, NULL, e);
	if (!begin_digest(l, s->is.kind))
		return owned_mark(l->p->table, &s->is, OWNED_NO_MEANS, NULL, e);
	digest_add(l->digests[s->is.kind], m->link, strlen(m->link));
	digest_end_bytes(l->digests[s->is.kind], sum);
	if (!memcmp(sum, s->digest, digest_size(s->is.kind)))
		return owned_mark(l->p->table, &s->is, OWNED_OK, NULL, e);
	return owned_mark(l->p->table, &s->is, OWNED_CHANGED, sum, e);
}

static int look_at_other(struct looking *l, const struct root_member *m, const struct subject *s,
			 struct err *e)
{
	const uint32_t type = s->is.has_mode ? s->is.mode & S_IFMT : 0;
	bool is_other = s->is.kind != DIGEST_NONE || (type && type != (m->mode & S_IFMT));

	return owned_mark(l->p->table, &s->is, is_other ? OWNED_TYPE : OWNED_OK, NULL, e);
}

static int look(const struct root_member *m, void *data, struct err *e)
{
	struct looking *l = data;
	struct owned f;
	struct subject s;
	int found = owned_find(l->p->table, m->key, m->key_len, &f, e);

	if (found < 0)
		return -1;
	if (found)
		subject_of(&s, &f);
	if (S_ISREG(m->mode) && !m->is_hardlink)
		return look_at_file(l, m, found ? &s : NULL, e);
	if (!found)
		return 0;
	/* One whose target was seen before it has been looked at. */
	if (m->is_hardlink && s.is.state != OWNED_UNSEEN)
		return 0;
	if (m->is_hardlink)
		return owned_mark(l->p->table, &s.is,
				  s.is.kind == DIGEST_NONE ? OWNED_UNKNOWN : OWNED_UNREAD, NULL, e);
	if (S_ISLNK(m->mode))
		return look_at_link(l, m, &s, e);
	return look_at_other(l, m, &s, e);
}

static void looking_release(struct looking *l)
{
	for (int k = 0; k < DIGEST_KINDS; k++)
		digest_freep(&l->digests[k]);
	free(l->aliases);
	free(l->block);
}

int packages_verify(struct packages *p, struct root *root, struct err *e)
{
	AUTO(looking_release) struct looking l = { .p = p, .root = root };

	l.block = xmalloc(BLOCK);
	if (find_aliases(&l, e) < 0)
		return -1;
	if (root_walk(root, look, &l, e) < 0) {
		if (!packages_is_damage(e))
			return -1;
		if (!p->is_cut)
			packages_add_note(p, "%s: what follows in it is not known", e->text);
		p->is_cut = true;
		*e = (struct err){ 0 };
	}
	p->is_verified = true;
	return 0;
}
