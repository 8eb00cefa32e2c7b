/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/image_parts.h"

#include <string.h>

static void layer_json(struct jsonw *w, const struct image_layer *l)
{
	jsonw_object(w, NULL);
	jsonw_text_if(w, "diff_id", l->diff_id);
	jsonw_text_if(w, "digest", l->digest);
	jsonw_text_if(w, "media_type", l->media_type);
	jsonw_u64_text(w, "size", l->size);
	jsonw_text(w, "state", image_state_word(l->state));
	jsonw_end(w);
}

static void bytes_if(struct jsonw *w, const char *key, const char *text)
{
	if (text)
		jsonw_bytes(w, key, text, strlen(text));
}

static void finding_json(struct jsonw *w, const struct image_finding *f)
{
	jsonw_object(w, NULL);
	jsonw_text(w, "id", f->id);
	bytes_if(w, "object", f->object);
	bytes_if(w, "expected", f->expected);
	bytes_if(w, "found", f->found);
	jsonw_end(w);
}

void image_json(const struct image *im, struct jsonw *w, const char *key)
{
	const struct image_finding *f;

	jsonw_object(w, key);
	jsonw_text(w, "format", image_format_word(im));
	jsonw_text_if(w, "ref", image_ref(im));
	jsonw_text_if(w, "digest", image_digest(im));
	jsonw_text_if(w, "config", im->config ? im->config->digest : NULL);
	jsonw_text_if(w, "platform", image_platform(im));
	jsonw_text_if(w, "created", im->config ? im->config->created : NULL);
	jsonw_bool(w, "verified", image_is_verified(im));
	jsonw_array(w, "layers");
	for (size_t i = 0; i < im->layer_count; i++)
		layer_json(w, &im->layers[i]);
	jsonw_end(w);
	jsonw_array(w, "findings");
	for (size_t i = 0; (f = image_finding(im, i)) != NULL; i++)
		finding_json(w, f);
	jsonw_end(w);
	jsonw_end(w);
}
