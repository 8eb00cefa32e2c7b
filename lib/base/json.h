/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - JSON from outside, parsed strictly, and a reader that keeps a mapping to one line a
 * field.
 *
 * json_parse() scans before it builds: UTF-8, one value and nothing after it but white space, no
 * NUL in a string (also not as \u0000), no duplicate key in an object, no lone surrogate, numbers
 * and control characters as RFC 8259 says, and the limits below. The tree is for reading only: what
 * is evidence is stored byte for byte, what is ours is written by jsonw.h.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/str.h"

struct cJSON;

#define JSON_DEPTH_MAX  64      /* inspect of today's engines reaches 9 */
#define JSON_VALUES_MAX 2000000 /* values in one document */
#define JSON_KEYS_MAX   100000  /* keys in one object */
#define JSON_BYTES_MAX  ((size_t)64 << 20)

/* ERR_FORMAT names line and column, ERR_LIMIT the limit. The caller frees with json_freep. */
struct cJSON *json_parse(const char *text, size_t len, struct err *e) must_check;
/* With fewer values: a tree takes some 70 bytes for each, however short they are. */
struct cJSON *json_parse_within(const char *text, size_t len, size_t values,
				struct err *e) must_check;
void json_freep(struct cJSON **doc);

/*
 * The reader is sticky: the first thing wrong is kept, everything after it reads as empty, and
 * obj_end() tells. Keys are compared with case. Texts point into the tree.
 *
 *	struct obj o = obj_begin(doc, "container", &err), state = obj_in(&o, "State");
 *	c->id  = xstrdup(obj_text(&o, "Id"));
 *	c->pid = obj_u64_or(&state, "Pid", 0);
 *	return obj_end(&o);
 */
struct obj {
	const struct cJSON *node; /* NULL where the object is absent: all reads as its default */
	const char *what;
	struct err *e;
	struct obj *root; /* where the first error is kept */
	bool failed;
};

struct obj obj_begin(const struct cJSON *doc, const char *what, struct err *e);
struct obj obj_in(struct obj *o, const char *key);    /* required object */
struct obj obj_in_or(struct obj *o, const char *key); /* absent or null is an empty one */
const char *obj_text(struct obj *o, const char *key);
const char *obj_text_or(struct obj *o, const char *key, const char *otherwise); /* null too */
/*
 * What jsonw_bytes() wrote: the text under KEY, else the bytes of KEY_b64, appended to OUT. False,
 * and nothing, where there is neither. A NUL among the bytes is an error.
 */
bool obj_bytes(struct obj *o, const char *key, struct str *out);
uint64_t obj_u64(struct obj *o, const char *key); /* refuses 1.5, -1 and what is past 2^53 */
uint64_t obj_u64_or(struct obj *o, const char *key, uint64_t otherwise);
int64_t obj_i64_or(struct obj *o, const char *key, int64_t otherwise);
/* A 64-bit number that was written as a string, as our own files do. */
uint64_t obj_u64_text(struct obj *o, const char *key);
bool obj_bool_or(struct obj *o, const char *key, bool otherwise);
/* The array under KEY, or NULL if absent or null; anything else is an error. */
const struct cJSON *obj_list_or(struct obj *o, const char *key);
int obj_end(struct obj *o) must_check;

/* Walking: NULL ends. json_key() of a member, json_text() NULL unless a string. */
const struct cJSON *json_first(const struct cJSON *list_or_object);
const struct cJSON *json_next(const struct cJSON *item);
const char *json_key(const struct cJSON *item);
const char *json_text(const struct cJSON *item);
bool json_is_object(const struct cJSON *item);
bool json_is_list(const struct cJSON *item);
size_t json_count(const struct cJSON *list_or_object);
/* The member, or NULL. */
const struct cJSON *json_member(const struct cJSON *object, const char *key);

/* "NAME VERSION" of the library behind this file, for --version. */
const char *json_library(void);

#endif
