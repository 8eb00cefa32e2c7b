/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/ring.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/base/own.h"

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct batch *slots[RING_SLOTS];   /* made when first used: a small tree needs one */
	unsigned long passed[RING_STAGES]; /* how many batches each stage is done with */
	bool is_ended, has_failed;
	struct err why;
};

struct ring *ring_new(void)
{
	struct ring *r = xcalloc(1, sizeof(*r));

	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->moved, NULL);
	return r;
}

void ring_freep(struct ring **it)
{
	struct ring *r = steal(it);

	if (!r)
		return;
	for (unsigned i = 0; i < RING_SLOTS; i++)
		free(r->slots[i]);
	(void)pthread_cond_destroy(&r->moved);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

static bool is_ready(const struct ring *r, unsigned stage)
{
	if (stage == 0)
		return r->passed[0] - r->passed[RING_STAGES - 1] < RING_SLOTS;
	return r->passed[stage] < r->passed[stage - 1];
}

struct batch *ring_take(struct ring *r, unsigned stage)
{
	struct batch **slot, *taken = NULL;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->has_failed && !is_ready(r, stage) &&
	       !(stage && r->is_ended && r->passed[stage] == r->passed[0]))
		(void)pthread_cond_wait(&r->moved, &r->lock);
	if (!r->has_failed && is_ready(r, stage)) {
		slot = &r->slots[r->passed[stage] % RING_SLOTS];
		if (!*slot)
			*slot = xmalloc(sizeof(**slot));
		taken = *slot;
		if (stage == 0)
			taken->used = 0;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return taken;
}

void ring_pass(struct ring *r, unsigned stage)
{
	(void)pthread_mutex_lock(&r->lock);
	r->passed[stage]++;
	(void)pthread_cond_broadcast(&r->moved);
	(void)pthread_mutex_unlock(&r->lock);
}

void ring_end(struct ring *r)
{
	(void)pthread_mutex_lock(&r->lock);
	r->is_ended = true;
	(void)pthread_cond_broadcast(&r->moved);
	(void)pthread_mutex_unlock(&r->lock);
}

void ring_fail(struct ring *r, const struct err *why)
{
	(void)pthread_mutex_lock(&r->lock);
	if (!r->has_failed)
		r->why = *why;
	r->has_failed = true;
	(void)pthread_cond_broadcast(&r->moved);
	(void)pthread_mutex_unlock(&r->lock);
}

int ring_result(struct ring *r, struct err *e)
{
	int result = 0;

	(void)pthread_mutex_lock(&r->lock);
	if (r->has_failed) {
		*e = r->why;
		result = -1;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return result;
}
