/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route.h - the closed list: what each request is in each dialect.
 *
 * A path is a template: {id}, {name}, {path}, {since}, {until}, {all} and {seconds} are the
 * arguments, escaped; {network} is the endpoint's; {repository}, {tag}, {comment} and {pause} are
 * the commit's, {changes} such of its labels as need no quotes; {api} is the version spoken;
 * {filters} and {follow} are those of events. A part in brackets is left out where an argument in
 * it is not given.
 */
#ifndef ENGINE_ROUTE_H
#define ENGINE_ROUTE_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/engine/engine.h"

#define ROUTE_MAX                                                                                  \
	((size_t)32 << 10) /* one path; an argument is at most a 4096-byte path, escaped */

struct route {
	const char *method; /* NULL: this dialect has no such request */
	const char *path;
	void (*body)(struct str *out, const struct request_args *args); /* or NULL */
	bool is_slow;   /* the engine works long before the first byte */
	bool is_quiet;  /* nothing may come for any time */
	bool is_undo;   /* carried out also after a signal */
	bool may_be_so; /* 304, that it is so already, is no failure */
};

extern const struct route docker_routes[ASK_COUNT];
extern const struct route podman_routes[ASK_COUNT];

const struct route *route_of(const struct engine *g, enum request what);

/* Writes the path. An argument that would leave its place in the path ("", "..") is ERR_USAGE. */
int route_path(const struct engine *g, const struct route *route, const struct request_args *args,
	       struct str *out, struct err *e) must_check;

/* What is not unreserved in RFC 3986 as %XX. */
void route_escape(struct str *out, const char *text);

#endif
