/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/sealtext.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"

void oxum_write(char out[OXUM_MAX], uint64_t bytes, uint64_t files)
{
	(void)snprintf(out, OXUM_MAX, "%llu.%llu", (unsigned long long)bytes,
		       (unsigned long long)files);
}

void sealtext_write(const struct sealtext *s, struct str *out)
{
	char oxum[OXUM_MAX];
	struct jsonw w;

	oxum_write(oxum, s->bytes, s->files);
	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "type", SEALTEXT_TYPE);
	jsonw_object(&w, "tagmanifest");
	jsonw_text(&w, "sha256", s->tagmanifest);
	jsonw_end(&w);
	jsonw_text(&w, "id", s->id);
	jsonw_text(&w, "name", s->name);
	jsonw_text(&w, "state", s->complete ? "complete" : "partial");
	jsonw_text(&w, "sealed", s->sealed);
	jsonw_text(&w, "oxum", oxum);
	jsonw_text(&w, "custody_head", s->custody_head);
	jsonw_object(&w, "signer");
	jsonw_text(&w, "alg", "ed25519");
	jsonw_text(&w, "spki_sha256", s->spki);
	jsonw_end(&w);
	jsonw_array(&w, "expects");
	jsonw_end(&w);
	jsonw_array(&w, "critical");
	jsonw_end(&w);
	jsonw_line(&w);
}

static int take_hex(struct obj *o, const char *key, char *out, size_t digits, struct err *e)
{
	const char *text = obj_text(o, key);

	if (!text_is_hex(text, digits))
		return err_set(e, ERR_FORMAT, "'%s' is not %zu hexadecimal digits", key, digits);
	memcpy(out, text, digits + 1);
	return 0;
}

static int take_text(struct obj *o, const char *key, char *out, size_t size, struct err *e)
{
	const char *text = obj_text(o, key);
	size_t len = strlen(text);

	if (!len || len >= size)
		return err_set(e, ERR_FORMAT, "'%s' is not between 1 and %zu bytes long", key,
			       size - 1);
	memcpy(out, text, len + 1);
	return 0;
}

static int take_oxum(const char *text, struct sealtext *s, struct err *e)
{
	const char *dot = strchr(text, '.');
	AUTO(freep) char *bytes = NULL;

	if (!dot)
		return err_set(e, ERR_FORMAT, "'oxum' is not bytes.files");
	bytes = xstrndup(text, (size_t)(dot - text));
	if (text_u64(bytes, INT64_MAX, &s->bytes, e) < 0 ||
	    text_u64(dot + 1, INT64_MAX, &s->files, e) < 0) {
		e->kind = ERR_FORMAT;
		return err_wrap(e, "'oxum'");
	}
	return 0;
}

/* "impound-seal/" and a number that is not 1. */
static bool is_later(const char *type)
{
	static const char ours[] = "impound-seal/";

	return !strncmp(type, ours, sizeof(ours) - 1) && strcmp(type, SEALTEXT_TYPE) != 0;
}

static int must_be_empty(struct obj *o, const char *key, const char *what, struct err *e)
{
	const struct cJSON *list = obj_list_or(o, key), *first = list ? json_first(list) : NULL;

	if (!list)
		return err_set(e, ERR_FORMAT, "'%s' is not a list", key);
	if (first) {
		(void)err_set(e, ERR_SYS, "%s '%.100s', which this version does not know", what,
			      json_text(first) ? json_text(first) : "?");
		return -1;
	}
	return 0;
}

static int read_fields(struct obj *o, struct sealtext *s, struct err *e)
{
	struct obj tag = obj_in(o, "tagmanifest"), signer = obj_in(o, "signer");
	const char *state = obj_text(o, "state"), *oxum = obj_text(o, "oxum"),
		   *alg = obj_text(&signer, "alg");
	struct timespec when;

	if (take_hex(&tag, "sha256", s->tagmanifest, SHA256_HEX - 1, e) < 0 ||
	    take_hex(o, "id", s->id, BUNDLE_ID_HEX - 1, e) < 0 ||
	    take_text(o, "name", s->name, sizeof(s->name), e) < 0 ||
	    take_text(o, "sealed", s->sealed, sizeof(s->sealed), e) < 0 ||
	    text_parse_time(s->sealed, &when, e) < 0 || take_oxum(oxum, s, e) < 0 ||
	    take_hex(o, "custody_head", s->custody_head, SHA256_HEX - 1, e) < 0 ||
	    take_hex(&signer, "spki_sha256", s->spki, SHA256_HEX - 1, e) < 0)
		return -1;
	s->complete = !strcmp(state, "complete");
	if (!s->complete && strcmp(state, "partial") != 0)
		return err_set(e, ERR_FORMAT, "'state' is neither complete nor partial");
	if (strcmp(alg, "ed25519") != 0)
		return err_set(e, ERR_FORMAT, "'alg' is not ed25519");
	if (must_be_empty(o, "critical", "it needs the feature", e) < 0)
		return -1;
	return must_be_empty(o, "expects", "it expects the further seal", e);
}

int sealtext_read(const char *text, size_t len, struct sealtext *out, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct sealtext s = { 0 };
	struct err first = { 0 };
	const char *type;
	struct obj o;
	int failed;

	if (!len || len > SEALTEXT_MAX || memchr(text, '\n', len) != text + len - 1)
		return err_set(e, ERR_FORMAT, "is not one line and LF");
	doc = json_parse(text, len - 1, e);
	if (!doc)
		return -1;
	o = obj_begin(doc, "the seal", &first);
	type = obj_text(&o, "type");
	if (is_later(type))
		return err_set(e, ERR_SYS,
			       "is of the later format '%.60s'; this version reads " SEALTEXT_TYPE,
			       type);
	if (strcmp(type, SEALTEXT_TYPE) != 0)
		return err_set(e, ERR_FORMAT, "is not of type " SEALTEXT_TYPE);
	failed = read_fields(&o, &s, e);
	/* What is missing is what the fields complain of: say that first. */
	if (obj_end(&o) < 0) {
		*e = first;
		return -1;
	}
	if (failed < 0)
		return -1;
	*out = s;
	return 0;
}
