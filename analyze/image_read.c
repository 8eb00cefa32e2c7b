/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers, one after the other, each through a chain in a fixed order: what is stored (hashed:
 * the blob's digest), decompressed, what is then there (counted, hashed: the DiffID), the visitor.
 */
#include <stdlib.h>
#include <string.h>

#include "analyze/image_parts.h"
#include "lib/base/inflate.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"

#define BLOCK ((size_t)256 << 10)

/* Hashes what passes, and keeps what failed. */
struct hashed {
	struct source source;
	struct source *from;
	struct digest *digest; /* NULL: nobody says what it should be */
	bool is_tar; /* FROM takes the compression off: if there is none, the blob's digest serves
		      */
	uint64_t bytes;
};

struct reading {
	struct image *im;
	const struct image_visitor *visitor;
	unsigned *layers; /* which layer stands at each place of the store's list */
	char *block;
};

static ssize_t hashed_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct hashed *h = (struct hashed *)s;
	ssize_t n = source_read(h->from, p, len, e);

	if (n <= 0)
		return n;
	if ((uint64_t)n > IMAGE_LAYER_MAX - h->bytes)
		return err_set(e, ERR_LIMIT, "a layer of more than %llu bytes",
			       (unsigned long long)IMAGE_LAYER_MAX);
	h->bytes += (uint64_t)n;
	if (h->digest && (!h->is_tar || !inflate_is_plain(h->from)))
		digest_add(h->digest, p, (size_t)n);
	return n;
}

static void hashed_close(struct source *s)
{
	(void)s;
}

static struct hashed hashed(struct source *from, struct digest *d)
{
	return (struct hashed){
		.source = { .read = hashed_read, .close = hashed_close },
		.from = from,
		.digest = d,
	};
}

static int drain(struct reading *r, struct source *from, struct err *e)
{
	ssize_t n;

	do {
		if (stop_requested())
			return stop_err(e);
		n = source_read(from, r->block, BLOCK, e);
	} while (n > 0);
	return n < 0 ? -1 : 0;
}

static bool is_layers_fault(const struct err *e)
{
	return e->kind == ERR_FORMAT || e->kind == ERR_LIMIT;
}

/* Compares with what is expected of layer I, whose bytes these are. */
static void judge(struct image *im, unsigned i, const char *blob, const char *tar,
		  const struct err *damage)
{
	struct image_layer *l = &im->layers[i];

	l->state = l->diff_id ? IMAGE_VERIFIED : IMAGE_AS_STORED;
	if (l->digest && strcmp(l->digest, blob) != 0) {
		image_note(im, "image.layer-digest", l->digest, blob, "layer %u (%s)", i + 1,
			   l->path);
		l->state = IMAGE_MISMATCH;
	}
	if (l->diff_id && strcmp(l->diff_id, tar) != 0) {
		image_note(im, "image.layer-diffid", l->diff_id, tar, "layer %u (%s)", i + 1,
			   l->path);
		l->state = IMAGE_MISMATCH;
	}
	if (damage->kind != ERR_NONE) {
		image_note(im, "image.layer-damaged", NULL, damage->text, "layer %u (%s)", i + 1,
			   l->path);
		l->state = IMAGE_DAMAGED;
	}
}

static int tell(const struct reading *r, unsigned i, struct err *e)
{
	const struct image_visitor *v = r->visitor;

	return v->checked ? v->checked(i, r->im->layers[i].state, v->data, e) : 0;
}

/* All that is left of the layer, whatever the visitor made of it. */
static int finish(struct reading *r, struct hashed *tar, struct hashed *blob, struct err *damage,
		  struct err *e)
{
	struct err why = { 0 };

	if (drain(r, &tar->source, &why) < 0 || drain(r, &blob->source, &why) < 0) {
		if (!is_layers_fault(&why)) {
			*e = why;
			return -1;
		}
		if (damage->kind == ERR_NONE)
			*damage = why;
		why = (struct err){ 0 };
		/* The blob has a digest also where its inside is broken. */
		if (drain(r, &blob->source, &why) < 0 && !is_layers_fault(&why)) {
			*e = why;
			return -1;
		}
	}
	return 0;
}

static void digest_text(struct digest *d, char out[DIGEST_SIZE])
{
	char hex[SHA256_HEX];

	digest_end(d, hex);
	(void)snprintf(out, DIGEST_SIZE, "sha256:%s", hex);
}

static int read_layer(size_t place, struct source *from, void *data, struct err *e)
{
	struct reading *r = data;
	unsigned at = r->layers[place];
	AUTO(digest_freep) struct digest *blob_digest = digest_new(), *tar_digest = digest_new();
	struct hashed blob = hashed(from, blob_digest);
	AUTO(source_closep) struct source *plain = inflate_new(&blob.source);
	struct hashed tar = hashed(plain, tar_digest);
	char blob_text[DIGEST_SIZE], tar_text[DIGEST_SIZE];
	struct err damage = { 0 };

	tar.is_tar = true;
	if (r->im->format == IMAGE_ROOTFS)
		blob.digest = tar.digest = NULL;
	if (r->visitor->layer(at, &tar.source, r->visitor->data, &damage) < 0 &&
	    !is_layers_fault(&damage)) {
		*e = damage;
		return -1;
	}
	if (finish(r, &tar, &blob, &damage, e) < 0)
		return -1;
	digest_text(blob_digest, blob_text);
	if (inflate_is_plain(plain))
		memcpy(tar_text, blob_text, sizeof(tar_text));
	else
		digest_text(tar_digest, tar_text);
	for (unsigned i = at; i < r->im->layer_count; i++) {
		if (r->im->layers[i].first != at)
			continue;
		judge(r->im, i, blob_text, tar_text, &damage);
		if (tell(r, i, e) < 0)
			return -1;
	}
	return 0;
}

/* Which blobs are read: those that are there and are not known. */
static size_t choose(struct reading *r, long *ids)
{
	const struct image *im = r->im;
	size_t count = 0;

	for (unsigned i = 0; i < im->layer_count; i++) {
		struct image_layer *l = &im->layers[i];

		if (l->state == IMAGE_ABSENT || l->first != i)
			continue;
		if (l->diff_id && r->visitor->wants && !r->visitor->wants(i, r->visitor->data)) {
			l->state = IMAGE_CACHED;
			continue;
		}
		r->layers[count] = i;
		ids[count++] = im->ids[i];
	}
	return count;
}

/* Those that were not read: absent, known, or behind the place where the archive breaks off. */
static int tell_others(const struct reading *r, struct err *e)
{
	struct image *im = r->im;

	for (unsigned i = 0; i < im->layer_count; i++) {
		struct image_layer *l = &im->layers[i];
		const struct image_layer *first = &im->layers[l->first];

		if (first->state == IMAGE_CACHED && l->first != i) {
			/* Known by the DiffID of the first; this one's own may differ. */
			l->state = IMAGE_CACHED;
			if (!l->diff_id || strcmp(l->diff_id, first->diff_id) != 0) {
				image_note(im, "image.layer-diffid", l->diff_id, first->diff_id,
					   "layer %u (%s)", i + 1, l->path);
				l->state = IMAGE_MISMATCH;
			}
		} else if (l->state == IMAGE_UNREAD) {
			image_note(im, "image.layer-absent", l->digest ? l->digest : l->diff_id,
				   NULL, "layer %u (%s)", i + 1, l->path);
			l->state = IMAGE_ABSENT;
		} else if (l->state != IMAGE_ABSENT && l->state != IMAGE_CACHED) {
			continue;
		}
		if (tell(r, i, e) < 0)
			return -1;
	}
	return 0;
}

int image_read(struct image *im, const struct image_visitor *visitor, struct err *e)
{
	AUTO(freep) long *ids = xcalloc(im->layer_count + 1, sizeof(*ids));
	AUTO(freep) unsigned *layers = xcalloc(im->layer_count + 1, sizeof(*layers));
	AUTO(freep) char *block = xmalloc(BLOCK);
	struct reading r = { .im = im, .visitor = visitor, .layers = layers, .block = block };
	size_t count = choose(&r, ids);

	if (im->format == IMAGE_ROOTFS) {
		AUTO(source_closep) struct source *whole = store_whole(im->store);

		return read_layer(0, whole, &r, e);
	}
	return store_each(im->store, ids, count, read_layer, &r, e) < 0 ? -1 : tell_others(&r, e);
}

bool image_is_verified(const struct image *im)
{
	for (size_t i = 0; i < im->layer_count; i++)
		if (im->layers[i].state != IMAGE_VERIFIED && im->layers[i].state != IMAGE_CACHED)
			return false;
	return !im->finding_count;
}
