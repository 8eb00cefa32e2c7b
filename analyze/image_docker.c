/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.json, a list with a row an image: what Docker wrote before 25, and since 25 beside an
 * OCI layout; what Podman writes as docker-archive, and kaniko. Only the config's name says its
 * digest.
 */
#include <stdlib.h>
#include <string.h>

#include "analyze/image_parts.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

static const char manifest_json[] = "manifest.json";

/* "sha256:…" of the 64 digits in "<hex>.json", "blobs/sha256/<hex>" or "sha256:<hex>". */
static char *digest_in_name(const char *name)
{
	const char *base = strrchr(name, '/');
	char digits[65];

	base = base ? base + 1 : name;
	if (!strncmp(base, "sha256:", 7))
		base += 7;
	if (strlen(base) < 64 || (base[64] && strcmp(base + 64, ".json") != 0))
		return NULL;
	memcpy(digits, base, 64);
	digits[64] = '\0';
	return text_is_hex(digits, 64) ? xasprintf("sha256:%s", digits) : NULL;
}

static struct cJSON *open_rows(struct image *im, struct err *e)
{
	struct cJSON *doc = image_document(im, manifest_json, NULL, NULL, manifest_json, e);

	if (doc && !json_is_list(doc)) {
		json_freep(&doc);
		(void)err_set(e, ERR_FORMAT, "manifest.json is not a list");
	}
	return doc;
}

static int add_names(struct choice *c, struct obj *row, struct err *e)
{
	const struct cJSON *tags = obj_list_or(row, "RepoTags");

	if (obj_end(row) < 0)
		return -1;
	if (tags && json_count(tags) > IMAGE_CHOICES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d names", IMAGE_CHOICES_MAX);
	for (const struct cJSON *tag = tags ? json_first(tags) : NULL; tag; tag = json_next(tag))
		choice_name(c, json_text(tag));
	return 0;
}

int docker_choices(struct image *im, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = open_rows(im, e);
	unsigned row = 0;

	if (!doc)
		return -1;
	for (const struct cJSON *item = json_first(doc); item; item = json_next(item), row++) {
		struct obj o = obj_begin(item, manifest_json, e);
		const char *config = obj_text(&o, "Config");
		struct choice *c;

		if (row >= IMAGE_CHOICES_MAX)
			return err_set(e, ERR_LIMIT, "more than %d images", IMAGE_CHOICES_MAX);
		c = choice_add(im);
		c->row = c->top = row;
		c->config = digest_in_name(config);
		c->is_absent = store_find(im->store, config, NULL) < 0;
		if (add_names(c, &o, e) < 0)
			return -1;
	}
	return 0;
}

int docker_names(struct image *im, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = open_rows(im, e);

	if (!doc)
		return -1;
	for (const struct cJSON *item = json_first(doc); item; item = json_next(item)) {
		struct obj o = obj_begin(item, manifest_json, e);
		AUTO(freep) char *config = digest_in_name(obj_text(&o, "Config"));

		for (size_t i = 0; config && i < im->choice_count; i++) {
			struct choice *c = &im->choices[i];

			if (c->config && !strcmp(c->config, config) && add_names(c, &o, e) < 0)
				return -1;
		}
		if (obj_end(&o) < 0)
			return -1;
	}
	return 0;
}

/* A path of Docker's own layout is a digest. */
static char *digest_of_path(const char *path)
{
	return strncmp(path, "blobs/sha256/", 13) == 0 ? digest_in_name(path) : NULL;
}

static int add_layer(struct image *im, const struct cJSON *item, struct obj *sources, struct err *e)
{
	struct image_layer *l;

	if (!json_text(item))
		return err_set(e, ERR_FORMAT, "manifest.json: a layer that is not a name");
	l = layer_add(im, json_text(item), e);
	if (!l)
		return -1;
	l->digest = digest_of_path(l->path);
	/* Docker says there where those come from that it must not give away. */
	l->is_foreign = sources->node && json_count(sources->node) > 0 && l->state == IMAGE_ABSENT;
	return 0;
}

int docker_layers(struct image *im, const struct choice *c, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = open_rows(im, e);
	const struct cJSON *item = doc ? json_first(doc) : NULL, *list;
	struct obj o, sources;
	const char *config;

	if (!doc)
		return -1;
	for (unsigned i = 0; item && i < c->row; i++)
		item = json_next(item);
	o = obj_begin(item, manifest_json, e);
	config = obj_text(&o, "Config");
	list = obj_list_or(&o, "Layers");
	sources = obj_in_or(&o, "LayerSources");
	if (obj_end(&o) < 0)
		return -1;
	for (item = list ? json_first(list) : NULL; item; item = json_next(item))
		if (add_layer(im, item, &sources, e) < 0)
			return -1;
	return config_open(im, config, c->config, e);
}

/* Layers of a row are those of the image, each by its path. */
static bool has_same_layers(const struct image *im, const struct cJSON *list)
{
	const struct cJSON *item = list ? json_first(list) : NULL;

	for (size_t i = 0; i < im->layer_count; i++, item = json_next(item))
		if (!item || !json_text(item) || strcmp(json_text(item), im->layers[i].path) != 0)
			return false;
	return !item;
}

int docker_compare(struct image *im, const struct choice *c, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = open_rows(im, e);

	if (!doc)
		return -1;
	for (const struct cJSON *item = json_first(doc); item; item = json_next(item)) {
		struct obj o = obj_begin(item, manifest_json, e);
		AUTO(freep) char *config = digest_in_name(obj_text(&o, "Config"));
		const struct cJSON *list = obj_list_or(&o, "Layers");

		if (obj_end(&o) < 0)
			return -1;
		if (!config || !c->config || strcmp(config, c->config) != 0)
			continue;
		if (!has_same_layers(im, list))
			image_note(im, "image.two-answers", "the layers of index.json", "others",
				   manifest_json);
		return 0;
	}
	image_note(im, "image.two-answers", c->config, "another image", manifest_json);
	return 0;
}
