/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/body.h"

#include <string.h>

#include "lib/base/jsonw.h"

#define SHORT_ID 12 /* digits of an id that the engines make an alias of */

/* The daemon goes on running the container; it cannot be asked for established connections. */
void body_checkpoint(struct str *out, const struct request_args *args)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "CheckpointID", args->name);
	jsonw_text_if(&w, "CheckpointDir", args->path);
	jsonw_bool(&w, "Exit", false);
	jsonw_end(&w);
}

/* Force is for a container that is gone while its network still names it. */
void body_disconnect(struct str *out, const struct request_args *args)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "Container", args->id);
	jsonw_bool(&w, "Force", false);
	jsonw_end(&w);
}

/* The engine gives this one itself, each time anew; Podman would have it twice. */
static bool is_own_alias(const char *alias, const char *id)
{
	return strlen(alias) == SHORT_ID && !strncmp(alias, id, SHORT_ID);
}

static void add_aliases(struct jsonw *w, const char *key, const struct request_args *args)
{
	const struct endpoint *p = args->endpoint;

	jsonw_array(w, key);
	for (size_t i = 0; i < p->alias_count; i++)
		if (!is_own_alias(p->aliases[i], args->id))
			jsonw_text(w, NULL, p->aliases[i]);
	jsonw_end(w);
}

static void add_options(struct jsonw *w, const char *key, const struct endpoint *p)
{
	if (!p->option_count)
		return;
	jsonw_object(w, key);
	for (size_t i = 0; i < p->option_count; i++)
		jsonw_text(w, p->options[i].key, p->options[i].value);
	jsonw_end(w);
}

/*
 * Only an address that was asked for: where it was not, Docker refuses one ("only when connecting
 * to networks with user configured subnets"). Before API 1.54 the daemon drops the MAC.
 */
void body_connect_docker(struct str *out, const struct request_args *args)
{
	const struct endpoint *p = args->endpoint;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "Container", args->id);
	jsonw_object(&w, "EndpointConfig");
	if (!args->any_address && (p->static_ipv4 || p->static_ipv6)) {
		jsonw_object(&w, "IPAMConfig");
		jsonw_text_if(&w, "IPv4Address", p->static_ipv4);
		jsonw_text_if(&w, "IPv6Address", p->static_ipv6);
		jsonw_end(&w);
	}
	if (p->alias_count)
		add_aliases(&w, "Aliases", args);
	if (p->link_count) {
		jsonw_array(&w, "Links");
		for (size_t i = 0; i < p->link_count; i++)
			jsonw_text(&w, NULL, p->links[i]);
		jsonw_end(&w);
	}
	jsonw_text_if(&w, "MacAddress", p->mac);
	add_options(&w, "DriverOpts", p);
	if (p->gateway_priority)
		jsonw_i64(&w, "GwPriority", p->gateway_priority);
	jsonw_end(&w);
	jsonw_end(&w);
}

/*
 * The addresses that it had: Podman does not say which were asked for, and takes them on every
 * network.
 */
void body_connect_podman(struct str *out, const struct request_args *args)
{
	const struct endpoint *p = args->endpoint;
	const char *ipv4 = p->static_ipv4 ? p->static_ipv4 : p->ipv4;
	const char *ipv6 = p->static_ipv6 ? p->static_ipv6 : p->ipv6;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "container", args->id);
	if (p->alias_count)
		add_aliases(&w, "aliases", args);
	if (!args->any_address && (ipv4 || ipv6)) {
		jsonw_array(&w, "static_ips");
		if (ipv4)
			jsonw_text(&w, NULL, ipv4);
		if (ipv6)
			jsonw_text(&w, NULL, ipv6);
		jsonw_end(&w);
	}
	jsonw_text_if(&w, "static_mac", p->mac);
	if (!args->any_interface)
		jsonw_text_if(&w, "interface_name", p->interface);
	add_options(&w, "options", p);
	jsonw_end(&w);
}

/* Labels here, not as changes in the query: those are Dockerfile lines, with its quotes and `$`. */
void body_commit(struct str *out, const struct request_args *args)
{
	const struct commit *c = args->commit;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_object(&w, "Labels");
	for (size_t i = 0; i < c->label_count; i++)
		jsonw_text(&w, c->labels[i].key, c->labels[i].value);
	jsonw_end(&w);
	jsonw_end(&w);
}
