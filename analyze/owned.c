/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/owned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/key.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"

#define BLOCK    ((size_t)8 << 10) /* what is read to find one file */
#define NO_BLOCK SIZE_MAX

/* Some files in order, and the first of their keys. */
struct block {
	uint64_t offset;
	size_t number; /* of the first */
	uint32_t len, key_len;
	char *key;
};

struct owned_table {
	int fd;
	struct block *blocks;
	size_t block_count, block_cap;
	unsigned char *states;
	size_t count, cap;
	uint64_t end;
	struct str building;
	/* The block that was read last. */
	size_t loaded;
	unsigned char *buf;
	size_t buf_cap;
};

struct head {
	uint32_t package, mode, key_len, flags;
	uint8_t kind, has_mode, unused[2];
};
_Static_assert(sizeof(struct head) == OWNED_HEAD, "the head has no holes");

size_t owned_encode(unsigned char *to, const struct owned *f)
{
	const struct head h = { .package = f->package,
				.mode = f->mode,
				.key_len = (uint32_t)f->key_len,
				.flags = f->flags,
				.kind = (uint8_t)f->kind,
				.has_mode = f->has_mode };
	size_t digest = digest_size(f->kind);

	if (to) {
		memcpy(to, &h, sizeof(h));
		if (f->key_len)
			memcpy(to + sizeof(h), f->key, f->key_len);
		if (digest)
			memcpy(to + sizeof(h) + f->key_len, f->digest, digest);
	}
	return sizeof(h) + f->key_len + digest;
}

void owned_decode(const unsigned char *p, struct owned *out)
{
	struct head h;

	memcpy(&h, p, sizeof(h));
	*out = (struct owned){
		.key = (const char *)p + sizeof(h),
		.key_len = h.key_len,
		.package = h.package,
		.mode = h.mode,
		.has_mode = h.has_mode != 0,
		.flags = h.flags,
		.kind = (enum digest_kind)h.kind,
		.digest = h.kind ? p + sizeof(h) + h.key_len : NULL,
	};
}

int owned_order(const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct owned x, y;
	int order;

	(void)a_len;
	(void)b_len;
	owned_decode(a, &x);
	owned_decode(b, &y);
	order = key_compare(x.key, x.key_len, y.key, y.key_len);
	return order ? order : (x.package > y.package) - (x.package < y.package);
}

int owned_new(struct owned_table **out, struct err *e)
{
	int fd = file_temporary(e);
	struct owned_table *t;

	if (fd < 0)
		return -1;
	t = xcalloc(1, sizeof(*t));
	t->fd = fd;
	t->loaded = NO_BLOCK;
	str_init(&t->building, 4 * BLOCK + 4 * KEY_MAX);
	*out = t;
	return 0;
}

void owned_freep(struct owned_table **out)
{
	struct owned_table *t = steal(out);

	if (!t)
		return;
	fd_closep(&t->fd);
	for (size_t i = 0; i < t->block_count; i++)
		free(t->blocks[i].key);
	free(t->blocks);
	free(t->states);
	str_release(&t->building);
	free(t->buf);
	free(t);
}

static int write_at(int fd, const void *p, size_t len, uint64_t at, struct err *e)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, (const char *)p + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR && !stop_requested())
			continue;
		if (n < 0)
			return err_sys(e, "write a temporary file");
		done += (size_t)n;
	}
	return 0;
}

static int end_block(struct owned_table *t, struct err *e)
{
	struct block *b;

	if (!t->building.len)
		return 0;
	b = &t->blocks[t->block_count - 1];
	if (write_at(t->fd, t->building.buf, t->building.len, t->end, e) < 0)
		return -1;
	b->len = (uint32_t)t->building.len;
	t->end += b->len;
	str_reset(&t->building);
	return stop_requested() ? stop_err(e) : 0;
}

int owned_append(struct owned_table *t, const struct owned *f, struct err *e)
{
	size_t len = owned_encode(NULL, f), room = digest_size(f->kind);
	char *to;

	if (t->count >= OWNED_MAX)
		return err_set(e, ERR_LIMIT, "packages that own more than %d files", OWNED_MAX);
	if (t->building.len + len + room > BLOCK && end_block(t, e) < 0)
		return -1;
	if (!t->building.len) {
		grow(t->blocks, t->block_count, t->block_cap);
		t->blocks[t->block_count++] = (struct block){
			.offset = t->end,
			.number = t->count,
			.key_len = (uint32_t)f->key_len,
			.key = memcpy(xmalloc(f->key_len + 1), f->key, f->key_len),
		};
	}
	to = str_room(&t->building, len + room);
	if (!to)
		return err_set(e, ERR_LIMIT, "a path that is too long");
	(void)owned_encode((unsigned char *)to, f);
	memset(to + len, 0, room);
	str_grew(&t->building, len + room);
	if (t->count >= t->cap) {
		t->cap = t->cap ? t->cap + t->cap / 2 : 1024;
		t->states = xrealloc(t->states, t->cap, 1);
	}
	t->states[t->count++] = OWNED_UNSEEN;
	return 0;
}

int owned_finish(struct owned_table *t, struct err *e)
{
	if (end_block(t, e) < 0)
		return -1;
	str_release(&t->building);
	return 0;
}

size_t owned_count(const struct owned_table *t)
{
	return t->count;
}

static int load(struct owned_table *t, size_t i, struct err *e)
{
	const struct block *b = &t->blocks[i];

	if (t->loaded == i)
		return 0;
	t->loaded = NO_BLOCK;
	if (t->buf_cap < b->len) {
		t->buf = xrealloc(t->buf, b->len, 1);
		t->buf_cap = b->len;
	}
	for (size_t got = 0; got < b->len;) {
		ssize_t n = pread(t->fd, t->buf + got, b->len - got, (off_t)(b->offset + got));

		if (n < 0 && errno == EINTR && !stop_requested())
			continue;
		if (n < 0)
			return err_sys(e, "read a temporary file");
		if (n == 0)
			return err_set(e, ERR_SYS, "a temporary file was cut");
		got += (size_t)n;
	}
	t->loaded = i;
	return 0;
}

/* The file at AT of the block that is loaded; returns where the next one is. */
static size_t decode_at(const struct owned_table *t, size_t at, size_t number, struct owned *out)
{
	size_t digest;

	owned_decode(t->buf + at, out);
	digest = digest_size(out->kind);
	at += OWNED_HEAD + out->key_len + digest;
	out->number = number;
	out->state = (enum owned_state)t->states[number];
	out->found = digest ? t->buf + at : NULL;
	out->found_at = t->blocks[t->loaded].offset + at;
	return at + digest;
}

/* The last block whose first key is not behind this one. */
static size_t block_of(const struct owned_table *t, const char *key, size_t len)
{
	size_t from = 0, to = t->block_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct block *b = &t->blocks[middle];

		if (key_compare(b->key, b->key_len, key, len) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from ? from - 1 : NO_BLOCK;
}

int owned_find(struct owned_table *t, const char *key, size_t len, struct owned *out, struct err *e)
{
	size_t i = block_of(t, key, len), at = 0, number;
	struct owned f;

	if (i == NO_BLOCK)
		return 0;
	if (load(t, i, e) < 0)
		return -1;
	for (number = t->blocks[i].number; at < t->blocks[i].len; number++) {
		int order;

		at = decode_at(t, at, number, &f);
		order = key_compare(f.key, f.key_len, key, len);
		if (order > 0)
			return 0;
		if (order == 0) {
			*out = f;
			return 1;
		}
	}
	return 0;
}

int owned_mark(struct owned_table *t, const struct owned *f, enum owned_state state,
	       const unsigned char *found, struct err *e)
{
	t->states[f->number] = (unsigned char)state;
	if (!found || !digest_size(f->kind))
		return 0;
	t->loaded = NO_BLOCK;
	return write_at(t->fd, found, digest_size(f->kind), f->found_at, e);
}

int owned_next(struct owned_table *t, struct owned_walk *w, struct owned *out, struct err *e)
{
	while (w->block < t->block_count && w->at >= t->blocks[w->block].len) {
		w->block++;
		w->at = 0;
	}
	if (w->block >= t->block_count)
		return 0;
	if (load(t, w->block, e) < 0)
		return -1;
	w->at = decode_at(t, w->at, w->number, out);
	w->number++;
	return 1;
}
