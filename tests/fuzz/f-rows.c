/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as rows of files: as an image, as changes upon it, and as the rows of a tmpfs. */
#include <stdint.h>
#include <stdlib.h>

#include "analyze/classify.h"
#include "analyze/side.h"
#include "lib/base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check(const struct change *c, void *data, struct err *e)
{
	const struct record *n = c->after ? c->after : c->before;

	(void)data;
	(void)e;
	if (!n || n->key_len > KEY_MAX || n->link_len > KEY_MAX || !c->classes)
		abort();
	return 0;
}

static void sure(int result)
{
	if (result < 0)
		abort();
}

static void read_rows(struct side *s, const uint8_t *data, size_t size, const struct side *upon)
{
	AUTO(source_closep) struct source *from = source_of_memory(data, size);
	AUTO(rows_head_release) struct rows_head head = { .mount = STR_INIT(1) };
	struct err e = { 0 };

	sure(side_open(s, RUN_MEMORY_LEAST, &e));
	if (upon)
		side_begin_upon(s, upon);
	sure(side_read_rows(s, from, &head, &e));
	sure(side_finish(s, &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(side_release) struct side image = { .fd = -1 }, container = { .fd = -1 };
	struct classify c = { .classes = UINT32_MAX, .fn = check };
	struct counts counts = { 0 };
	struct err e = { 0 };

	read_rows(&image, data, size, NULL);
	read_rows(&container, data, size, &image);
	c.own_layer = image.layers;
	c.image = c.mounted = side_stack(&image);
	c.container = side_stack(&container);
	sure(classify(&c, &counts, &e));
	c.is_told = true;
	c.container = side_stack(&image);
	sure(classify(&c, &counts, &e));
	return 0;
}
