/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OCI layout: index.json leads to manifests, some through further indexes. Docker writes one
 * since 25, Podman with --format oci-archive or oci-dir. Docker's manifest of the second schema has
 * the same shape.
 */
#include <stdlib.h>
#include <string.h>

#include "analyze/image_parts.h"
#include "lib/base/json.h"
#include "lib/base/own.h"

#define INDEXES_MAX 64 /* that are read */
#define CONFIGS_MAX 64 /* manifests that are looked into before one is chosen */

struct walk {
	struct image *im;
	unsigned indexes, manifests;
	unsigned top;
	const char *index; /* digest of the one that is being walked, or NULL */
	/* Names that an index has hold for all behind it. */
	const char *names[2 * IMAGE_DEPTH_MAX];
	size_t name_count;
};

static bool is_index(const char *media_type)
{
	return strstr(media_type, "image.index.") || strstr(media_type, "manifest.list.");
}

static char *platform_of(struct obj *o)
{
	struct obj p = obj_in_or(o, "platform");
	const char *os = obj_text_or(&p, "os", ""), *arch = obj_text_or(&p, "architecture", ""),
		   *variant = obj_text_or(&p, "variant", "");

	if (!*os || !*arch)
		return NULL;
	return xasprintf("%s/%s%s%s", os, arch, *variant ? "/" : "", variant);
}

/* What BuildKit puts beside an image: what it was made of. No image. */
static bool is_attestation(struct obj *notes)
{
	return !strcmp(obj_text_or(notes, "vnd.docker.reference.type", ""), "attestation-manifest");
}

static struct choice *choice_of_digest(struct image *im, const char *digest)
{
	for (size_t i = 0; i < im->choice_count; i++)
		if (!strcmp(im->choices[i].digest, digest))
			return &im->choices[i];
	return NULL;
}

/* The digest of its config says which image it is, to those who know it by that. */
static int look_into(struct walk *w, struct choice *c, struct err *e)
{
	AUTO(freep) char *path = digest_path(c->digest);
	AUTO(json_freep) struct cJSON *doc = NULL;
	AUTO(str_release) struct str text = STR_INIT(IMAGE_JSON_MAX);
	struct err why = { 0 };
	const struct cJSON *config;
	const char *digest;

	c->is_absent = store_find(w->im->store, path, NULL) < 0;
	if (c->is_absent || w->manifests++ >= CONFIGS_MAX)
		return 0;
	if (store_document(w->im->store, path, &text, &why) == 0)
		doc = json_parse_within(text.buf, text.len, IMAGE_VALUES_MAX, &why);
	if (!doc && why.kind == ERR_SYS) {
		*e = why;
		return -1;
	}
	config = doc ? json_member(doc, "config") : NULL;
	digest = config && json_member(config, "digest") ? json_text(json_member(config, "digest"))
							 : NULL;
	if (digest && digest_is_good(digest))
		c->config = xstrdup(digest);
	return 0;
}

static int add_choice(struct walk *w, struct obj *o, const char *digest, struct err *e)
{
	struct choice *c = choice_of_digest(w->im, digest);
	bool is_new = !c;

	if (is_new) {
		if (w->im->choice_count >= IMAGE_CHOICES_MAX)
			return err_set(e, ERR_LIMIT, "more than %d images", IMAGE_CHOICES_MAX);
		c = choice_add(w->im);
		c->digest = xstrdup(digest);
		c->platform = platform_of(o);
		c->index = w->index ? xstrdup(w->index) : NULL;
		c->top = w->top;
	}
	for (size_t i = 0; i < w->name_count; i++)
		choice_name(c, w->names[i]);
	return is_new ? look_into(w, c, e) : 0;
}

static int walk_index(struct walk *w, const struct cJSON *doc, unsigned depth, struct err *e);

static int walk_nested(struct walk *w, const char *digest, unsigned depth, struct err *e)
{
	AUTO(freep) char *path = digest_path(digest);
	AUTO(json_freep) struct cJSON *doc = NULL;
	const char *outer;
	int result;

	if (depth >= IMAGE_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "indexes more than %d deep", IMAGE_DEPTH_MAX);
	if (w->indexes++ >= INDEXES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d indexes", INDEXES_MAX);
	if (store_find(w->im->store, path, NULL) < 0)
		return 0; /* of a platform that was not saved */
	doc = image_document(w->im, path, digest, NULL, "index", e);
	if (!doc)
		return -1;
	outer = w->index;
	w->index = digest;
	result = walk_index(w, doc, depth, e);
	w->index = outer;
	return result;
}

static int walk_descriptor(struct walk *w, const struct cJSON *item, unsigned depth, struct err *e)
{
	struct obj o = obj_begin(item, "index", e), notes = obj_in_or(&o, "annotations");
	const char *digest = obj_text(&o, "digest"), *type = obj_text_or(&o, "mediaType", "");
	size_t before = w->name_count;
	int result;

	w->names[w->name_count++] = obj_text_or(&notes, "org.opencontainers.image.ref.name", "");
	w->names[w->name_count++] = obj_text_or(&notes, "io.containerd.image.name", "");
	if (obj_end(&o) < 0)
		return -1;
	if (!digest_is_good(digest))
		return err_set(e, ERR_FORMAT, "index: '%s' is not a sha256 digest", digest);
	if (is_index(type))
		result = walk_nested(w, digest, depth + 1, e);
	else
		result = is_attestation(&notes) ? 0 : add_choice(w, &o, digest, e);
	w->name_count = before;
	return result;
}

static int walk_index(struct walk *w, const struct cJSON *doc, unsigned depth, struct err *e)
{
	struct obj o = obj_begin(doc, "index", e);
	const struct cJSON *list = obj_list_or(&o, "manifests");

	if (obj_end(&o) < 0)
		return -1;
	if (!list)
		return err_set(e, ERR_FORMAT, "index: there are no manifests in it");
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		if (walk_descriptor(w, item, depth, e) < 0)
			return -1;
		w->top += depth == 0;
	}
	return 0;
}

int oci_choices(struct image *im, struct err *e)
{
	AUTO(json_freep)
	struct cJSON *doc = image_document(im, "index.json", NULL, NULL, "index.json", e);
	struct walk w = { .im = im };

	return doc ? walk_index(&w, doc, 0, e) : -1;
}

static int check_layer(struct image_layer *l, size_t number, const char *digest, struct err *e)
{
	if (!digest_is_good(digest))
		return err_set(e, ERR_FORMAT, "layer %zu: '%s' is not a sha256 digest", number,
			       digest);
	l->digest = xstrdup(digest);
	l->is_foreign =
		strstr(l->media_type, "foreign") || strstr(l->media_type, "nondistributable");
	if (strstr(l->media_type, "encrypted"))
		return err_set(
			e, ERR_FORMAT,
			"layer %zu is encrypted ('%s'): its key is needed, and to decrypt it "
			"is not our part",
			number, l->media_type);
	return 0;
}

static int add_layer(struct image *im, const struct cJSON *item, struct err *e)
{
	struct obj o = obj_begin(item, "layer", e);
	const char *digest = obj_text(&o, "digest");
	uint64_t size = obj_u64(&o, "size");
	AUTO(freep) char *path = NULL;
	struct image_layer *l;
	char expected[24], found[24];

	if (obj_end(&o) < 0)
		return -1;
	path = digest_is_good(digest) ? digest_path(digest) : xstrdup("");
	l = layer_add(im, path, e);
	if (!l)
		return -1;
	l->media_type = xstrdup(obj_text_or(&o, "mediaType", ""));
	if (obj_end(&o) < 0 || check_layer(l, im->layer_count, digest, e) < 0)
		return -1;
	if (l->state == IMAGE_ABSENT || l->size == size)
		return 0;
	(void)snprintf(expected, sizeof(expected), "%llu", (unsigned long long)size);
	(void)snprintf(found, sizeof(found), "%llu", (unsigned long long)l->size);
	image_note(im, "image.layer-size", expected, found, "layer %zu (%s)", im->layer_count,
		   l->path);
	return 0;
}

int oci_layers(struct image *im, const struct choice *c, struct err *e)
{
	AUTO(freep) char *path = digest_path(c->digest), *config_path = NULL;
	AUTO(json_freep) struct cJSON *doc = NULL;
	const struct cJSON *list;
	struct obj o, config;
	const char *digest;

	if (c->is_absent)
		return err_set(e, ERR_ABSENT, "the manifest of the image, '%s', is not there",
			       path);
	doc = image_document(im, path, c->digest, NULL, "manifest", e);
	if (!doc)
		return -1;
	o = obj_begin(doc, "manifest", e);
	config = obj_in(&o, "config");
	digest = obj_text(&config, "digest");
	list = obj_list_or(&o, "layers");
	if (obj_end(&o) < 0)
		return -1;
	if (!digest_is_good(digest))
		return err_set(e, ERR_FORMAT, "manifest: '%s' is not a sha256 digest", digest);
	for (const struct cJSON *item = list ? json_first(list) : NULL; item;
	     item = json_next(item))
		if (add_layer(im, item, e) < 0)
			return -1;
	config_path = digest_path(digest);
	return config_open(im, config_path, digest, e);
}
