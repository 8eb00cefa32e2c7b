/* SPDX-License-Identifier: Apache-2.0 */
/* Any archive as a layer and as a root file system, laid out, and compared with itself. */
#include <stdint.h>
#include <stdlib.h>

#include "analyze/classify.h"
#include "analyze/layer.h"
#include "analyze/side.h"
#include "lib/base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_different(const struct change *c, void *data, struct err *e)
{
	(void)data;
	(void)e;
	/* A thing cannot differ from itself. */
	if (c->classes)
		abort();
	return 0;
}

/* The one that -1 may come from: a full disk. */
static void sure(int result)
{
	if (result < 0)
		abort();
}

static void read_layers(struct side *s, const uint8_t *data, size_t size)
{
	struct err e = { 0 };

	sure(side_open(s, RUN_MEMORY_LEAST, &e));
	/* Twice the same, so that the upper one hides what it has, and its links find the lower. */
	for (unsigned i = 0; i < 2; i++) {
		AUTO(source_closep) struct source *from = source_of_memory(data, size);
		const struct layer_options options = { .layer = i, .has_whiteouts = i };

		sure(layer_read(s->maker, &options, from, &s->notes, &e));
		grow(s->runs, s->count, s->cap);
		sure(run_end(s->maker, s->fd, s->at, &s->runs[s->count], &e));
		s->at += s->runs[s->count++].len;
		s->layers++;
	}
	sure(side_finish(s, &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(side_release) struct side s = { .fd = -1 };
	struct classify c = { .classes = UINT32_MAX, .own_layer = UINT32_MAX, .fn = is_different };
	struct counts counts = { 0 };
	struct err e = { 0 };

	read_layers(&s, data, size);
	c.image = c.container = side_stack(&s);
	sure(classify(&c, &counts, &e));
	if (counts.image != counts.container)
		abort();
	return 0;
}
