/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/holds.h"

#include <string.h>

bool deed_stands(const struct deed *d)
{
	return !d->is_undone && d->result != RESULT_REFUSED && d->result != RESULT_FAILED &&
	       d->result != RESULT_NOTHING;
}

bool deed_is_of(const struct deed *d, const struct subject *s)
{
	return d->id && !strcmp(d->id, s->container.id);
}

bool deed_is_of_run(const struct deed *d, const struct subject *s)
{
	return deed_is_of(d, s) && moment_is_same(d->started, s->started);
}

static enum holding by_state(const struct deed *d, const struct subject *now,
			     enum container_state wanted, struct str *why)
{
	if (!deed_is_of_run(d, now)) {
		str_adds(why, "it was started anew since then");
		return HOLDS_NOT;
	}
	/* Then nothing was called: that it is so is somebody else's doing. */
	if (d->result == RESULT_UNKNOWN && d->before == wanted) {
		str_addf(why, "it was %s already", container_state_word(wanted));
		return HOLDS_NOT;
	}
	str_addf(why, "it is %s", container_state_word(now->container.state));
	return now->container.state == wanted ? HOLDS : HOLDS_NOT;
}

/* How many of the networks of D it is in now. */
static size_t count_in(const struct deed *d, const struct subject *now)
{
	size_t in = 0;

	for (size_t i = 0; i < d->network_count; i++)
		in += endpoints_find(&now->endpoints, d->networks[i]) != NULL;
	return in;
}

static enum holding by_networks(const struct deed *d, const struct subject *now, bool wants_in,
				struct str *why)
{
	size_t all = d->network_count, in = count_in(d, now), so = wants_in ? in : all - in;

	if (all == 0) {
		str_adds(why, "no network was taken away from it");
		return HOLDS_NOT;
	}
	if (in == 0)
		str_addf(why, all == 1 ? "it is not in '%s'" : "it is in none of them",
			 d->networks[0]);
	else if (in == all)
		str_addf(why, all == 1 ? "it is in '%s'" : "it is in all of them", d->networks[0]);
	else
		str_addf(why, "it is in %zu of them", in);
	return so == all ? HOLDS : so ? HOLDS_PARTLY : HOLDS_NOT;
}

enum holding deed_holds(const struct deed *d, const struct subject *now, struct str *why)
{
	if (!now) {
		str_adds(why, "the container is gone");
		return d->action->gate == GATE_DESTROYS ? HOLDS : HOLDS_NOT;
	}
	switch (d->action->verb) {
	case VERB_PAUSE:
		return by_state(d, now, STATE_PAUSED, why);
	case VERB_UNPAUSE:
		return by_state(d, now, STATE_RUNNING, why);
	case VERB_DISCONNECT:
	case VERB_ISOLATE:
		return by_networks(d, now, false, why);
	case VERB_RECONNECT:
		return by_networks(d, now, true, why);
	case VERB_STOP:
	case VERB_KILL:
		return by_state(d, now, STATE_STOPPED, why);
	case VERB_REMOVE:
		str_addf(why, "it is %s", container_state_word(now->container.state));
		return HOLDS_NOT;
	case VERB_COMMIT:
	case VERB_COUNT:
		break;
	}
	return HOLDS_UNKNOWN;
}

static bool has_network(const struct deed *d, const char *network)
{
	for (size_t i = 0; i < d->network_count; i++)
		if (!strcmp(d->networks[i], network))
			return true;
	return false;
}

bool deed_is_all_in(const struct deed *d, const struct deed *later)
{
	for (size_t i = 0; i < d->network_count; i++)
		if (!has_network(later, d->networks[i]))
			return false;
	return true;
}

/* isolate and disconnect are one as far as what takes them back goes. */
static bool is_opposite(const struct deed *d, const struct deed *later)
{
	if (later->action->verb != d->action->undo && later->action->undo != d->action->verb)
		return false;
	if (later->result != RESULT_DONE && later->result != RESULT_NOTHING &&
	    later->result != RESULT_UNPROVEN)
		return false;
	return deed_is_all_in(d, later);
}

bool deed_is_superseded(const struct deed *d, const struct history *h)
{
	if (d->is_undone)
		return true;
	for (size_t i = 0; d->id && i < h->deed_count; i++)
		if (h->deeds[i].seq > d->seq && h->deeds[i].id && !strcmp(h->deeds[i].id, d->id) &&
		    is_opposite(d, &h->deeds[i]))
			return true;
	return false;
}

static bool is_about_pause(const struct deed *d)
{
	return d->action->verb == VERB_PAUSE || d->action->verb == VERB_UNPAUSE;
}

bool deed_lost_pause(const struct deed *d, const struct history *h, const struct subject *now)
{
	if (d->before != STATE_PAUSED || now->container.state != STATE_RUNNING ||
	    d->dialect != DIALECT_PODMAN || !deed_is_of_run(d, now) ||
	    (d->result != RESULT_UNKNOWN && d->result != RESULT_PARTIAL) ||
	    (d->action->undo != VERB_RECONNECT && d->action->undo != VERB_DISCONNECT))
		return false;
	for (size_t i = 0; h && i < h->deed_count; i++)
		if (h->deeds[i].seq > d->seq && is_about_pause(&h->deeds[i]) &&
		    deed_is_of(&h->deeds[i], now) && deed_stands(&h->deeds[i]))
			return false;
	return true;
}
