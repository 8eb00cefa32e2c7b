/* SPDX-License-Identifier: Apache-2.0 */
/* disconnect and isolate. */
#include <string.h>

#include "contain/network.h"
#include "lib/base/own.h"

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

const char *network_why_fixed(const struct container *c)
{
	const char *mode = c->network_mode ? c->network_mode : "";

	if (!strcmp(mode, "host"))
		return "it uses the host's own network";
	if (starts(mode, "container:") || starts(mode, "ns:"))
		return "it shares the network namespace of another";
	if (starts(mode, "pasta") || starts(mode, "slirp4netns"))
		return "its network is made by a process of its own (pasta or slirp4netns), which "
		       "Podman does not take away";
	return NULL;
}

bool network_lifts_pause(const struct act *a)
{
	return a->subject.engine->dialect == DIALECT_PODMAN &&
	       a->subject.container.state == STATE_PAUSED;
}

void network_open(struct act *a)
{
	struct request_args args = { .id = a->id };

	if (!network_lifts_pause(a))
		return;
	calls_add(&a->calls, ASK_UNPAUSE, &args);
	sentences_add(&a->notes,
		      "it is paused, and Podman changes no network of a paused container, "
		      "whatever it answers: it runs for the moment of the calls and is "
		      "paused again");
}

void network_close(struct act *a)
{
	struct request_args args = { .id = a->id };

	if (network_lifts_pause(a))
		calls_owe(&a->calls, ASK_PAUSE, &args);
}

bool network_is_paused_as_before(struct act *a)
{
	if (a->state_before != STATE_PAUSED || a->subject.container.state == STATE_PAUSED)
		return true;
	sentences_add(&a->warnings, "IT WAS PAUSED AND IS %s NOW: pause it again",
		      a->subject.container.state == STATE_RUNNING ? "RUNNING" : "NOT");
	return false;
}

static const struct endpoint *find(const struct act *a, const char *word)
{
	const struct endpoints *all = &a->subject.endpoints;

	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->items[i].network, word) ||
		    (all->items[i].network_id && !strcmp(all->items[i].network_id, word)))
			return &all->items[i];
	return NULL;
}

/* Said of a network that is not one of its own: one that is nowhere is a slip of the hand. */
static int check_network(const struct act *a, const char *word, struct err *e)
{
	AUTO(str_release) struct str body = STR_INIT(CALL_ANSWER_MAX);
	struct request_args args = { .name = word };

	if (engine_fetch(a->subject.engine, ASK_NETWORK, &args, &body, e) < 0)
		return err_wrap(e, "network '%s'", word);
	return 0;
}

static void choose(struct act *a, const struct endpoint *p)
{
	sentences_add(&a->networks, "%s", p->network);
	if (p->ipv4)
		sentences_add(&a->addresses, "%s", p->ipv4);
	if (p->ipv6)
		sentences_add(&a->addresses, "%s", p->ipv6);
}

static void choose_undone(struct act *a)
{
	for (size_t i = 0; i < a->taking_back->network_count; i++) {
		const struct endpoint *p = find(a, a->taking_back->networks[i]);

		if (p)
			choose(a, p);
	}
}

static int choose_networks(struct act *a, struct err *e)
{
	const struct words *named = a->order->networks;
	const struct endpoints *all = &a->subject.endpoints;

	if (a->is_undo) {
		choose_undone(a);
		return 0;
	}

	for (size_t i = 0; i < named->count; i++) {
		const struct endpoint *p = find(a, named->items[i]);

		if (!p && check_network(a, named->items[i], e) < 0)
			return -1;
		if (p)
			choose(a, p);
	}
	for (size_t i = 0; !named->count && i < all->count; i++)
		choose(a, &all->items[i]);
	return 0;
}

static void plan_calls(struct act *a)
{
	network_open(a);
	for (size_t i = 0; i < a->networks.count; i++)
		calls_add(&a->calls, ASK_DISCONNECT,
			  &(struct request_args){ .id = a->id, .name = a->networks.items[i] });
	network_close(a);
}

/* What it had when it was taken out is what counts, also where that was another time. */
static int plan_disconnect(struct act *a, struct err *e)
{
	const char *fixed = network_why_fixed(&a->subject.container);

	if (fixed)
		return err_set(e, ERR_ENGINE, "%s, so that it cannot be disconnected; pause it",
			       fixed);
	if (choose_networks(a, e) < 0)
		return -1;
	if (!a->networks.count)
		a->already = xstrdup(a->order->networks->count ? "it is not in the named networks"
							       : "it is in no network");
	else
		plan_calls(a);
	return 0;
}

/* Where nothing can be taken away the proof says so: that is an answer, no failure. */
static int plan_isolate(struct act *a, struct err *e)
{
	(void)e;
	if (network_why_fixed(&a->subject.container))
		return 0;
	for (size_t i = 0; i < a->subject.endpoints.count; i++)
		choose(a, &a->subject.endpoints.items[i]);
	if (!a->networks.count)
		a->already = xstrdup("it is in no network");
	else
		plan_calls(a);
	return 0;
}

static size_t count_left(const struct act *a)
{
	size_t left = 0;

	for (size_t i = 0; i < a->networks.count; i++)
		left += endpoints_find(&a->subject.endpoints, a->networks.items[i]) != NULL;
	return left;
}

static bool is_out(const struct act *a)
{
	return count_left(a) == 0 &&
	       (a->state_before != STATE_PAUSED || a->subject.container.state == STATE_PAUSED);
}

static bool has_processes(const struct act *a)
{
	enum container_state state = a->subject.container.state;

	return state == STATE_RUNNING || state == STATE_PAUSED;
}

/* As act_prove(), and where some of it was done that is said. */
static void prove_out(struct act *a, bool failed)
{
	size_t left;

	act_prove(a, failed, is_out, "the engine says that it is in none of them");
	if (a->result == RESULT_DONE || a->result == RESULT_NOTHING || !a->is_seen)
		return;
	left = count_left(a);
	for (size_t i = 0; i < a->networks.count; i++)
		if (endpoints_find(&a->subject.endpoints, a->networks.items[i]))
			sentences_add(&a->proof, "it is still in network '%s'",
				      a->networks.items[i]);
	if (!network_is_paused_as_before(a) || left < a->networks.count)
		a->result = RESULT_PARTIAL;
}

static bool view_has(const struct netview *v, const char *address)
{
	size_t len = strlen(address);

	for (size_t i = 0; i < v->interfaces.count; i++)
		for (const char *p = v->interfaces.items[i]; (p = strstr(p, address)); p += len)
			if ((p == v->interfaces.items[i] || !strchr("0123456789abcdef.:", p[-1])) &&
			    !strchr("0123456789abcdef.:", p[len] ? p[len] : ' '))
				return true;
	return false;
}

/* In the namespace: what of the networks it left is still there? */
static void prove_interfaces(struct act *a)
{
	size_t kept = 0;

	if (a->after.is_empty)
		return;
	if (!a->after.is_seen) {
		a->result = RESULT_UNPROVEN;
		sentences_add(&a->proof, "its network namespace could not be looked at: %s",
			      a->after.why_not);
		return;
	}
	for (size_t i = 0; i < a->after.interfaces.count; i++) {
		const char *name = a->after.interfaces.items[i];

		/* One that was not there before is none of those either. */
		if (!a->subject.endpoints.count) {
			sentences_add(&a->proof, "interface %s is still there", name);
			kept++;
		}
	}
	for (size_t i = 0; a->subject.endpoints.count && i < a->addresses.count; i++) {
		if (view_has(&a->after, a->addresses.items[i])) {
			sentences_add(&a->proof, "address %s is still there",
				      a->addresses.items[i]);
			kept++;
		}
	}
	if (kept)
		a->result = RESULT_PARTIAL;
	else
		sentences_add(&a->proof, a->subject.endpoints.count
						 ? "no address of them in its network namespace"
						 : "no interface but lo in its network namespace");
}

static void look_after(struct act *a)
{
	netview_read(&a->subject, &a->before, &a->after);
	a->has_after = true;
}

static void prove_disconnect(struct act *a, bool failed)
{
	prove_out(a, failed);
	if (a->result != RESULT_DONE || !has_processes(a))
		return;
	look_after(a);
	prove_interfaces(a);
}

static void judge(struct act *a)
{
	static const enum result_word results[] = {
		[ISOLATED] = RESULT_DONE,
		[NOT_ISOLATED] = RESULT_NOT_ISOLATED,
		[ISOLATION_UNPROVEN] = RESULT_UNPROVEN,
	};

	look_after(a);
	isolation_judge(&a->subject, &a->before, &a->after, &a->isolation);
	a->has_isolation = true;
	for (size_t i = 0; i < a->isolation.proof.count; i++)
		sentences_add(&a->proof, "%s", a->isolation.proof.items[i]);
	a->result = results[a->isolation.verdict];
	if (a->result == RESULT_DONE && a->already)
		a->result = RESULT_NOTHING;
}

static void prove_isolate(struct act *a, bool failed)
{
	bool is_fixed = network_why_fixed(&a->subject.container) != NULL;

	if (!is_fixed)
		prove_out(a, failed);
	if (is_fixed || a->result == RESULT_DONE || a->result == RESULT_NOTHING)
		judge(a);
}

const struct verb_room disconnect_room = { plan_disconnect, prove_disconnect };
const struct verb_room isolate_room = { plan_isolate, prove_isolate };
