/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/jsonscan.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

/* A double holds every integer below this, and from here on no longer tells n from n + 1. */
#define EXACT 9007199254740992.0

static int by_key(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int unique_keys(const struct cJSON *object, struct err *e)
{
	AUTO(freep) const char **keys = NULL;
	size_t count = 0, cap = 0;

	for (const struct cJSON *c = object->child; c; c = c->next) {
		grow(keys, count, cap);
		keys[count++] = c->string;
	}
	if (count < 2)
		return 0;
	qsort(keys, count, sizeof(*keys), by_key);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(keys[i - 1], keys[i]))
			return err_set(e, ERR_FORMAT, "key '%s' twice in one object", keys[i]);
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): the scan has bounded the depth by JSON_DEPTH_MAX. */
static int unique_below(const struct cJSON *node, struct err *e)
{
	if (cJSON_IsObject(node) && unique_keys(node, e) < 0)
		return -1;
	for (const struct cJSON *c = node->child; c; c = c->next)
		if (c->child && unique_below(c, e) < 0)
			return -1;
	return 0;
}

struct cJSON *json_parse(const char *text, size_t len, struct err *e)
{
	return json_parse_within(text, len, JSON_VALUES_MAX, e);
}

struct cJSON *json_parse_within(const char *text, size_t len, size_t values, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = NULL;

	if (json_scan(text, len, values, e) < 0)
		return NULL;
	doc = cJSON_ParseWithLength(text, len);
	if (!doc) {
		(void)err_set(e, ERR_FORMAT, "JSON that cannot be read");
		return NULL;
	}
	if (unique_below(doc, e) < 0)
		return NULL;
	return steal(&doc);
}

void json_freep(struct cJSON **doc)
{
	cJSON_Delete(steal(doc));
}

const struct cJSON *json_first(const struct cJSON *list_or_object)
{
	return list_or_object ? list_or_object->child : NULL;
}

const struct cJSON *json_next(const struct cJSON *item)
{
	return item->next;
}

const char *json_key(const struct cJSON *item)
{
	return item->string;
}

const char *json_text(const struct cJSON *item)
{
	return cJSON_GetStringValue(item);
}

bool json_is_object(const struct cJSON *item)
{
	return cJSON_IsObject(item);
}

bool json_is_list(const struct cJSON *item)
{
	return cJSON_IsArray(item);
}

size_t json_count(const struct cJSON *list_or_object)
{
	return list_or_object ? (size_t)cJSON_GetArraySize(list_or_object) : 0;
}

const struct cJSON *json_member(const struct cJSON *object, const char *key)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const char *json_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "cJSON %s", cJSON_Version());
	return text;
}

static struct obj *top(struct obj *o)
{
	return o->root ? o->root : o;
}

static void wrong(struct obj *o, const char *key, const char *what)
{
	struct obj *root = top(o);

	if (root->failed)
		return;
	root->failed = true;
	if (o == root)
		(void)err_set(o->e, ERR_FORMAT, "%s: '%s' %s", o->what, key, what);
	else
		(void)err_set(o->e, ERR_FORMAT, "%s: '%s' in '%s' %s", root->what, key, o->what,
			      what);
}

struct obj obj_begin(const struct cJSON *doc, const char *what, struct err *e)
{
	struct obj o = { .node = doc, .what = what, .e = e };

	if (!cJSON_IsObject(doc)) {
		(void)err_set(e, ERR_FORMAT, "%s: not a JSON object", what);
		o.node = NULL;
		o.failed = true;
	}
	return o;
}

/* The value under KEY; NULL if it is absent, null, or something went wrong before. */
static const struct cJSON *optional(struct obj *o, const char *key)
{
	const struct cJSON *item = top(o)->failed ? NULL : json_member(o->node, key);

	return cJSON_IsNull(item) ? NULL : item;
}

static const struct cJSON *required(struct obj *o, const char *key)
{
	const struct cJSON *item = optional(o, key);

	if (!item)
		wrong(o, key, "is missing");
	return item;
}

static struct obj inner(struct obj *o, const char *key, const struct cJSON *item)
{
	struct obj in = { .what = key, .e = o->e, .root = top(o) };

	if (cJSON_IsObject(item))
		in.node = item;
	else if (item)
		wrong(o, key, "is not an object");
	return in;
}

struct obj obj_in(struct obj *o, const char *key)
{
	return inner(o, key, required(o, key));
}

struct obj obj_in_or(struct obj *o, const char *key)
{
	return inner(o, key, optional(o, key));
}

static const char *text_of(struct obj *o, const char *key, const struct cJSON *item,
			   const char *otherwise)
{
	if (cJSON_IsString(item))
		return item->valuestring;
	if (item)
		wrong(o, key, "is not a string");
	return otherwise;
}

const char *obj_text(struct obj *o, const char *key)
{
	return text_of(o, key, required(o, key), "");
}

const char *obj_text_or(struct obj *o, const char *key, const char *otherwise)
{
	return text_of(o, key, optional(o, key), otherwise);
}

bool obj_bytes(struct obj *o, const char *key, struct str *out)
{
	const struct cJSON *item = optional(o, key);
	char key_b64[64];
	const char *text;
	size_t before = out->len;
	struct err unused;

	if (item) {
		str_adds(out, text_of(o, key, item, ""));
		return true;
	}
	(void)snprintf(key_b64, sizeof(key_b64), "%s_b64", key);
	item = optional(o, key_b64);
	if (!item)
		return false;
	text = text_of(o, key_b64, item, "");
	if (text_unbase64(out, text, strlen(text), &unused) < 0)
		wrong(o, key_b64, "is no base64");
	else if (memchr(out->buf + before, '\0', out->len - before))
		wrong(o, key_b64, "has a NUL in it");
	else
		return true;
	return false;
}

static int64_t whole_of(struct obj *o, const char *key, const struct cJSON *item, double least,
			int64_t otherwise)
{
	if (!item)
		return otherwise;
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= least && item->valuedouble < EXACT) ||
	    item->valuedouble != (double)(int64_t)item->valuedouble) {
		wrong(o, key, "is not a whole number that can be told exactly");
		return otherwise;
	}
	return (int64_t)item->valuedouble;
}

uint64_t obj_u64(struct obj *o, const char *key)
{
	return (uint64_t)whole_of(o, key, required(o, key), 0, 0);
}

uint64_t obj_u64_or(struct obj *o, const char *key, uint64_t otherwise)
{
	return (uint64_t)whole_of(o, key, optional(o, key), 0, (int64_t)otherwise);
}

int64_t obj_i64_or(struct obj *o, const char *key, int64_t otherwise)
{
	return whole_of(o, key, optional(o, key), 1 - EXACT, otherwise);
}

uint64_t obj_u64_text(struct obj *o, const char *key)
{
	const char *text = obj_text(o, key);
	struct err unused;
	uint64_t n = 0;

	if (!top(o)->failed && text_u64(text, UINT64_MAX, &n, &unused) < 0)
		wrong(o, key, "is not a whole number in a string");
	return n;
}

bool obj_bool_or(struct obj *o, const char *key, bool otherwise)
{
	const struct cJSON *item = optional(o, key);

	if (cJSON_IsBool(item))
		return cJSON_IsTrue(item);
	if (item)
		wrong(o, key, "is neither true nor false");
	return otherwise;
}

const struct cJSON *obj_list_or(struct obj *o, const char *key)
{
	const struct cJSON *item = optional(o, key);

	if (!item || cJSON_IsArray(item))
		return item;
	wrong(o, key, "is not a list");
	return NULL;
}

int obj_end(struct obj *o)
{
	return top(o)->failed ? -1 : 0;
}
