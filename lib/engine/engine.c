/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/engine/engine.h"

#include <stdlib.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/engine/body.h"
#include "lib/engine/find.h"
#include "lib/engine/http.h"
#include "lib/engine/route.h"
#include "lib/engine/service.h"

#define FIRST_MS (30u * 1000)
#define SLOW_MS  (600u * 1000) /* a checkpoint or an image is made before its first byte is sent */
#define STALL_MS (30u * 1000)

void engine_freep(struct engine **g)
{
	struct engine *it = steal(g);

	if (!it)
		return;
	podman_service_freep(&it->service);
	if (it->link) {
		free(it->link->socket);
		free(it->link->base);
		free(it->link->cert_dir);
	}
	free(it->link);
	free(it->label);
	free(it->address);
	free(it->version);
	free(it->api);
	free(it);
}

/* An engine that is still being tried has no label: its address is put in front by who tries. */
static int labelled(const struct engine *g, struct err *e)
{
	return g->label ? err_wrap(e, "%s", g->label) : -1;
}

int engine_ask_within(struct engine *g, enum request what, const struct request_args *args,
		      unsigned total_ms, struct source **out, struct err *e)
{
	static const struct request_args none = { 0 };
	AUTO(str_release) struct str path = STR_INIT(ROUTE_MAX);
	AUTO(str_release) struct str body = STR_INIT(BODY_MAX);
	const struct route *route = route_of(g, what);
	struct http_request request = { .method = route->method, .total_ms = total_ms };

	if (!args)
		args = &none;
	if (!route->method)
		return err_set(e, ERR_USAGE, "%s has no such request", dialect_word(g->dialect));
	if (route_path(g, route, args, &path, e) < 0)
		return labelled(g, e);
	if (route->body) {
		route->body(&body, args);
		if (str_ok(&body, "the body of a request", e) < 0)
			return labelled(g, e);
		request.body = body.buf;
	}
	request.path = path.buf;
	request.first_ms = (route->is_slow ? SLOW_MS : FIRST_MS) + 1000 * args->seconds;
	request.stall_ms = route->is_quiet && !args->until ? 0 : STALL_MS;
	request.ignores_signal = route->is_undo || args->despite_signal;
	request.takes_304 = route->may_be_so;
	if (http_open(g->link, &request, out, e) < 0)
		return labelled(g, e);
	return 0;
}

int engine_ask(struct engine *g, enum request what, const struct request_args *args,
	       struct source **out, struct err *e)
{
	return engine_ask_within(g, what, args, 0, out, e);
}

int engine_wait(struct source *s, unsigned timeout_ms, struct err *e)
{
	return http_wait(s, timeout_ms, e);
}

char *engine_request_text(const struct engine *g, enum request what,
			  const struct request_args *args)
{
	static const struct request_args none = { 0 };
	AUTO(str_release) struct str text = STR_INIT(ROUTE_MAX + BODY_MAX);
	const struct route *route = route_of(g, what);
	struct err ignored = { 0 };

	if (!args)
		args = &none;
	str_addf(&text, "%s ", route->method ? route->method : "-");
	if (route->method)
		/* What cannot be asked is told by engine_ask(); here the text stays as far as it
		 * came. */
		(void)!route_path(g, route, args, &text, &ignored);
	if (route->body) {
		str_addc(&text, ' ');
		route->body(&text, args);
	}
	return str_detach(&text);
}

int engine_fetch_within(struct engine *g, enum request what, const struct request_args *args,
			unsigned total_ms, struct str *body, struct err *e)
{
	AUTO(source_closep) struct source *answer = NULL;

	if (engine_ask_within(g, what, args, total_ms, &answer, e) < 0)
		return -1;
	if (source_slurp(answer, body, "the answer", e) < 0)
		return labelled(g, e);
	return 0;
}

int engine_fetch(struct engine *g, enum request what, const struct request_args *args,
		 struct str *body, struct err *e)
{
	return engine_fetch_within(g, what, args, 0, body, e);
}

void container_list_release(struct container_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		container_release(&l->items[i]);
	free(l->items);
	*l = (struct container_list){ 0 };
}

int container_list_parse(enum dialect d, const char *text, size_t len, struct container_list *out,
			 struct err *e)
{
	AUTO(container_list_release) struct container_list list = { 0 };
	AUTO(json_freep) struct cJSON *doc = json_parse(text, len, e);

	if (!doc)
		return -1;
	if (!json_is_list(doc))
		return err_set(e, ERR_FORMAT, "the list of containers is no list");
	if (json_count(doc) > CONTAINERS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d containers", CONTAINERS_MAX);
	list.items = xcalloc(json_count(doc), sizeof(*list.items));
	for (const struct cJSON *item = json_first(doc); item; item = json_next(item)) {
		if (container_from_list(d, item, &list.items[list.count], e) < 0)
			return -1;
		list.count++;
	}
	*out = list;
	list = (struct container_list){ 0 };
	return 0;
}

int engine_list(struct engine *g, bool all, struct container_list *out, struct err *e)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	const struct request_args args = { .all = all };

	if (engine_fetch(g, ASK_LIST, &args, &body, e) < 0)
		return -1;
	if (container_list_parse(g->dialect, body.buf, body.len, out, e) < 0)
		return labelled(g, e);
	return 0;
}
