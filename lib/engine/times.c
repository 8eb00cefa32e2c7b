/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/engine/find.h"

#define TIMES_MS 5000u
#define ASKERS   4 /* at once: one answer takes about a millisecond */

struct asking {
	struct engine *engine;
	struct container_list *list;
	atomic_size_t next;
	uint64_t deadline;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int ask(struct engine *g, struct container *c, unsigned patience_ms)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	AUTO(container_release) struct container found = { 0 };
	const struct request_args args = { .id = c->id };
	struct err ignored = { 0 };

	if (engine_fetch_within(g, ASK_INSPECT, &args, patience_ms, &body, &ignored) < 0)
		return -1;
	doc = json_parse(body.buf, body.len, &ignored);
	if (!doc || container_from_inspect(g->dialect, doc, &found, &ignored) < 0)
		return -1;
	c->started = steal(&found.started);
	c->finished = steal(&found.finished);
	return 0;
}

static void *run_asker(void *data)
{
	struct asking *a = data;
	size_t at;

	while ((at = atomic_fetch_add(&a->next, 1)) < a->list->count && !stop_requested()) {
		struct container *c = &a->list->items[at];
		uint64_t now = now_ms();

		if (now >= a->deadline)
			break;
		/* One that has gone meanwhile has no times. */
		if (!c->started && c->state != STATE_CREATED)
			(void)ask(a->engine, c, (unsigned)(a->deadline - now));
	}
	return NULL;
}

int engine_list_times(struct engine *g, struct container_list *l, struct err *e)
{
	struct asking a = { .engine = g, .list = l, .deadline = now_ms() + TIMES_MS };
	pthread_t others[ASKERS - 1];
	size_t started = 0;

	if (g->dialect != DIALECT_DOCKER)
		return 0;
	while (started < ASKERS - 1 && started + 1 < l->count &&
	       pthread_create(&others[started], NULL, run_asker, &a) == 0)
		started++;
	(void)run_asker(&a);
	while (started)
		(void)pthread_join(others[--started], NULL);
	return stop_requested() ? stop_err(e) : 0;
}
