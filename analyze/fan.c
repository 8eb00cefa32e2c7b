/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/fan.h"

#include <stdlib.h>

#include "lib/base/own.h"

struct arm {
	struct run_reader *reader;
	bool gives_wants;
	struct record record; /* the next of it */
};

struct fan {
	struct arm **heap; /* the least first; those that are over are gone */
	size_t count;
	bool is_started;
};

struct fan *fan_new(const struct run *runs, size_t count)
{
	struct fan *f = xcalloc(1, sizeof(*f));

	f->heap = xcalloc(count, sizeof(*f->heap));
	for (; f->count < count; f->count++) {
		struct arm *a = f->heap[f->count] = xcalloc(1, sizeof(*a));

		a->reader = run_reader_new(&runs[f->count]);
		a->gives_wants = runs[f->count].may_want;
	}
	return f;
}

static void arm_free(struct arm *a)
{
	run_reader_freep(&a->reader);
	free(a);
}

void fan_freep(struct fan **f)
{
	struct fan *it = steal(f);

	if (!it)
		return;
	for (size_t i = 0; i < it->count; i++)
		arm_free(it->heap[i]);
	free(it->heap);
	free(it);
}

static int advance(struct arm *a, struct err *e)
{
	int got;

	do
		got = run_next(a->reader, &a->record, e);
	while (got > 0 && a->record.kind == RECORD_WANT && !a->gives_wants);
	return got;
}

static void sink_down(struct fan *f, size_t at)
{
	for (;;) {
		size_t least = at;

		for (size_t i = 2 * at + 1; i <= 2 * at + 2 && i < f->count; i++)
			if (record_compare(&f->heap[i]->record, &f->heap[least]->record) < 0)
				least = i;
		if (least == at)
			return;
		struct arm *swap = f->heap[at];

		f->heap[at] = f->heap[least];
		f->heap[least] = swap;
		at = least;
	}
}

/* The arm at AT moves on, or goes. */
static int step(struct fan *f, size_t at, struct err *e)
{
	int got = advance(f->heap[at], e);

	if (got == 0) {
		arm_free(f->heap[at]);
		f->heap[at] = f->heap[--f->count];
	}
	return got < 0 ? -1 : 0;
}

int fan_pop(struct fan *f, struct err *e)
{
	if (f->is_started) {
		if (f->count && step(f, 0, e) < 0)
			return -1;
		sink_down(f, 0);
		return 0;
	}
	f->is_started = true;
	for (size_t i = f->count; i-- > 0;)
		if (step(f, i, e) < 0)
			return -1;
	for (size_t i = f->count / 2; i-- > 0;)
		sink_down(f, i);
	return 0;
}

const struct record *fan_top(const struct fan *f)
{
	return f->is_started && f->count ? &f->heap[0]->record : NULL;
}
