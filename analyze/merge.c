/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/merge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/fan.h"
#include "lib/base/own.h"

#define WORD 64

/* All that one layer says of the key. */
struct version {
	unsigned layer;
	bool is_there;   /* a member: an entry or an alias */
	bool is_implied; /* a directory that a name goes through */
	bool is_whiteout, is_opaque, is_alias, is_resolved, is_veiled;
	uint64_t seq;
	struct state state;
	size_t link, link_len, link_room; /* in merge.links */
};

struct merge {
	struct fan *fan;
	unsigned layers;
	size_t words; /* of one frame's bits */
	struct str key;
	struct version *versions; /* ascending by layer */
	size_t count, cap;
	struct str links;
	/*
	 * A frame for each directory above the key, and one for the key: bit n: what the layers
	 * below n have beneath it is hidden. Frame i's directory is the first lens[i] bytes of the
	 * key.
	 */
	uint64_t *bits;
	size_t *lens;
	size_t depth, bits_cap, lens_cap;
	bool has_key, has_given; /* a key; the want on top */
};

struct merge *merge_new(const struct run *runs, size_t count, unsigned layers)
{
	struct merge *m = xcalloc(1, sizeof(*m));

	m->fan = fan_new(runs, count);
	m->layers = layers;
	m->words = layers / WORD + 1;
	str_init(&m->key, KEY_MAX + 1);
	str_init(&m->links, 4 * (KEY_MAX + 1) * MERGE_LAYERS_MAX);
	return m;
}

void merge_freep(struct merge **m)
{
	struct merge *it = steal(m);

	if (!it)
		return;
	fan_freep(&it->fan);
	str_release(&it->key);
	str_release(&it->links);
	free(it->versions);
	free(it->bits);
	free(it->lens);
	free(it);
}

static const uint64_t *top_bits(const struct merge *m)
{
	return m->depth ? m->bits + (m->depth - 1) * m->words : NULL;
}

/* Leaves the frames of the directories that KEY is below. */
static void pop_frames(struct merge *m, const struct record *n)
{
	while (m->depth && !key_is_below(n->key, n->key_len, m->key.buf, m->lens[m->depth - 1]))
		m->depth--;
}

/* The key's own frame: all that is hidden above it, and what it hides itself. */
static void push_frame(struct merge *m)
{
	size_t need = (m->depth + 1) * m->words;
	uint64_t *bits;

	while (m->bits_cap < need) {
		m->bits_cap = m->bits_cap ? 2 * m->bits_cap : 64 * m->words;
		m->bits = xrealloc(m->bits, m->bits_cap, sizeof(*m->bits));
	}
	grow(m->lens, m->depth, m->lens_cap);
	bits = m->bits + m->depth * m->words;
	if (m->depth)
		memcpy(bits, bits - m->words, m->words * sizeof(*bits));
	else
		memset(bits, 0, m->words * sizeof(*bits));
	for (size_t i = 0; i < m->count; i++) {
		const struct version *v = &m->versions[i];

		if (v->is_whiteout || v->is_opaque || (v->is_there && !S_ISDIR(v->state.mode)))
			bits[v->layer / WORD] |= UINT64_C(1) << v->layer % WORD;
	}
	m->lens[m->depth++] = m->key.len;
}

static struct version *version_of(struct merge *m, unsigned layer)
{
	if (!m->count || m->versions[m->count - 1].layer != layer) {
		grow(m->versions, m->count, m->cap);
		m->versions[m->count++] = (struct version){ .layer = layer };
	}
	return &m->versions[m->count - 1];
}

/* Duplicates are without number: what a version has room for is used again, or doubled. */
static void keep_link(struct merge *m, struct version *v, const struct record *n)
{
	if (v->link_room < n->link_len) {
		size_t room = n->link_len > 2 * v->link_room ? n->link_len : 2 * v->link_room;

		v->link = m->links.len;
		v->link_room = str_room(&m->links, room) ? room : 0;
		if (v->link_room)
			str_grew(&m->links, room);
	}
	v->link_len = n->link_len < v->link_room ? n->link_len : v->link_room;
	if (v->link_len)
		memcpy(m->links.buf + v->link, n->link, v->link_len);
}

static void add(struct merge *m, const struct record *n)
{
	struct version *v = version_of(m, n->layer);

	v->is_veiled |= (n->state.has & STATE_VEILED) != 0;
	switch (n->kind) {
	case RECORD_ENTRY:
	case RECORD_ALIAS:
		v->is_there = true;
		v->is_alias = n->kind == RECORD_ALIAS;
		v->seq = n->seq;
		v->state = n->state;
		keep_link(m, v, n);
		break;
	case RECORD_IMPLIED:
		v->is_implied = true;
		break;
	case RECORD_WHITEOUT:
		v->is_whiteout = true;
		if (v->is_there)
			break;
		v->state = n->state;
		keep_link(m, v, n);
		break;
	case RECORD_OPAQUE:
		v->is_opaque = true;
		break;
	default:
		break;
	}
}

static void resolve(struct merge *m, const struct record *n)
{
	for (size_t i = 0; i < m->count; i++) {
		struct version *v = &m->versions[i];

		if (v->layer != n->layer || !v->is_alias || v->seq != n->seq)
			continue;
		v->is_resolved = true;
		v->state = n->state;
		keep_link(m, v, n);
	}
}

static bool is_at(const struct merge *m, const struct record *n)
{
	return n && n->key_len == m->key.len && !memcmp(n->key, m->key.buf, m->key.len);
}

/* On to a record of another key. */
static const struct record *next_key(struct merge *m, struct err *e)
{
	do
		if (fan_pop(m->fan, e) < 0)
			return NULL;
	while (m->has_key && is_at(m, fan_top(m->fan)));
	return fan_top(m->fan);
}

int merge_key(struct merge *m, struct err *e)
{
	const struct record *n = fan_top(m->fan);
	struct err why = { 0 };

	if (!n || (m->has_key && is_at(m, n)))
		n = next_key(m, &why);
	if (!n && why.kind != ERR_NONE)
		*e = why;
	if (!n)
		return why.kind == ERR_NONE ? 0 : -1;
	pop_frames(m, n);
	str_reset(&m->key);
	str_add(&m->key, n->key, n->key_len);
	str_reset(&m->links);
	m->count = 0;
	m->has_key = true;
	m->has_given = false;
	while (is_at(m, n) && n->kind != RECORD_WANT) {
		if (n->layer >= m->layers)
			return err_set(e, ERR_FORMAT, "a record of a layer that is not there");
		if (n->kind == RECORD_RESOLVED)
			resolve(m, n);
		else
			add(m, n);
		if (fan_pop(m->fan, e) < 0)
			return -1;
		n = fan_top(m->fan);
	}
	push_frame(m);
	return str_ok(&m->links, "what one path leads to", e) < 0 ? -1 : 1;
}

int merge_want(struct merge *m, struct record *out, struct err *e)
{
	const struct record *n;

	if (m->has_given && fan_pop(m->fan, e) < 0)
		return -1;
	n = fan_top(m->fan);
	m->has_given = is_at(m, n);
	if (!m->has_given)
		return 0;
	*out = *n;
	return 1;
}

/* The layers below it have nothing to say, when those up to TOP are looked at. */
static unsigned floor_of(const struct merge *m, unsigned top)
{
	const uint64_t *bits = m->depth > 1 ? top_bits(m) - m->words : NULL;
	unsigned floor = 0;

	if (bits) {
		size_t word = top / WORD;
		uint64_t here = bits[word] & (UINT64_MAX >> (WORD - 1 - top % WORD));

		while (!here && word)
			here = bits[--word];
		if (here)
			floor = (unsigned)(word * WORD + WORD - 1) -
				(unsigned)__builtin_clzll(here);
	}
	for (size_t i = 0; i < m->count && m->versions[i].layer <= top; i++)
		if (m->versions[i].is_whiteout && m->versions[i].layer > floor)
			floor = m->versions[i].layer;
	return floor;
}

static void give(const struct merge *m, const struct version *v, struct record *out)
{
	*out = (struct record){ .key = m->key.buf,
				.key_len = m->key.len,
				.kind = RECORD_ENTRY,
				.layer = v->layer,
				.of_layer = v->layer,
				.seq = v->seq,
				.link = m->links.buf + v->link,
				.link_len = v->link_len,
				.state = v->state };
	if (!v->is_there) {
		out->kind = RECORD_IMPLIED;
		out->state = (struct state){ .mode = S_IFDIR };
	} else if (v->is_alias && !v->is_resolved) {
		out->kind = RECORD_ALIAS;
		out->state.has |= STATE_LOST;
	}
	out->state.has |= v->is_veiled ? STATE_VEILED : 0u;
}

bool merge_in_layer(struct merge *m, unsigned layer, struct record *out)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->versions[i].layer != layer || !m->versions[i].is_there)
			continue;
		give(m, &m->versions[i], out);
		return true;
	}
	return false;
}

bool merge_whiteout(struct merge *m, unsigned layer, struct record *out)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->versions[i].layer != layer || !m->versions[i].is_whiteout)
			continue;
		give(m, &m->versions[i], out);
		out->kind = RECORD_WHITEOUT;
		out->state = m->versions[i].state;
		return true;
	}
	return false;
}

bool merge_visible(struct merge *m, unsigned top, struct record *out)
{
	unsigned floor = floor_of(m, top);
	const struct version *implied = NULL;

	for (size_t i = m->count; i-- > 0;) {
		const struct version *v = &m->versions[i];

		if (v->layer > top)
			continue;
		if (v->layer < floor)
			break;
		/* A name that went through here made no directory where there was one. */
		if (v->is_there && implied && !S_ISDIR(v->state.mode))
			break;
		if (v->is_there) {
			give(m, v, out);
			return true;
		}
		if (v->is_implied)
			implied = v;
	}
	if (implied)
		give(m, implied, out);
	return implied != NULL;
}

int merge_next(struct merge *m, struct record *out, struct err *e)
{
	int got;

	while ((got = merge_key(m, e)) > 0)
		if (merge_visible(m, m->layers - 1, out))
			return 1;
	return got;
}
