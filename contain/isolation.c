/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/isolation.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/own.h"

#define SHOWN_MAX 20 /* connections that get a sentence of their own; the rest is counted */

static const char if_unproven[] = "ask as root on the engine's own host, or pause it";
static const char if_shared[] = "pause it, and whatever else shares the namespace";
static const char if_pod[] =
	"isolate the pod's infra container, which owns the namespace, and pause "
	"the pod's other containers; or pause it";
static const char if_infra[] = "pause the other containers of the pod";
static const char if_host[] = "pause it: from the host's own network nothing can take it";
static const char if_user[] = "pause it: the process that is its network ends only with it";
static const char if_door[] = "pause it: frozen processes use no socket";
static const char if_bound[] = "pause it; the forwarder ends only with the container";
static const char if_frozen[] =
	"unpause it while it is disconnected, so that its own end can break them";
static const char if_paused[] = "leave it paused: frozen processes pass nothing on";
static const char if_left[] = "pause it, and look at what is left";

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Why the engine takes no network from it at all. The sentence; NULL where it does. */
static const char *why_fixed(const struct container *c, const char **alternative)
{
	const char *mode = c->network_mode ? c->network_mode : "";

	if (!strcmp(mode, "host")) {
		*alternative = if_host;
		return "it uses the host's own network";
	}
	if (starts(mode, "container:") && c->pod) {
		*alternative = if_pod;
		return "its network namespace is that of its pod's infra container";
	}
	if (starts(mode, "container:") || starts(mode, "ns:")) {
		*alternative = if_shared;
		return "its network namespace is another's";
	}
	if (starts(mode, "pasta") || starts(mode, "slirp4netns")) {
		*alternative = if_user;
		return "its network is a process of its own (pasta or slirp4netns), which the "
		       "engine does not take away";
	}
	return NULL;
}

/* The first alternative is that of the gravest reason. */
static void against(struct isolation *i, const char *alternative)
{
	i->verdict = NOT_ISOLATED;
	if (!i->alternative)
		i->alternative = alternative;
}

void isolation_foresee(const struct subject *s, const struct netview *before, struct isolation *out)
{
	struct isolation i = { .verdict = ISOLATED };
	const char *alternative = NULL, *fixed = why_fixed(&s->container, &alternative);

	if (fixed) {
		sentences_add(&i.reasons, "%s", fixed);
		against(&i, alternative);
	}
	if (s->container.is_infra) {
		sentences_add(&i.reasons, "the other containers of its pod share its namespace");
		against(&i, if_infra);
	}
	for (size_t n = 0; before->is_seen && n < before->sharers.count; n++) {
		sentences_add(&i.reasons, "its network namespace is shared with %s",
			      before->sharers.items[n]);
		against(&i, if_shared);
	}
	for (size_t n = 0; before->is_seen && n < before->doors.count; n++) {
		sentences_add(&i.reasons, "it has a way out beside the network: %s",
			      before->doors.items[n]);
		against(&i, if_door);
	}
	*out = i;
}

static bool is_same(const struct connection *a, const struct connection *b)
{
	return a->table == b->table && a->local.port == b->local.port &&
	       a->remote.port == b->remote.port && !strcmp(a->local.address, b->local.address) &&
	       !strcmp(a->remote.address, b->remote.address);
}

static const struct connection *find(const struct netview *v, const struct connection *c)
{
	for (size_t i = 0; i < v->connection_count; i++)
		if (is_same(&v->connections[i], c))
			return &v->connections[i];
	return NULL;
}

static void add_end(struct str *out, const struct socket_end *end)
{
	bool is_6 = strchr(end->address, ':') != NULL;

	str_addf(out, "%s%s%s:%u", is_6 ? "[" : "", end->address, is_6 ? "]" : "",
		 (unsigned)end->port);
}

static void add_connection(struct sentences *list, const struct connection *c, const char *what)
{
	AUTO(str_release) struct str text = STR_INIT(1024);

	str_addf(&text, "%s ", socket_table_name(c->table));
	add_end(&text, &c->local);
	str_adds(&text, " to ");
	add_end(&text, &c->remote);
	sentences_add(list, "%s (%s) %s", text.buf, c->state, what);
}

/* What a connection is now that has not gone, in a namespace that NETS says is closed. */
static const char *fate(const struct netview *after, const struct connection *now)
{
	if (after->interfaces.count || after->is_hosts)
		return now->inode ? "stays open" : "stays open, with no process that holds it";
	return now->inode ? "stays open in its table, and can pass nothing without an interface"
			  : "is orphaned: no process holds it, and the kernel gives it up in time";
}

/* Both looks' connections, one sentence each. */
static void tell_connections(const struct netview *before, const struct netview *after,
			     struct sentences *proof)
{
	size_t told = 0, total = 0;

	for (size_t i = 0; before->is_seen && i < before->connection_count; i++) {
		const struct connection *c = &before->connections[i], *now = find(after, c);

		total++;
		if (told++ < SHOWN_MAX)
			add_connection(proof, now ? now : c, now ? fate(after, now) : "is gone");
	}
	for (size_t i = 0; i < after->connection_count; i++) {
		const struct connection *c = &after->connections[i];

		if (before->is_seen && find(before, c))
			continue;
		total++;
		if (told++ < SHOWN_MAX)
			add_connection(proof, c, fate(after, c));
	}
	if (told > SHOWN_MAX)
		sentences_add(proof, "%zu more connections", total - SHOWN_MAX);
	if (!total)
		sentences_add(proof, "no open connection to anywhere else, before or after");
}

static size_t count_held(const struct netview *v)
{
	size_t count = 0;

	for (size_t i = 0; i < v->connection_count; i++)
		count += v->connections[i].inode != 0;
	return count;
}

static void each(struct isolation *i, const struct sentences *found, const char *says,
		 const char *alternative)
{
	for (size_t n = 0; n < found->count; n++) {
		sentences_add(&i->reasons, "%s%s", says, found->items[n]);
		against(i, alternative);
	}
}

static void none(struct isolation *i, const struct sentences *found, const char *says)
{
	if (!found->count)
		sentences_add(&i->proof, "%s", says);
}

static void judge_interfaces(const struct netview *v, struct isolation *i)
{
	if (v->is_hosts) {
		sentences_add(&i->reasons, "it is in the host's own network namespace");
		against(i, if_host);
		return;
	}
	each(i, &v->interfaces, "it still has the interface ", if_left);
	each(i, &v->routes, "it still has the route ", if_left);
	each(i, &v->sharers, "its network namespace is shared with ", if_shared);
	none(i, &v->interfaces, "no interface but lo");
	for (size_t n = 0; n < v->idle.count; n++)
		sentences_add(&i->proof,
			      "%s is there as in every namespace: no address, no route, never a "
			      "packet",
			      v->idle.items[n]);
	none(i, &v->routes, "no route but those of lo");
	none(i, &v->sharers, "no other process of this host is in it");
}

/* A frozen process cannot notice that its connections are dead: they go on once it is reconnected.
 */
static void judge_frozen(const struct subject *now, const struct netview *v, struct isolation *i)
{
	size_t open = count_held(v);

	if (now->container.state != STATE_PAUSED || !open)
		return;
	sentences_add(&i->reasons,
		      "it is paused, and %zu of its connections %s open: nothing passes without an "
		      "interface, and %s on when it is reconnected",
		      open, open == 1 ? "stays" : "stay", open == 1 ? "it goes" : "they go");
	against(i, if_frozen);
}

static void judge_seen(const struct subject *now, const struct netview *before,
		       const struct netview *after, struct isolation *i)
{
	sentences_add(&i->proof, "looked at its network namespace %llu through its process %d",
		      (unsigned long long)after->netns, (int)after->pid);
	judge_interfaces(after, i);
	each(i, &after->doors, "it has a way out beside the network: ", if_door);
	none(i, &after->doors,
	     "none of its processes is in another network, or holds a socket of another; no "
	     "socket is mounted into it");
	each(i, &after->ports, "still bound on the host: the published port ", if_bound);
	if (after->published_count)
		none(i, &after->ports, "no published port is bound on the host any more");
	judge_frozen(now, after, i);
	tell_connections(before, after, &i->proof);
	if (!after->losses.count || i->verdict == NOT_ISOLATED)
		return;
	i->verdict = ISOLATION_UNPROVEN;
	i->alternative = if_left;
	for (size_t n = 0; n < after->losses.count; n++)
		sentences_add(&i->reasons, "could not be looked at: %s", after->losses.items[n]);
}

/* "none" is listed as a network by both engines, and is none. */
static void judge_listed(const struct subject *now, struct isolation *i)
{
	for (size_t n = 0; n < now->endpoints.count; n++) {
		const char *network = now->endpoints.items[n].network;

		if (!strcmp(network, "none"))
			continue;
		sentences_add(&i->reasons, "the engine still lists it in the network '%s'",
			      network);
		against(i, if_left);
	}
}

void isolation_judge(const struct subject *now, const struct netview *before,
		     const struct netview *after, struct isolation *out)
{
	struct isolation i = { .verdict = ISOLATED };
	const char *alternative = NULL, *fixed = why_fixed(&now->container, &alternative);

	if (fixed) {
		sentences_add(&i.reasons, "%s", fixed);
		against(&i, alternative);
	} else {
		judge_listed(now, &i);
	}
	if (after->is_seen) {
		judge_seen(now, before, after, &i);
	} else if (after->is_empty) {
		sentences_add(&i.proof, "it is not running: no process of it is on this host");
	} else {
		sentences_add(&i.reasons, "its network namespace could not be looked at: %s",
			      after->why_not);
		if (i.verdict == ISOLATED)
			i.verdict = ISOLATION_UNPROVEN;
		if (!i.alternative)
			i.alternative = if_unproven;
	}
	if (i.verdict == NOT_ISOLATED && now->container.state == STATE_PAUSED &&
	    i.alternative != if_frozen)
		i.alternative = if_paused;
	*out = i;
}

void isolation_release(struct isolation *i)
{
	sentences_release(&i->reasons);
	sentences_release(&i->proof);
	*i = (struct isolation){ 0 };
}

void isolation_json(const struct isolation *i, struct jsonw *w, const char *key)
{
	static const char *const words[] = { [ISOLATED] = "isolated",
					     [NOT_ISOLATED] = "not-isolated",
					     [ISOLATION_UNPROVEN] = "unproven" };

	jsonw_object(w, key);
	jsonw_text(w, "verdict", words[i->verdict]);
	sentences_json(&i->reasons, w, "reasons");
	sentences_json(&i->proof, w, "proof");
	jsonw_text_if(w, "alternative", i->alternative);
	jsonw_end(w);
}
