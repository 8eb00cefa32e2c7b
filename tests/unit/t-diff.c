/* SPDX-License-Identifier: Apache-2.0 */
/* Random trees, random edits, layered at random into images: the answer is known by construction.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/classify.h"
#include "analyze/layer.h"
#include "analyze/side.h"
#include "lib/base/own.h"
#include "tests/unit/trees.h"

#define LAYERS_MAX 6

static unsigned differences(const struct node *b, const struct node *a)
{
	if (a->type != b->type)
		return DIFFERS_TYPE;
	return (a->type == S_IFREG && a->content != b->content ? DIFFERS_CONTENT : 0u) |
	       (a->type == S_IFLNK && a->content != b->content ? DIFFERS_LINK : 0u) |
	       (a->type == S_IFCHR && a->content != b->content ? DIFFERS_RDEV : 0u) |
	       (a->type != S_IFLNK && a->mode != b->mode ? DIFFERS_MODE : 0u) |
	       (a->uid != b->uid ? DIFFERS_UID : 0u) | (a->mtime != b->mtime ? DIFFERS_MTIME : 0u);
}

static int by_path(const void *x, const void *y)
{
	const char *a = *(const char *const *)x, *b = *(const char *const *)y;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (*a == '/' ? 1
		: *a      ? (unsigned char)*a + 1
			  : 0) -
	       (*b == '/' ? 1
		: *b      ? (unsigned char)*b + 1
			  : 0);
}

static void say(struct str *out, const char *path, const char *class, unsigned differs,
		uint64_t count)
{
	str_addf(out, "%s /%s %x %" PRIu64 "\n", class, path, differs, count);
}

static void expect_common(struct str *out, const struct tree *was, const struct node *b,
			  const struct node *a)
{
	unsigned differs = differences(b, a);
	uint64_t gone = 0;

	if (!differs)
		return;
	for (size_t i = 0; b->type == S_IFDIR && differs & DIFFERS_TYPE && i < was->count; i++)
		gone += tree_is_below(was->nodes[i].path, b->path);
	say(out, a->path,
	    differs & DIFFERS_TYPE       ? "type"
	    : differs & DIFFERS_CONTENT  ? "content"
	    : differs & DIFFERS_METADATA ? "metadata"
					 : "mtime",
	    differs, gone);
}

static void expect(struct str *out, const struct tree *was, const struct tree *now)
{
	AUTO(freep) const char **paths = xcalloc(was->count + now->count, sizeof(char *));
	const char *gone = NULL;
	size_t count = 0;

	for (size_t i = 0; i < was->count; i++)
		paths[count++] = was->nodes[i].path;
	for (size_t i = 0; i < now->count; i++)
		if (!tree_find(was, now->nodes[i].path))
			paths[count++] = now->nodes[i].path;
	qsort(paths, count, sizeof(*paths), by_path);
	for (size_t i = 0; i < count; i++) {
		const struct node *b = tree_find(was, paths[i]), *a = tree_find(now, paths[i]);
		uint64_t below = 0;

		if (gone && tree_is_below(paths[i], gone))
			continue;
		gone = NULL;
		if (a && b) {
			expect_common(out, was, b, a);
			gone = b->type == S_IFDIR && a->type != S_IFDIR ? b->path : NULL;
			continue;
		}
		for (size_t k = 0; b && k < was->count; k++)
			below += tree_is_below(was->nodes[k].path, paths[i]);
		gone = b ? b->path : NULL;
		say(out, paths[i], b ? "deleted" : "added", 0, b ? 1 + below : 0);
	}
}

static int note(const struct change *c, void *data, struct err *e)
{
	AUTO(str_release) struct str path = STR_INIT(KEY_MAX + 2);
	const struct record *n = c->after ? c->after : c->before;

	(void)e;
	key_show(&path, n->key, n->key_len);
	say(data, path.buf + 1, class_word(c->classes), c->differs, c->count);
	return 0;
}

#define sure(call)                                                                                 \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s", e.text);                                                    \
	} while (0)

static void read_layer(struct side *s, const struct tree *lower, const struct tree *now)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)1 << 30);
	AUTO(source_closep) struct source *tar = NULL;
	const struct layer_options options = { .layer = s->layers, .has_whiteouts = true };
	struct err e = { 0 };

	tree_tar(&text, lower, now);
	tar = source_of_memory(text.buf, text.len);
	sure(layer_read(s->maker, &options, tar, &s->notes, &e));
	grow(s->runs, s->count, s->cap);
	sure(run_end(s->maker, s->fd, s->at, &s->runs[s->count], &e));
	s->at += s->runs[s->count++].len;
	s->layers++;
}

static void read_container(struct side *s, const struct side *image, const struct tree *was,
			   const struct tree *now)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)1 << 30);
	AUTO(source_closep) struct source *from = NULL;
	unsigned form = tree_dice(3);
	struct err e = { 0 };

	if (form == 0)
		tree_tar(&text, NULL, now);
	else
		tree_rows(&text, form == 1 ? was : NULL, now);
	if (form == 1)
		side_begin_upon(s, image);
	from = source_of_memory(text.buf, text.len);
	sure(form == 0 ? side_read_tar(s, from, &e) : side_read_rows(s, from, NULL, &e));
	sure(side_finish(s, &e));
}

static void compare(unsigned first, unsigned layers, unsigned steps)
{
	AUTO(tree_release) struct tree lower = tree_empty();
	AUTO(tree_release) struct tree now = tree_new();
	AUTO(side_release) struct side image, container;
	AUTO(str_release) struct str expected = STR_INIT((size_t)1 << 30);
	AUTO(str_release) struct str found = STR_INIT((size_t)1 << 30);
	struct classify c = { .classes = (1u << CHANGE_CLASSES) - 1 - CHANGE_TOUCHED,
			      .own_layer = UINT32_MAX,
			      .fn = note,
			      .data = &found };
	struct counts counts = { 0 };
	struct err e = { 0 };

	sure(side_open(&image, RUN_MEMORY_LEAST, &e));
	sure(side_open(&container, RUN_MEMORY_LEAST, &e));
	for (unsigned i = 0; i < layers; i++) {
		tree_mutate(&now, i ? steps : first);
		read_layer(&image, &lower, &now);
		tree_release(&lower);
		lower = tree_copy(&now);
	}
	sure(side_finish(&image, &e));
	tree_mutate(&now, steps);
	read_container(&container, &image, &lower, &now);
	c.image = side_stack(&image);
	c.container = side_stack(&container);
	sure(classify(&c, &counts, &e));
	expect(&expected, &lower, &now);
	assert_string_equal(found.buf, expected.buf);
	assert_int_equal(counts.image, lower.count);
	assert_int_equal(counts.container, now.count);
	assert_int_equal(counts.unknown, 0);
}

static void small_trees(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		tree_seed = i;
		compare(20, 1 + tree_dice(LAYERS_MAX), 8);
	}
}

/* More than fits into the memory of one sorter. */
static void large_trees(void **state)
{
	(void)state;
	for (tree_seed = 1; tree_seed < 4; tree_seed++)
		compare(9000, 2, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_trees),
		cmocka_unit_test(large_trees),
	};

	/* Thousands of temporary files: no disk need hear of them. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
