/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/route.h"

#include <assert.h>
#include <string.h>

#include "lib/base/jsonw.h"
#include "lib/base/own.h"

const struct route *route_of(const struct engine *g, enum request what)
{
	return g->dialect == DIALECT_PODMAN ? &podman_routes[what] : &docker_routes[what];
}

void route_escape(struct str *out, const char *text)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			str_addc(out, *text);
		else
			str_addf(out, "%%%02X", (unsigned char)*text);
	}
}

/* {"container":["ID"]}, or every container's events. */
static void add_filters(struct str *out, const char *id)
{
	AUTO(str_release) struct str text = STR_INIT(ROUTE_MAX);
	struct jsonw w;

	jsonw_init(&w, &text);
	jsonw_object(&w, NULL);
	jsonw_array(&w, id ? "container" : "type");
	jsonw_text(&w, NULL, id ? id : "container");
	jsonw_end(&w);
	jsonw_end(&w);
	route_escape(out, text.buf);
	out->over |= text.over;
}

/* The same whether Podman reads the line as a Dockerfile's, or, as it once did, as it stands. */
static bool is_plain(const char *text)
{
	return *text &&
	       !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				  "-._/:@+,")];
}

/* For a Podman that does not read the body yet: what is lost there are labels that need quotes. */
static void add_changes(struct str *out, const struct commit *c)
{
	for (size_t i = 0; c && i < c->label_count; i++) {
		AUTO(freep) char *line = NULL;

		if (!is_plain(c->labels[i].key) || !is_plain(c->labels[i].value))
			continue;
		line = xasprintf("LABEL %s=%s", c->labels[i].key, c->labels[i].value);
		str_adds(out, "&changes=");
		route_escape(out, line);
	}
}

/* The engine's router cleans paths: such a value would make it another request. */
static bool climbs(const char *value)
{
	if (!*value)
		return true;
	for (const char *p = value; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL) {
		size_t len = strcspn(p, "/");

		if ((len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
			return true;
	}
	return false;
}

static const char *argument(const struct engine *g, const struct request_args *args,
			    const char *seconds, const char *word, size_t len)
{
	static const struct commit none = { 0 };
	const struct commit *c = args->commit ? args->commit : &none;
	const struct {
		const char *word;
		const char *value;
	} known[] = {
		{ "api", g->api },
		{ "id", args->id },
		{ "name", args->name },
		{ "path", args->path },
		{ "since", args->since },
		{ "until", args->until },
		{ "all", args->all ? "true" : "false" },
		{ "follow", args->until ? "false" : "true" },
		{ "seconds", seconds },
		{ "network", args->endpoint ? args->endpoint->network : NULL },
		{ "repository", c->repository },
		{ "tag", c->tag },
		{ "comment", c->comment },
		{ "pause", c->is_paused_meanwhile ? "true" : "false" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].word) == len && !strncmp(known[i].word, word, len))
			return known[i].value;
	return NULL;
}

int route_path(const struct engine *g, const struct route *route, const struct request_args *args,
	       struct str *out, struct err *e)
{
	static const char filters[] = "{filters}", changes[] = "{changes}";
	AUTO(freep) char *seconds = xasprintf("%u", args->seconds);
	size_t group = 0;
	bool in_group = false, in_query = false, lacks = false;

	for (const char *p = route->path; *p; p++) {
		const char *end, *value;

		if (*p == '[') {
			group = out->len;
			in_group = true;
			lacks = false;
		} else if (*p == ']') {
			if (lacks && !out->over)
				out->buf[out->len = group] = '\0';
			in_group = false;
		} else if (!strncmp(p, filters, sizeof(filters) - 1)) {
			add_filters(out, args->id);
			p += sizeof(filters) - 2;
		} else if (!strncmp(p, changes, sizeof(changes) - 1)) {
			add_changes(out, args->commit);
			p += sizeof(changes) - 2;
		} else if (*p == '{') {
			end = strchr(p, '}');
			value = argument(g, args, seconds, p + 1, (size_t)(end - p - 1));
			assert(value || in_group);
			if (value && !in_query && climbs(value))
				return err_set(e, ERR_USAGE, "'%s' names nothing", value);
			if (value)
				route_escape(out, value);
			else
				lacks = true;
			p = end;
		} else {
			in_query |= *p == '?';
			str_addc(out, *p);
		}
	}
	return str_ok(out, "the path of a request", e);
}
