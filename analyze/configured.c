/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine was asked for: from its inspect answers, of the container and of the image. */
#include <stdlib.h>
#include <string.h>

#include "analyze/examine.h"
#include "lib/base/json.h"
#include "lib/base/own.h"

#define PORTS_MAX 4096

static void add_port(struct configured *c, uint64_t port)
{
	if (!port || port > UINT16_MAX || c->port_count >= PORTS_MAX)
		return;
	if (!c->ports)
		c->ports = xcalloc(PORTS_MAX, sizeof(*c->ports));
	c->ports[c->port_count++] = (uint16_t)port;
}

/* {"80/tcp":{},…}; a range is "8000-8010/tcp". */
static void add_exposed(struct configured *c, const struct cJSON *map)
{
	for (const struct cJSON *item = json_first(map); item; item = json_next(item)) {
		const char *key = json_key(item);
		char *end;
		unsigned long from = key ? strtoul(key, &end, 10) : 0, to = from;

		if (!key)
			continue;
		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		for (; from <= to && from <= UINT16_MAX && c->port_count < PORTS_MAX; from++)
			add_port(c, from);
	}
}

static void add_preload(struct configured *c, const struct cJSON *env)
{
	for (const struct cJSON *item = json_first(env); item; item = json_next(item)) {
		const char *text = json_text(item);

		if (!text ||
		    (strncmp(text, "LD_PRELOAD=", 11) != 0 && strncmp(text, "LD_AUDIT=", 9) != 0))
			continue;
		c->preload = xrealloc(c->preload, c->preload_count + 1, sizeof(*c->preload));
		c->preload[c->preload_count++] = xstrdup(text);
	}
}

/* The "Config" that both answers have. */
static void read_config(struct configured *c, const struct cJSON *doc)
{
	struct err unused = { 0 };
	struct obj o = obj_begin(doc, "inspect answer", &unused), config = obj_in_or(&o, "Config");
	struct obj exposed = obj_in_or(&config, "ExposedPorts");

	add_exposed(c, exposed.node);
	add_preload(c, obj_list_or(&config, "Env"));
}

static enum dialect dialect_of(const struct bundle_reader *b)
{
	struct err unused = { 0 };
	struct obj o = obj_begin(bundle_opening(b), "line 0", &unused);
	struct obj target = obj_in_or(&o, "target"), engine = obj_in_or(&target, "engine");

	return !strcmp(obj_text_or(&engine, "dialect", ""), "podman") ? DIALECT_PODMAN
								      : DIALECT_DOCKER;
}

int examine_configured(struct examination *x, struct err *e)
{
	static const char inspect[] = "container/inspect.json";
	AUTO(json_freep) struct cJSON *container = NULL;
	AUTO(json_freep) struct cJSON *image = NULL;
	struct configured *c = &x->configured;
	struct err why = { 0 };

	container = examine_answer(x, inspect, e);
	if (e->kind != ERR_NONE)
		return -1;
	image = examine_answer(x, "image/inspect.json", e);
	if (e->kind != ERR_NONE)
		return -1;
	if (image)
		read_config(c, image);
	if (!container)
		return 0;
	read_config(c, container);
	if (container_from_inspect(dialect_of(x->bundle), container, &x->container, &why) < 0) {
		examine_gap(x, inspect, "%s", why.text);
		return 0;
	}
	x->has_container = true;
	c->container = &x->container;
	c->has_terminal = x->container.has_tty;
	for (size_t i = 0; i < x->container.published_count; i++)
		add_port(c, x->container.published[i].inside);
	return 0;
}
