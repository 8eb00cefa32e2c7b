/* SPDX-License-Identifier: Apache-2.0 */
/* reconnect: each network that the container was taken out of, as it was. */
#include <string.h>

#include "contain/holds.h"
#include "contain/network.h"
#include "lib/base/json.h"
#include "lib/base/own.h"

#define DIFFERENCES_MAX ((size_t)64 << 10)

static bool took_out(const struct deed *d)
{
	return d->action->verb == VERB_DISCONNECT || d->action->verb == VERB_ISOLATE;
}

static bool is_named(const struct act *a, const char *network)
{
	const struct words *named = a->order->networks;

	for (size_t i = 0; i < named->count; i++)
		if (!strcmp(named->items[i], network))
			return true;
	return !named->count || a->is_undo;
}

static bool is_wanted(const struct act *a, const char *network)
{
	for (size_t i = 0; i < a->wanted_count; i++)
		if (!strcmp(a->wanted[i]->network, network))
			return true;
	return false;
}

static void want_all_of(struct act *a, const struct deed *d)
{
	for (size_t i = 0; i < d->network_count; i++) {
		const struct endpoint *p = endpoints_find(&d->endpoints, d->networks[i]);

		if (!p || !is_named(a, p->network) || is_wanted(a, p->network))
			continue;
		grow(a->wanted, a->wanted_count, a->wanted_cap);
		a->wanted[a->wanted_count++] = p;
	}
}

/* By itself it takes back all that still counts, the newest first; as an undo, one. */
static void choose(struct act *a)
{
	const struct history *h = a->history;

	if (a->is_undo) {
		want_all_of(a, a->taking_back);
		return;
	}
	a->taking_back = NULL;
	for (size_t i = h ? h->deed_count : 0; i-- > 0;) {
		const struct deed *d = &h->deeds[i];

		if (!took_out(d) || !deed_is_of(d, &a->subject) || !deed_stands(d))
			continue;
		want_all_of(a, d);
		if (!a->taking_back && a->wanted_count)
			a->taking_back = d;
	}
}

static bool is_pause_owed(const struct act *a)
{
	return a->taking_back && deed_lost_pause(a->taking_back, a->history, &a->subject);
}

/* Docker is asked only for an address that was asked for before. */
static bool is_taken(const struct act *a, const struct endpoint *p, const struct cJSON *network)
{
	enum dialect d = a->subject.engine->dialect;
	const char *const addresses[] = { d == DIALECT_PODMAN ? p->ipv4 : p->static_ipv4,
					  d == DIALECT_PODMAN ? p->ipv6 : p->static_ipv6 };

	for (size_t i = 0; i < 2; i++)
		if (addresses[i] && endpoint_is_taken(d, network, a->id, addresses[i]))
			return true;
	return false;
}

/* Else the engine would refuse the whole of it. Where it does not say, the call will tell. */
static bool is_address_taken(const struct act *a, const struct endpoint *p)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	AUTO(json_freep) struct cJSON *network = NULL;
	struct request_args args = { .id = a->id, .name = p->network };
	struct err ignored = { 0 };

	if (engine_fetch(a->subject.engine, ASK_NETWORK, &args, &body, &ignored) < 0)
		return false;
	network = json_parse(body.buf, body.len, &ignored);
	return network && is_taken(a, p, network);
}

static void plan_connect(struct act *a, const struct endpoint *p)
{
	struct request_args args = {
		.id = a->id,
		.endpoint = p,
		.any_address = is_address_taken(a, p),
		.any_interface = p->interface && network_has_interface(&a->before, p->interface),
	};

	if (args.any_address)
		sentences_add(&a->notes,
			      "network '%s': the address that it had is another container's now: "
			      "it gets another one",
			      p->network);
	calls_add(&a->calls, ASK_CONNECT, &args);
}

static void plan_calls(struct act *a)
{
	struct request_args args = { .id = a->id };

	network_open(a);
	for (size_t i = 0; i < a->wanted_count; i++) {
		const char *network = a->wanted[i]->network;

		if (endpoints_find(&a->subject.endpoints, network))
			sentences_add(&a->notes, "it is in network '%s' already", network);
		else
			plan_connect(a, a->wanted[i]);
	}
	network_close(a);
	if (!is_pause_owed(a))
		return;
	sentences_add(&a->notes,
		      "it was paused, let run for a moment, and never paused again: that is "
		      "made up for");
	calls_add(&a->calls, ASK_PAUSE, &args);
	a->state_before = STATE_PAUSED;
}

static bool has_missing(const struct act *a)
{
	for (size_t i = 0; i < a->wanted_count; i++)
		if (!endpoints_find(&a->subject.endpoints, a->wanted[i]->network))
			return true;
	return false;
}

static int plan_reconnect(struct act *a, struct err *e)
{
	choose(a);
	if (!a->wanted_count)
		return err_set(
			e, ERR_ENGINE,
			a->order->networks->count
				? "the journal knows of no such network that it was taken "
				  "out of"
				: "the journal knows of no network that it was taken out of");
	for (size_t i = 0; i < a->wanted_count; i++)
		sentences_add(&a->networks, "%s", a->wanted[i]->network);
	if (!has_missing(a) && !is_pause_owed(a))
		a->already = xstrdup(a->wanted_count == 1 ? "it is in that network already"
							  : "it is in all those networks already");
	else
		plan_calls(a);
	return 0;
}

static bool is_back(const struct act *a)
{
	return !has_missing(a) &&
	       (a->state_before != STATE_PAUSED || a->subject.container.state == STATE_PAUSED);
}

static bool has_word(char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

static bool is_equal(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/*
 * Whether all that can be asked for is back: what is missing of that is a failure in part, and what
 * the engine gives as it likes (an address that was dynamic, the interface's name) is only named.
 */
static bool is_as_asked(const struct endpoint *was, const struct endpoint *now)
{
	for (size_t i = 0; i < was->alias_count; i++)
		if (!has_word(now->aliases, now->alias_count, was->aliases[i]))
			return false;
	return (!was->static_ipv4 || is_equal(was->static_ipv4, now->ipv4) ||
		is_equal(was->static_ipv4, now->static_ipv4)) &&
	       (!was->static_ipv6 || is_equal(was->static_ipv6, now->ipv6) ||
		is_equal(was->static_ipv6, now->static_ipv6));
}

static void compare(struct act *a, const struct endpoint *was)
{
	const struct endpoint *now = endpoints_find(&a->subject.endpoints, was->network);
	AUTO(str_release) struct str text = STR_INIT(DIFFERENCES_MAX);
	struct sentences said = { 0 };

	if (!now) {
		sentences_add(&a->proof, "it is still not in network '%s'", was->network);
		return;
	}
	endpoint_compare(was, now, &text);
	sentences_split(&said, text.buf);
	for (size_t i = 0; i < said.count; i++)
		sentences_add(&a->warnings, "network '%s': %s", was->network, said.items[i]);
	if (!said.count)
		sentences_add(&a->proof, "network '%s' is as it was", was->network);
	sentences_release(&said);
	if (!is_as_asked(was, now) && a->result == RESULT_DONE)
		a->result = RESULT_PARTIAL;
}

static bool is_any_back(const struct act *a)
{
	for (size_t i = 0; i < a->wanted_count; i++)
		if (endpoints_find(&a->subject.endpoints, a->wanted[i]->network))
			return true;
	return false;
}

/* Addresses and interfaces are there only while it runs. */
static void look_inside(struct act *a)
{
	if (a->subject.container.state != STATE_RUNNING &&
	    a->subject.container.state != STATE_PAUSED)
		return;
	netview_read(&a->subject, &a->before, &a->after);
	network_name_interfaces(&a->subject.endpoints, &a->after);
	a->has_after = true;
}

static void prove_interfaces(struct act *a)
{
	if (!a->after.is_seen)
		return;
	if (a->after.interfaces.count) {
		sentences_add(&a->proof, "%zu %s in its network namespace",
			      a->after.interfaces.count,
			      a->after.interfaces.count == 1 ? "interface" : "interfaces");
		return;
	}
	sentences_add(&a->proof, "no interface but lo in its network namespace");
	a->result = RESULT_PARTIAL;
}

static void prove_reconnect(struct act *a, bool failed)
{
	act_prove(a, failed, is_back, "the engine says that it is in all of them");
	if (a->result == RESULT_NOTHING || !a->is_seen)
		return;
	look_inside(a);
	for (size_t i = 0; i < a->wanted_count; i++)
		compare(a, a->wanted[i]);
	if (a->result == RESULT_DONE)
		prove_interfaces(a);
	else if (!network_is_paused_as_before(a) || is_any_back(a))
		a->result = RESULT_PARTIAL;
}

const struct verb_room reconnect_room = { plan_reconnect, prove_reconnect };
