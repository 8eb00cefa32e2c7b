/* SPDX-License-Identifier: Apache-2.0 */
/* find.h - the pieces of finding an engine, and what this room keeps to itself. */
#ifndef ENGINE_FIND_H
#define ENGINE_FIND_H

#include "lib/base/err.h"
#include "lib/engine/engine.h"
#include "lib/engine/http.h"

/*
 * "unix:///path", a path, "tcp://host:port": fills LINK and *ADDRESS, the canonical form; the
 * caller frees. ERR_USAGE on anything else, naming the way for ssh://.
 */
int address_parse(const char *word, struct engine_link *link, char **address,
		  struct err *e) must_check;

/*
 * Reads the answer of /version into dialect, version, api and has_experimental: told apart by its
 * Components, and the highest version that both sides speak.
 */
int version_read(struct engine *g, const char *text, size_t len, struct err *e) must_check;

/* What tells one engine from another, and is_rootless, from ASK_SYSTEM's answer; the caller frees.
 */
int info_read(struct engine *g, const char *text, size_t len, char **identity,
	      struct err *e) must_check;

int container_list_parse(enum dialect d, const char *text, size_t len, struct container_list *out,
			 struct err *e) must_check;

/* TOTAL_MS bounds the whole answer; 0 does not. */
int engine_ask_within(struct engine *g, enum request what, const struct request_args *args,
		      unsigned total_ms, struct source **out, struct err *e) must_check;
int engine_fetch_within(struct engine *g, enum request what, const struct request_args *args,
			unsigned total_ms, struct str *body, struct err *e) must_check;
void engine_freep(struct engine **g);

#endif
