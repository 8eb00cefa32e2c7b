/* SPDX-License-Identifier: Apache-2.0 */
#include "list/watch.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"

#define RECONCILE_MS 30000u /* events can be lost: the list is the truth */
#define SETTLE_MS    500u
#define PAUSE_MS     50 /* between two lists, at least, */
#define PAUSE_RATIO  4  /* and so many times what the list took: an engine has other work */
#define RETRY_MS     2000
#define GLANCE_MS    100

struct watcher {
	const struct watch *watch;
	struct engine *engine;
	struct container_list known;
	bool is_lost;
	pthread_t thread;
};

static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;

const char *change_word(enum change_kind kind)
{
	static const char *const words[] = { "added", "changed", "removed" };

	return words[kind];
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct container *)a)->id, ((const struct container *)b)->id);
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Docker's status counts the minutes ("Up 3 minutes"): no change. */
static bool differs(const struct container *a, const struct container *b)
{
	return a->state != b->state || !is_same_text(a->name, b->name) ||
	       !is_same_text(a->image, b->image) || !is_same_text(a->started, b->started) ||
	       !is_same_text(a->ports, b->ports);
}

/* Both are sorted by id. */
static void compare(const struct watch *w, const struct engine *g,
		    const struct container_list *before, const struct container_list *now)
{
	size_t i = 0, k = 0;

	while (i < before->count || k < now->count) {
		const struct container *old = i < before->count ? &before->items[i] : NULL;
		const struct container *new = k < now->count ? &now->items[k] : NULL;
		int order = !old ? 1 : !new ? -1 : strcmp(old->id, new->id);

		if (order < 0)
			w->on_change(CHANGE_REMOVED, g, old);
		else if (order > 0)
			w->on_change(CHANGE_ADDED, g, new);
		else if (differs(old, new))
			w->on_change(CHANGE_CHANGED, g, new);
		i += order <= 0;
		k += order >= 0;
	}
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void rest(int64_t ms)
{
	for (; ms > 0 && !stop_requested(); ms -= GLANCE_MS)
		(void)poll(NULL, 0, ms < GLANCE_MS ? (int)ms : GLANCE_MS);
}

static int list_again(struct watcher *w, struct err *e)
{
	AUTO(container_list_release) struct container_list now = { 0 };
	struct container_list before = w->known;

	if (engine_list(w->engine, w->watch->all, &now, e) < 0 ||
	    engine_list_times(w->engine, &now, e) < 0)
		return -1;
	if (now.count)
		qsort(now.items, now.count, sizeof(*now.items), by_id);
	(void)pthread_mutex_lock(&telling);
	if (w->is_lost)
		w->watch->on_engine(w->engine, NULL);
	w->is_lost = false;
	compare(w->watch, w->engine, &before, &now);
	(void)pthread_mutex_unlock(&telling);
	w->known = now;
	now = before;
	return 0;
}

/* Reads away what has come: the list says what it means. */
static int drain(struct source *events, bool *ended, struct err *e)
{
	char block[16384];
	int ready = 1;

	while (ready == 1 && !*ended) {
		ssize_t n = source_read(events, block, sizeof(block), e);

		if (n < 0)
			return -1;
		*ended = n == 0;
		ready = *ended ? 0 : engine_wait(events, 0, e);
	}
	return ready;
}

/* Returns -1 when the engine or its stream of events is gone. */
static int follow(struct watcher *w, struct err *e)
{
	AUTO(source_closep) struct source *events = NULL;
	const struct request_args every = { 0 };
	unsigned patience = SETTLE_MS;
	bool ended = false;
	int ready;

	/* First the stream, then the list: what happens between the two is not missed. */
	if (engine_ask(w->engine, ASK_EVENTS, &every, &events, e) < 0)
		return -1;
	while (!ended) {
		int64_t began = now_ms();

		if (list_again(w, e) < 0)
			return -1;
		/* One action makes several events, and a busy engine no end of them. */
		rest(PAUSE_MS + PAUSE_RATIO * (now_ms() - began));
		ready = engine_wait(events, patience, e);
		/* Engines send an event before their list knows of it: so a second look, a little
		 * later. */
		patience = ready == 1 ? SETTLE_MS : RECONCILE_MS;
		if (ready < 0 || (ready == 1 && drain(events, &ended, e) < 0))
			return err_wrap(e, "%s", w->engine->label);
	}
	return err_set(e, ERR_ENGINE, "%s: its events ended", w->engine->label);
}

static void lost(struct watcher *w, const struct err *e)
{
	(void)pthread_mutex_lock(&telling);
	if (!w->is_lost)
		w->watch->on_engine(w->engine, e);
	w->is_lost = true;
	(void)pthread_mutex_unlock(&telling);
}

static void *run_watcher(void *data)
{
	struct watcher *w = data;

	while (!stop_requested()) {
		struct err e = { 0 };

		if (follow(w, &e) < 0 && e.kind != ERR_STOPPED)
			lost(w, &e);
		rest(RETRY_MS);
	}
	return NULL;
}

int watch_run(const struct engines *all, const struct watch *w, bool *sick, struct err *e)
{
	AUTO(freep) struct watcher *watchers = xcalloc(all->count, sizeof(*watchers));
	size_t started = 0;
	int result = 0;

	for (; started < all->count; started++) {
		struct watcher *it = &watchers[started];

		it->watch = w;
		it->engine = all->items[started];
		if (pthread_create(&it->thread, NULL, run_watcher, it) != 0) {
			/* The others are not to run on without it. */
			stop_ask();
			result = err_set(e, ERR_SYS, "no thread to watch '%s'", it->engine->label);
			break;
		}
	}
	while (!stop_requested()) {
		if (w->is_over())
			stop_ask();
		(void)poll(NULL, 0, GLANCE_MS);
	}
	for (size_t i = 0; i < started; i++) {
		(void)pthread_join(watchers[i].thread, NULL);
		*sick |= watchers[i].is_lost;
		container_list_release(&watchers[i].known);
	}
	return result;
}
