/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

static void words_free(char **words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(words[i]);
	free(words);
}

static void endpoint_release(struct endpoint *p)
{
	char *const texts[] = { p->network, p->network_id,  p->mac,         p->ipv4,
				p->ipv6,    p->static_ipv4, p->static_ipv6, p->interface };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	words_free(p->aliases, p->alias_count);
	words_free(p->links, p->link_count);
	for (size_t i = 0; i < p->option_count; i++) {
		free(p->options[i].key);
		free(p->options[i].value);
	}
	free(p->options);
}

void endpoints_release(struct endpoints *all)
{
	for (size_t i = 0; i < all->count; i++)
		endpoint_release(&all->items[i]);
	free(all->items);
	*all = (struct endpoints){ 0 };
}

static char *keep(const char *s)
{
	return s && *s ? xstrdup(s) : NULL;
}

static int too_many_words(const struct cJSON *list, const char *what, struct err *e)
{
	if (json_count(list) > ENDPOINT_WORDS_MAX)
		return err_set(e, ERR_LIMIT, "an endpoint with more than %d %s", ENDPOINT_WORDS_MAX,
			       what);
	return 0;
}

static int read_words(const struct cJSON *list, const char *what, char ***words, size_t *count,
		      struct err *e)
{
	if (too_many_words(list, what, e) < 0)
		return -1;
	*words = xcalloc(json_count(list), sizeof(**words));
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		if (!json_text(item))
			return err_set(e, ERR_FORMAT, "one of an endpoint's %s is no text", what);
		(*words)[(*count)++] = xstrdup(json_text(item));
	}
	return 0;
}

static int read_options(struct endpoint *p, const struct cJSON *map, struct err *e)
{
	if (too_many_words(map, "driver options", e) < 0)
		return -1;
	p->options = xcalloc(json_count(map), sizeof(*p->options));
	for (const struct cJSON *item = json_first(map); item; item = json_next(item)) {
		if (!json_text(item))
			return err_set(e, ERR_FORMAT, "a driver option of an endpoint is no text");
		p->options[p->option_count++] = (struct endpoint_option){
			.key = xstrdup(json_key(item)),
			.value = xstrdup(json_text(item)),
		};
	}
	return 0;
}

static int read_lists(struct endpoint *p, const struct cJSON *aliases, const struct cJSON *links,
		      const struct cJSON *options, struct err *e)
{
	if (read_words(aliases, "aliases", &p->aliases, &p->alias_count, e) < 0 ||
	    read_words(links, "links", &p->links, &p->link_count, e) < 0)
		return -1;
	return read_options(p, options, e);
}

static int read_endpoint(struct endpoint *p, const struct cJSON *item, struct err *e)
{
	struct obj o = obj_begin(item, "endpoint", e), ipam = obj_in_or(&o, "IPAMConfig");
	struct obj options = obj_in_or(&o, "DriverOpts");
	const struct cJSON *aliases = obj_list_or(&o, "Aliases"), *links = obj_list_or(&o, "Links");

	p->network = xstrdup(json_key(item));
	p->network_id = keep(obj_text_or(&o, "NetworkID", ""));
	p->mac = keep(obj_text_or(&o, "MacAddress", ""));
	p->ipv4 = keep(obj_text_or(&o, "IPAddress", ""));
	p->ipv6 = keep(obj_text_or(&o, "GlobalIPv6Address", ""));
	p->static_ipv4 = keep(obj_text_or(&ipam, "IPv4Address", ""));
	p->static_ipv6 = keep(obj_text_or(&ipam, "IPv6Address", ""));
	p->gateway_priority = obj_i64_or(&o, "GwPriority", 0);
	if (obj_end(&o) < 0)
		return -1;
	return read_lists(p, aliases, links, options.node, e);
}

/*
 * Where it has no network, Podman names the mode instead ("host", and "bridge" when all are gone),
 * also as the id. A connection that failed leaves a network without an endpoint in Docker's answer,
 * as all have while the container does not run.
 */
static bool is_stand_in(enum dialect d, const struct endpoint *p, const struct cJSON *item,
			bool is_running)
{
	const struct cJSON *id = json_member(item, "EndpointID");

	if (d == DIALECT_PODMAN)
		return p->network_id && !strcmp(p->network, p->network_id);
	return is_running && id && json_text(id) && !*json_text(id);
}

static int by_network(const void *a, const void *b)
{
	return strcmp(((const struct endpoint *)a)->network, ((const struct endpoint *)b)->network);
}

static int allocate(struct endpoints *all, const struct cJSON *list, struct err *e)
{
	if (json_count(list) > ENDPOINTS_MAX)
		return err_set(e, ERR_LIMIT, "a container with more than %d networks",
			       ENDPOINTS_MAX);
	all->items = xcalloc(json_count(list), sizeof(*all->items));
	return 0;
}

static void finish(struct endpoints *all, struct endpoints *out)
{
	if (all->count)
		qsort(all->items, all->count, sizeof(*all->items), by_network);
	*out = *all;
	*all = (struct endpoints){ 0 };
}

int endpoints_from_inspect(enum dialect d, const struct cJSON *doc, struct endpoints *out,
			   struct err *e)
{
	AUTO(endpoints_release) struct endpoints all = { 0 };
	struct obj o = obj_begin(doc, "inspect answer", e);
	struct obj settings = obj_in_or(&o, "NetworkSettings"), state = obj_in_or(&o, "State");
	bool is_running = obj_bool_or(&state, "Running", false);
	struct obj networks = obj_in_or(&settings, "Networks");

	if (obj_end(&o) < 0 || allocate(&all, networks.node, e) < 0)
		return -1;
	for (const struct cJSON *item = json_first(networks.node); item; item = json_next(item)) {
		struct endpoint *p = &all.items[all.count++];

		if (read_endpoint(p, item, e) < 0)
			return -1;
		if (!is_stand_in(d, p, item, is_running))
			continue;
		endpoint_release(p);
		*p = (struct endpoint){ 0 };
		all.count--;
	}
	finish(&all, out);
	return 0;
}

static void write_words(struct jsonw *w, const char *key, char *const *words, size_t count)
{
	if (!count)
		return;
	jsonw_array(w, key);
	for (size_t i = 0; i < count; i++)
		jsonw_text(w, NULL, words[i]);
	jsonw_end(w);
}

void endpoints_json(const struct endpoints *all, struct jsonw *w, const char *key)
{
	jsonw_array(w, key);
	for (size_t i = 0; i < all->count; i++) {
		const struct endpoint *p = &all->items[i];

		jsonw_object(w, NULL);
		jsonw_text(w, "network", p->network);
		jsonw_text_if(w, "network_id", p->network_id);
		jsonw_text_if(w, "mac", p->mac);
		jsonw_text_if(w, "ipv4", p->ipv4);
		jsonw_text_if(w, "ipv6", p->ipv6);
		jsonw_text_if(w, "static_ipv4", p->static_ipv4);
		jsonw_text_if(w, "static_ipv6", p->static_ipv6);
		write_words(w, "aliases", p->aliases, p->alias_count);
		write_words(w, "links", p->links, p->link_count);
		if (p->option_count) {
			jsonw_object(w, "options");
			for (size_t j = 0; j < p->option_count; j++)
				jsonw_text(w, p->options[j].key, p->options[j].value);
			jsonw_end(w);
		}
		jsonw_text_if(w, "interface", p->interface);
		if (p->gateway_priority)
			jsonw_i64(w, "gateway_priority", p->gateway_priority);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static int read_own(struct endpoint *p, const struct cJSON *item, struct err *e)
{
	struct obj o = obj_begin(item, "endpoint", e), options = obj_in_or(&o, "options");
	const struct cJSON *aliases = obj_list_or(&o, "aliases"), *links = obj_list_or(&o, "links");

	p->network = xstrdup(obj_text(&o, "network"));
	p->network_id = keep(obj_text_or(&o, "network_id", ""));
	p->mac = keep(obj_text_or(&o, "mac", ""));
	p->ipv4 = keep(obj_text_or(&o, "ipv4", ""));
	p->ipv6 = keep(obj_text_or(&o, "ipv6", ""));
	p->static_ipv4 = keep(obj_text_or(&o, "static_ipv4", ""));
	p->static_ipv6 = keep(obj_text_or(&o, "static_ipv6", ""));
	p->interface = keep(obj_text_or(&o, "interface", ""));
	p->gateway_priority = obj_i64_or(&o, "gateway_priority", 0);
	if (obj_end(&o) < 0)
		return -1;
	return read_lists(p, aliases, links, options.node, e);
}

int endpoints_from_json(const struct cJSON *list, struct endpoints *out, struct err *e)
{
	AUTO(endpoints_release) struct endpoints all = { 0 };

	if (list && !json_is_list(list))
		return err_set(e, ERR_FORMAT, "the endpoints are no list");
	if (allocate(&all, list, e) < 0)
		return -1;
	for (const struct cJSON *item = json_first(list); item; item = json_next(item))
		if (read_own(&all.items[all.count++], item, e) < 0)
			return -1;
	finish(&all, out);
	return 0;
}

/* "10.0.0.4/24" is ADDRESS. */
static bool is_address(const struct cJSON *item, const char *address)
{
	const char *text = item ? json_text(item) : NULL;
	size_t len = strlen(address);

	return text && !strncmp(text, address, len) && (text[len] == '/' || !text[len]);
}

static bool has_address(enum dialect d, const struct cJSON *container, const char *address)
{
	if (d == DIALECT_DOCKER)
		return is_address(json_member(container, "IPv4Address"), address) ||
		       is_address(json_member(container, "IPv6Address"), address);
	for (const struct cJSON *i = json_first(json_member(container, "interfaces")); i;
	     i = json_next(i))
		for (const struct cJSON *s = json_first(json_member(i, "subnets")); s;
		     s = json_next(s))
			if (is_address(json_member(s, "ipnet"), address))
				return true;
	return false;
}

bool endpoint_is_taken(enum dialect d, const struct cJSON *network, const char *id,
		       const char *address)
{
	const struct cJSON *all =
		json_member(network, d == DIALECT_DOCKER ? "Containers" : "containers");

	if (!json_is_object(all))
		return false;
	for (const struct cJSON *item = json_first(all); item; item = json_next(item))
		if (strcmp(json_key(item), id) != 0 && has_address(d, item, address))
			return true;
	return false;
}

const struct endpoint *endpoints_find(const struct endpoints *all, const char *network)
{
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->items[i].network, network))
			return &all->items[i];
	return NULL;
}

/* One line whatever TEXT holds. */
static void add_shown(struct str *out, const char *text)
{
	text_show(out, text, strlen(text));
}

static void compare_text(const char *what, const char *was, const char *now, struct str *out)
{
	if (was && now ? !strcmp(was, now) : was == now)
		return;
	if (now) {
		str_addf(out, "the %s is ", what);
		add_shown(out, now);
		str_adds(out, ", was ");
	} else {
		str_addf(out, "there is no %s, was ", what);
	}
	if (was)
		add_shown(out, was);
	else
		str_adds(out, "none");
	str_addc(out, '\n');
}

static bool has_word(char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

/* As sets: the order says nothing, and Podman names one twice if it is given twice. */
static void compare_words(const char *what, char *const *was, size_t was_count, char *const *now,
			  size_t now_count, struct str *out)
{
	for (int gained = 0; gained < 2; gained++) {
		char *const *words = gained ? now : was;
		size_t count = gained ? now_count : was_count;

		for (size_t i = 0; i < count; i++) {
			if (has_word(gained ? was : now, gained ? was_count : now_count, words[i]))
				continue;
			str_addf(out, "the %s '", what);
			add_shown(out, words[i]);
			str_adds(out, gained ? "' is new\n" : "' is gone\n");
		}
	}
}

static const char *option_value(const struct endpoint *p, const char *key)
{
	for (size_t i = 0; i < p->option_count; i++)
		if (!strcmp(p->options[i].key, key))
			return p->options[i].value;
	return NULL;
}

static void compare_option(const char *key, const char *was, const char *now, struct str *out)
{
	AUTO(str_release) struct str what = STR_INIT(out->max);

	str_adds(&what, "driver option '");
	add_shown(&what, key);
	str_addc(&what, '\'');
	out->over |= what.over;
	compare_text(what.buf, was, now, out);
}

void endpoint_compare(const struct endpoint *was, const struct endpoint *now, struct str *out)
{
	compare_text("address", was->ipv4, now->ipv4, out);
	compare_text("IPv6 address", was->ipv6, now->ipv6, out);
	compare_text("fixed address", was->static_ipv4, now->static_ipv4, out);
	compare_text("fixed IPv6 address", was->static_ipv6, now->static_ipv6, out);
	compare_text("MAC", was->mac, now->mac, out);
	/* Podman does not always say it. */
	if (was->interface && now->interface)
		compare_text("interface", was->interface, now->interface, out);
	compare_words("alias", was->aliases, was->alias_count, now->aliases, now->alias_count, out);
	compare_words("link", was->links, was->link_count, now->links, now->link_count, out);
	for (size_t i = 0; i < was->option_count; i++)
		compare_option(was->options[i].key, was->options[i].value,
			       option_value(now, was->options[i].key), out);
	for (size_t i = 0; i < now->option_count; i++)
		if (!option_value(was, now->options[i].key))
			compare_option(now->options[i].key, NULL, now->options[i].value, out);
	if (was->gateway_priority != now->gateway_priority)
		str_addf(out, "the gateway's priority is %lld, was %lld\n",
			 (long long)now->gateway_priority, (long long)was->gateway_priority);
}
