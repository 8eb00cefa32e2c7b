/* SPDX-License-Identifier: Apache-2.0 */
/* Layers and root file systems as tars: what names mean, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "analyze/classify.h"
#include "analyze/layer.h"
#include "analyze/merge.h"
#include "analyze/side.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"
#include "tests/unit/trees.h"

#define sure(call)                                                                                 \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s", e.text);                                                    \
	} while (0)

/* A tar, member by member: "d name", "f name content", "l name target", "h name target". */
static void make(struct str *out, const char *const *members)
{
	AUTO(sink_closep) struct sink *to = sink_to_str(out);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	struct err e = { 0 };

	for (; *members; members++) {
		AUTO(freep) char *line = xstrdup(*members + 2);
		char *rest = strchr(line, ' ');
		struct tar_entry n = { .path = line,
				       .mode = S_IFREG | 0644,
				       .mtime.tv_sec = 1,
				       .atime.tv_nsec = -1,
				       .ctime.tv_nsec = -1 };

		if (rest)
			*rest++ = '\0';
		if (**members == 'd')
			n.mode = S_IFDIR | 0700;
		else if (**members == 'l')
			n.mode = S_IFLNK | 0777;
		else if (**members == 'f')
			n.size = rest ? strlen(rest) : 0;
		n.is_hardlink = **members == 'h';
		n.link = **members == 'l' || **members == 'h' ? rest : NULL;
		sure(tar_put(w, &n, &e));
		if (n.size)
			sure(tar_data(w, rest, (size_t)n.size, &e));
	}
	sure(tar_writer_finish(w, &e));
}

static void read_bytes(struct side *s, const char *bytes, size_t len, bool is_layer)
{
	AUTO(source_closep) struct source *tar = source_of_memory(bytes, len);
	const struct layer_options options = { .layer = s->layers, .has_whiteouts = is_layer };
	struct err e = { 0 };

	sure(layer_read(s->maker, &options, tar, &s->notes, &e));
	grow(s->runs, s->count, s->cap);
	sure(run_end(s->maker, s->fd, s->at, &s->runs[s->count], &e));
	s->at += s->runs[s->count++].len;
	s->layers++;
}

static void read_members(struct side *s, bool is_layer, const char *const *members)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)1 << 28);

	make(&text, members);
	read_bytes(s, text.buf, text.len, is_layer);
}
#define read_layer(s, ...)  read_members(s, true, (const char *const[]){ __VA_ARGS__, NULL })
#define read_rootfs(s, ...) read_members(s, false, (const char *const[]){ __VA_ARGS__, NULL })

static void open_side(struct side *s)
{
	struct err e = { 0 };

	sure(side_open(s, RUN_MEMORY_LEAST, &e));
}

/* All that is there, a word each: "/a/ /a/b". A link that leads nowhere has a '!', what is only
 * implied a '?'. */
static void expect(struct side *s, const char *expected)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)1 << 20);
	AUTO(merge_freep) struct merge *m = NULL;
	struct stack stack;
	struct record n;
	struct err e = { 0 };
	int got;

	sure(side_finish(s, &e));
	stack = side_stack(s);
	m = merge_new(stack.runs, stack.count, stack.layers);
	while ((got = merge_next(m, &n, &e)) > 0) {
		if (!n.key_len)
			continue;
		str_adds(&text, text.len ? " " : "");
		key_show(&text, n.key, n.key_len);
		if (S_ISDIR(n.state.mode))
			str_addc(&text, '/');
		if (n.state.has & STATE_LOST)
			str_addc(&text, '!');
		if (n.kind == RECORD_IMPLIED)
			str_addc(&text, '?');
	}
	sure(got);
	assert_string_equal(text.buf, expected);
}

static void expect_note(const struct side *s, const char *id, bool is_incomplete)
{
	assert_int_equal(s->notes.is_incomplete, is_incomplete);
	for (size_t i = 0; i < s->notes.kept; i++)
		if (!strcmp(s->notes.items[i].id, id))
			return;
	fail_msg("no note %s", id);
}

static void names_find_their_place(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_rootfs(&s, "d ./a//b/", "f ./a/./c x", "d .", "f a.b x", "f .wh.a x",
		    "f a/.wh..wh..opq x");
	assert_int_equal(s.notes.count, 0);
	expect(&s, "/.wh.a /a/? /a/.wh..wh..opq /a/b/ /a/c /a.b");
}

static void absolute_names_are_said(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_rootfs(&s, "f /etc/passwd x", "f //b x");
	assert_int_equal(s.notes.count, 1);
	expect_note(&s, "name-absolute", false);
	expect(&s, "/b /etc/? /etc/passwd");
}

static void climbing_names_are_left_out(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_rootfs(&s, "f ../a x", "f a/../b x", "f c/.. x", "f ..a x", "h d ../../etc/passwd");
	assert_int_equal(s.notes.count, 4);
	expect_note(&s, "name-climbs", true);
	assert_string_equal(s.notes.items[0].name, "../a");
	assert_false(s.notes.is_truncated);
	expect(&s, "/..a /d!");
}

static void whiteouts_hide_what_is_below(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_layer(&s, "d a", "f a/b 1", "f a/c 1", "d d", "f d/e 1", "d d/f", "f d/f/g 1");
	/* In its own layer a whiteout hides nothing, wherever it stands. */
	read_layer(&s, "f a/b 2", "f a/.wh.b", "f d/new 1", "f d/.wh..wh..opq", "f .wh.none");
	assert_int_equal(s.notes.count, 0);
	expect(&s, "/a/ /a/b /a/c /d/ /d/new");
}

static void whiteouts_of_nothing_are_said(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_layer(&s, "f .wh.", "f a/.wh..", "f .wh...", "d .wh..wh.plnk", "f .wh..wh.plnk/1 x",
		   "f .wh..wh.aufs x", "f .wh..a");
	assert_int_equal(s.notes.count, 3);
	expect_note(&s, "whiteout-invalid", false);
	expect(&s, "");
}

static void names_imply_directories(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_layer(&s, "d a", "f b 1", "l c a", "d e", "f e/f 1");
	/* Where there was one its attributes stay; what was none is one now. */
	read_layer(&s, "f a/x/y 1", "f b/x 1", "f c/x 1", "f e 1");
	read_layer(&s, "f e/new 1");
	expect(&s, "/a/ /a/x/? /a/x/y /b/? /b/x /c/? /c/x /e/? /e/new");
}

static void the_last_of_a_name_counts(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_layer(&s, "f a 1", "d a", "d b", "f b 1", "f c 1", "h c nowhere", "f d/e 1", "f d 1");
	expect(&s, "/a/ /b /c! /d /d/e");
}

static void links_get_what_they_point_to(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_layer(&s, "f a 1", "h b a", "h c b", "l l a", "h m l");
	read_layer(&s, "h d ./a", "h e c", "f .wh.a", "h f /e");
	assert_int_equal(s.notes.count, 0);
	expect(&s, "/b /c /d /e /f /l /m");
	assert_false(s.notes.is_incomplete);
}

static void links_in_circles_end(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s);
	read_layer(&s, "h a b", "h b a", "h c c", "h d e", "h e f", "h f d", "h g none", "d x",
		   "h h x", "h i a");
	expect(&s, "/a! /b! /c! /d! /e! /f! /g! /h! /i! /x/");
	expect_note(&s, "link-lost", true);
}

static void links_go_only_so_deep(void **state)
{
	enum { DEEP = LINKS_ROUNDS * LINKS_ROUNDS }; /* each round goes one further than the last */
	AUTO(side_release) struct side s;
	char lines[DEEP][16];
	const char *members[DEEP + 1] = { "f 0 x" };
	struct err e = { 0 };

	(void)state;
	for (unsigned i = 1; i < DEEP; i++) {
		(void)snprintf(lines[i], sizeof(lines[i]), "h %u %u", i, i - 1);
		members[i] = lines[i];
	}
	open_side(&s);
	read_members(&s, true, members);
	sure(side_finish(&s, &e));
	expect_note(&s, "link-deep", true);
}

static int count(const struct change *c, void *data, struct err *e)
{
	(void)c;
	(void)e;
	++*(uint64_t *)data;
	return 0;
}

/* What came is there, a clear word, and nothing that did not come is called deleted. */
static void cut_archives_say_so(void **state)
{
	AUTO(tree_release) struct tree t = tree_new();
	AUTO(str_release) struct str text = STR_INIT(1 << 24);

	(void)state;
	tree_seed = 3;
	tree_mutate(&t, 60);
	tree_tar(&text, NULL, &t);
	for (size_t len = 0; len < text.len; len += 512) {
		AUTO(side_release) struct side whole, cut;
		uint64_t shown = 0;
		struct classify c = { .classes = CHANGE_ADDED | CHANGE_DELETED | CHANGE_TYPE,
				      .own_layer = UINT32_MAX,
				      .fn = count,
				      .data = &shown };
		struct counts counts = { 0 };
		struct err e = { 0 };

		open_side(&whole);
		open_side(&cut);
		read_bytes(&whole, text.buf, text.len, false);
		read_bytes(&cut, text.buf, len, false);
		expect_note(&cut, "archive-broken", true);
		assert_true(cut.notes.is_truncated);
		sure(side_finish(&whole, &e));
		sure(side_finish(&cut, &e));
		c.image = side_stack(&whole);
		c.container = side_stack(&cut);
		sure(classify(&c, &counts, &e));
		assert_int_equal(shown, 0);
		/* An archive of nothing has not even a root. */
		assert_int_equal(counts.unknown_gone + counts.container, t.count);
	}
}

static void mutated_archives_are_read_or_refused(void **state)
{
	AUTO(tree_release) struct tree t = tree_new();
	AUTO(str_release) struct str text = STR_INIT(1 << 24);

	(void)state;
	tree_seed = 5;
	tree_mutate(&t, 30);
	tree_tar(&text, NULL, &t);
	for (unsigned i = 0; i < 2000; i++) {
		AUTO(side_release) struct side s;
		size_t at = tree_dice((unsigned)text.len);
		char was = text.buf[at];
		struct err e = { 0 };

		text.buf[at] = (char)tree_dice(256);
		open_side(&s);
		read_bytes(&s, text.buf, text.len, i & 1);
		sure(side_finish(&s, &e));
		text.buf[at] = was;
	}
}

static void holes_are_hashed_only_so_far(void **state)
{
	static const struct tar_extent none = { UINT64_C(1) << 42, 0 };
	AUTO(str_release) struct str text = STR_INIT(1 << 20);
	AUTO(sink_closep) struct sink *to = sink_to_str(&text);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	AUTO(side_release) struct side s;
	struct tar_entry n = { .path = "hole",
			       .mode = S_IFREG | 0644,
			       .size = UINT64_C(1) << 42,
			       .atime.tv_nsec = -1,
			       .ctime.tv_nsec = -1,
			       .extents = &none,
			       .extent_count = 1 };
	struct err e = { 0 };

	(void)state;
	sure(tar_put(w, &n, &e));
	n.path = "after";
	n.size = n.extent_count = 0;
	sure(tar_put(w, &n, &e));
	sure(tar_writer_finish(w, &e));
	open_side(&s);
	read_bytes(&s, text.buf, text.len, false);
	expect_note(&s, "unhashed", true);
	assert_false(s.notes.is_truncated);
	expect(&s, "/after /hole");
}

static void large_directories_are_read(void **state)
{
	enum { MANY = 100000 };
	AUTO(str_release) struct str text = STR_INIT((size_t)1 << 30);
	AUTO(side_release) struct side s;
	struct stack stack;
	AUTO(merge_freep) struct merge *m = NULL;
	struct record n;
	struct err e = { 0 };
	unsigned seen = 0;
	int got;

	(void)state;
	{
		AUTO(sink_closep) struct sink *to = sink_to_str(&text);
		AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);

		for (unsigned i = 0; i < MANY; i++) {
			char name[32];
			const struct tar_entry entry = { .path = name,
							 .mode = S_IFREG | 0644,
							 .mtime.tv_sec = 1,
							 .atime.tv_nsec = -1,
							 .ctime.tv_nsec = -1 };

			(void)snprintf(name, sizeof(name), "d/%08x", i * 2654435761u);
			sure(tar_put(w, &entry, &e));
		}
		sure(tar_writer_finish(w, &e));
	}
	open_side(&s);
	read_bytes(&s, text.buf, text.len, true);
	sure(side_finish(&s, &e));
	stack = side_stack(&s);
	m = merge_new(stack.runs, stack.count, stack.layers);
	while ((got = merge_next(m, &n, &e)) > 0)
		seen++;
	sure(got);
	assert_int_equal(seen, MANY + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_find_their_place),
		cmocka_unit_test(absolute_names_are_said),
		cmocka_unit_test(climbing_names_are_left_out),
		cmocka_unit_test(whiteouts_hide_what_is_below),
		cmocka_unit_test(whiteouts_of_nothing_are_said),
		cmocka_unit_test(names_imply_directories),
		cmocka_unit_test(the_last_of_a_name_counts),
		cmocka_unit_test(links_get_what_they_point_to),
		cmocka_unit_test(links_in_circles_end),
		cmocka_unit_test(links_go_only_so_deep),
		cmocka_unit_test(cut_archives_say_so),
		cmocka_unit_test(mutated_archives_are_read_or_refused),
		cmocka_unit_test(holes_are_hashed_only_so_far),
		cmocka_unit_test(large_directories_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
