/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/outbuf.h"
#include "collect/row.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"

#define ALIGN 16

size_t pieces_size(size_t len)
{
	return (sizeof(struct piece) + len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *pieces_data(struct piece *piece)
{
	return piece + 1;
}

static size_t text_len(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

size_t pieces_node_len(const struct node *n)
{
	const struct tar_entry *t = &n->tar;
	size_t len = t->xattr_count * sizeof(*t->xattrs) + t->extent_count * sizeof(*t->extents);

	len += text_len(t->path) + text_len(t->link) + text_len(n->error) + text_len(n->note) +
	       text_len(n->change.image_sha256) + text_len(n->change.renamed_from);
	for (size_t i = 0; i < t->xattr_count; i++)
		len += text_len(t->xattrs[i].name) + t->xattrs[i].len;
	return len;
}

static const void *copy(unsigned char **to, const void *from, size_t len)
{
	void *at = *to;

	if (!from)
		return NULL;
	memcpy(at, from, len);
	*to += len;
	return at;
}

static const char *copy_text(unsigned char **to, const char *s)
{
	return copy(to, s, text_len(s));
}

void pieces_copy_node(struct piece *piece, const struct node *n)
{
	unsigned char *to = pieces_data(piece);
	struct tar_xattr *xattrs = (void *)to;
	struct node *c = &piece->node;

	*c = *n;
	/* What needs alignment goes first. */
	to += n->tar.xattr_count * sizeof(*xattrs);
	c->tar.xattrs = xattrs;
	c->tar.extents = copy(&to, n->tar.extents, n->tar.extent_count * sizeof(*n->tar.extents));
	for (size_t i = 0; i < n->tar.xattr_count; i++) {
		xattrs[i] = n->tar.xattrs[i];
		xattrs[i].name = copy_text(&to, n->tar.xattrs[i].name);
		xattrs[i].value = copy(&to, n->tar.xattrs[i].value, n->tar.xattrs[i].len);
	}
	c->tar.path = copy_text(&to, n->tar.path);
	c->tar.link = copy_text(&to, n->tar.link);
	c->error = copy_text(&to, n->error);
	c->note = copy_text(&to, n->note);
	c->change.image_sha256 = copy_text(&to, n->change.image_sha256);
	c->change.renamed_from = copy_text(&to, n->change.renamed_from);
	c->overlay.redirect = NULL;
}

static const char zeros[64 << 10];

static void hash_zeros(struct digest *d, uint64_t count)
{
	while (count) {
		size_t n = count < sizeof(zeros) ? (size_t)count : sizeof(zeros);

		digest_add(d, zeros, n);
		count -= n;
	}
}

void pieces_hash(void *pieces, size_t len, struct digest *d)
{
	for (size_t at = 0; at < len;) {
		struct piece *p = (void *)((unsigned char *)pieces + at);

		at += p->size;
		if (!p->is_hashed)
			continue;
		switch (p->kind) {
		case PIECE_NODE:
			digest_reset(d);
			break;
		case PIECE_DATA:
			digest_add(d, pieces_data(p), (size_t)p->count);
			break;
		case PIECE_HOLE:
		case PIECE_PAD:
			hash_zeros(d, p->count);
			break;
		case PIECE_END:
			digest_end(d, p->sha256);
			break;
		}
	}
}

struct pieces_writer {
	struct tar_writer *tar;
	struct outbuf *tar_out, *rows_out;
	struct str row;
	struct jsonw json;
	/* Of the node under way: its own piece may be gone by the time its end comes. */
	bool is_stored, is_regular, is_open;
	size_t link_slot;
	struct node_change change;
	char image_sha256[SHA256_HEX];
	const char *not_stored;
	/* The hashes of files with several names, by slot. */
	char (*link_sums)[SHA256_HEX];
	size_t link_cap;
	bool is_hardlink;
};

struct pieces_writer *pieces_writer_new(struct sink *tar, struct sink *rows)
{
	struct pieces_writer *w = xcalloc(1, sizeof(*w));

	w->rows_out = outbuf_new(rows);
	if (tar) {
		w->tar_out = outbuf_new(tar);
		w->tar = tar_writer_new(outbuf_sink(w->tar_out));
	}
	str_init(&w->row, (size_t)4 << 20);
	return w;
}

void pieces_writer_free(struct pieces_writer *w)
{
	tar_writer_freep(&w->tar);
	outbuf_free(w->tar_out);
	outbuf_free(w->rows_out);
	str_release(&w->row);
	free(w->link_sums);
	free(w);
}

int pieces_head(struct pieces_writer *w, const char *line, struct err *e)
{
	return sink_write(outbuf_sink(w->rows_out), line, strlen(line), e);
}

static int write_node(struct pieces_writer *w, const struct piece *p, struct err *e)
{
	struct err why = { 0 };

	w->is_open = true;
	w->is_stored = w->tar && p->is_stored;
	w->is_regular = S_ISREG(p->node.tar.mode);
	w->is_hardlink = p->node.tar.is_hardlink;
	w->link_slot = p->link_slot;
	w->change = p->node.change;
	w->not_stored = NULL;
	if (p->node.change.image_sha256) {
		(void)snprintf(w->image_sha256, SHA256_HEX, "%s", p->node.change.image_sha256);
		w->change.image_sha256 = w->image_sha256;
	}
	str_reset(&w->row);
	jsonw_init(&w->json, &w->row);
	row_begin(&w->json, &p->node);
	if (!w->is_stored || tar_put(w->tar, &p->node.tar, &why) == 0)
		return 0;
	if (outbuf_has_failed(w->tar_out)) {
		*e = why;
		return -1;
	}
	/* One that tar has no words for costs its member, not the archive. */
	w->is_stored = false;
	w->not_stored = why.kind == ERR_LIMIT ? "a name or an attribute is too long for the tar"
					      : "the tar has no such type";
	return 0;
}

/* Keeps the hash for the further names of the file, or gives it to one of them. */
static void share_sum(struct pieces_writer *w, char sha256[SHA256_HEX])
{
	if (!w->link_slot)
		return;
	if (w->is_hardlink) {
		if (w->link_slot <= w->link_cap)
			memcpy(sha256, w->link_sums[w->link_slot - 1], SHA256_HEX);
		return;
	}
	while (w->link_slot > w->link_cap) {
		size_t cap = w->link_cap ? w->link_cap * 2 : 64;

		w->link_sums = xrealloc(w->link_sums, cap, sizeof(*w->link_sums));
		memset(w->link_sums + w->link_cap, 0, (cap - w->link_cap) * sizeof(*w->link_sums));
		w->link_cap = cap;
	}
	memcpy(w->link_sums[w->link_slot - 1], sha256, SHA256_HEX);
}

static int write_end(struct pieces_writer *w, struct piece *p, struct err *e)
{
	struct row_end end = { .missing = p->missing,
			       .has_changed = p->has_changed,
			       .not_stored = w->not_stored };

	share_sum(w, p->sha256);
	if (p->sha256[0])
		end.sha256 = p->sha256;
	end.is_unhashed = w->is_regular && w->is_stored && !p->sha256[0];
	if (p->read_error)
		end.read_error = strerror(p->read_error);
	row_end(&w->json, &w->change, &end);
	w->is_open = false;
	if (str_ok(&w->row, "a row", e) < 0)
		return -1;
	return sink_write(outbuf_sink(w->rows_out), w->row.buf, w->row.len, e);
}

static int pad(struct tar_writer *tar, uint64_t count, struct err *e)
{
	while (count) {
		size_t n = count < sizeof(zeros) ? (size_t)count : sizeof(zeros);

		if (tar_data(tar, zeros, n, e) < 0)
			return -1;
		count -= n;
	}
	return 0;
}

static int write_piece(struct pieces_writer *w, struct piece *p, struct err *e)
{
	switch (p->kind) {
	case PIECE_NODE:
		return write_node(w, p, e);
	case PIECE_DATA:
		return w->is_stored ? tar_data(w->tar, pieces_data(p), (size_t)p->count, e) : 0;
	case PIECE_PAD:
		return w->is_stored ? pad(w->tar, p->count, e) : 0;
	case PIECE_END:
		return write_end(w, p, e);
	case PIECE_HOLE:
		break;
	}
	return 0;
}

int pieces_write(struct pieces_writer *w, void *pieces, size_t len, struct err *e)
{
	for (size_t at = 0; at < len;) {
		struct piece *p = (void *)((unsigned char *)pieces + at);

		at += p->size;
		if (write_piece(w, p, e) < 0)
			return -1;
	}
	return 0;
}

int pieces_writer_finish(struct pieces_writer *w, struct err *e)
{
	/* Stopped inside a file: the tar ends there, torn, and its record says partial. */
	if (w->tar && !w->is_open && tar_writer_finish(w->tar, e) < 0)
		return -1;
	if (w->tar && outbuf_flush(w->tar_out, e) < 0)
		return -1;
	return outbuf_flush(w->rows_out, e);
}
