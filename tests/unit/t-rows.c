/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of files as records, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>

#include "analyze/classify.h"
#include "analyze/merge.h"
#include "analyze/side.h"
#include "lib/base/own.h"
#include "tests/unit/failing.h"

#define FILE_A "\"type\":\"file\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,\"size\":\"3\""
#define SHA_1  "\"sha256\":\"1111111111111111111111111111111111111111111111111111111111111111\""
#define SHA_2  "\"sha256\":\"2222222222222222222222222222222222222222222222222222222222222222\""
#define A_DIR  "\"type\":\"dir\",\"mode\":\"0755\",\"uid\":0,\"gid\":0"

#define sure(call)                                                                                 \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s", e.text);                                                    \
	} while (0)

static void read_rows(struct side *s, struct rows_head *head, const char *text)
{
	AUTO(source_closep) struct source *from = source_of_memory(text, strlen(text));
	struct err e = { 0 };

	sure(side_read_rows(s, from, head, &e));
}

static void open_side(struct side *s, const char *text)
{
	struct err e = { 0 };

	sure(side_open(s, RUN_MEMORY_LEAST, &e));
	if (text)
		read_rows(s, NULL, text);
}

static int say(const struct change *c, void *data, struct err *e)
{
	struct str *out = data;
	const struct record *n = c->after ? c->after : c->before;

	(void)e;
	str_adds(out, out->len ? " " : "");
	str_adds(out, class_word(c->classes));
	key_show(out, n->key, n->key_len);
	if (c->count)
		str_addf(out, ":%u", (unsigned)c->count);
	if (c->is_mounted)
		str_addc(out, '*');
	return 0;
}

static struct counts compare(struct classify *c, const char *expected)
{
	AUTO(str_release) struct str out = STR_INIT(1 << 20);
	struct counts counts = { 0 };
	struct err e = { 0 };

	c->classes = (1u << CHANGE_CLASSES) - 1;
	c->fn = say;
	c->data = &out;
	sure(classify(c, &counts, &e));
	assert_string_equal(out.buf, expected);
	return counts;
}

static const char image_rows[] =
	"{\"layers\":[{\"dir\":\"/x\",\"state\":\"verified\"},{\"state\":\"as stored\"}]}\n"
	"{\"path\":\".\"," A_DIR "}\n"
	"{\"path\":\"a\"," A_DIR "}\n"
	"{\"path\":\"a/b\"," FILE_A "," SHA_1 "}\n"
	"{\"path\":\"a/c\"," FILE_A "," SHA_1 "}\n"
	"{\"path\":\"b\"," FILE_A "," SHA_1 "}\n"
	"{\"path\":\"d\"," A_DIR "}\n"
	"{\"path\":\"d/e\"," FILE_A "," SHA_1 "}\n";

static void the_first_line_says_of_what(void **state)
{
	AUTO(side_release) struct side s;
	AUTO(rows_head_release) struct rows_head head = { .mount = STR_INIT(1) };

	(void)state;
	open_side(&s, NULL);
	read_rows(&s, &head, image_rows);
	assert_int_equal(head.layers, 2);
	assert_int_equal(head.verified, 1);
	assert_int_equal(s.notes.count, 0);
}

/* Changes upon an image; a deletion that is told with all below it or by its top alone. */
static void changes_lie_upon_the_image(void **state)
{
	AUTO(side_release) struct side image, container;
	struct classify c = { .own_layer = 1 };
	struct counts counts;
	struct err e = { 0 };

	(void)state;
	open_side(&image, image_rows);
	sure(side_finish(&image, &e));
	open_side(&container, NULL);
	side_begin_upon(&container, &image);
	read_rows(&container, NULL,
		  "{\"path\":\".\",\"change\":\"M\"," A_DIR ",\"differs\":[]}\n"
		  "{\"path\":\"a/b\",\"change\":\"M\"," FILE_A "," SHA_2 "}\n"
		  "{\"path\":\"d\",\"change\":\"D\"}\n"
		  "{\"path\":\"n\",\"change\":\"A\"," FILE_A "," SHA_2 "}\n");
	sure(side_finish(&container, &e));
	assert_int_equal(container.notes.count, 0);
	c.image = side_stack(&image);
	c.container = side_stack(&container);
	counts = compare(&c, "touched/ content/a/b deleted/d:2 added/n");
	assert_int_equal(counts.image, 7);
	assert_int_equal(counts.container, 6);
	assert_int_equal(counts.of[1], 2);
}

/* Without an image the rows say it themselves. */
static void changes_tell_themselves(void **state)
{
	AUTO(side_release) struct side container, mounted;
	AUTO(rows_head_release) struct rows_head head = { .mount = STR_INIT(1) };
	struct classify c = { .own_layer = UINT32_MAX, .is_told = true };
	struct counts counts;
	struct err e = { 0 };

	(void)state;
	open_side(&container,
		  "{\"path\":\"a\",\"change\":\"M\"," A_DIR ",\"differs\":[]}\n"
		  "{\"path\":\"b\",\"change\":\"M\"," FILE_A ",\"differs\":[\"mode\",\"mtime\"]}\n"
		  "{\"path\":\"c\",\"change\":\"M\"," FILE_A ",\"differs\":[\"content\"]}\n"
		  "{\"path\":\"d\",\"change\":\"D\"," A_DIR "}\n"
		  "{\"path\":\"d/e\",\"change\":\"D\"," FILE_A "}\n"
		  "{\"path\":\"f\",\"change\":\"M\"," FILE_A ",\"differs\":[\"mtime\"]}\n"
		  "{\"path\":\"g\",\"change\":\"M\"," FILE_A "}\n"
		  "{\"path\":\"h\",\"change\":\"M\"," A_DIR "}\n"
		  "{\"path\":\"z\",\"change\":\"A\"," FILE_A "}\n");
	sure(side_finish(&container, &e));
	open_side(&mounted, NULL);
	read_rows(&mounted, &head,
		  "{\"mount\":\"/run/x\"}\n{\"path\":\".\"," A_DIR "}\n"
		  "{\"path\":\"x\"," FILE_A "," SHA_1 "}\n"
		  "{\"path\":\"y\",\"type\":\"hardlink\",\"link\":\"x\"}\n");
	sure(side_finish(&mounted, &e));
	assert_int_equal(mounted.notes.count, 0);
	c.container = side_stack(&container);
	c.mounted = side_stack(&mounted);
	counts = compare(&c, "touched/a metadata/b content/c deleted/d:2 mtime/f "
			     "content/g touched/h added/run/x/x* added/run/x/y* added/z");
	assert_int_equal(counts.mounted, 2);
}

/* In order, also where the directory that it is mounted in is gone. */
static void what_is_mounted_comes_in_its_place(void **state)
{
	AUTO(side_release) struct side image, container, mounted;
	AUTO(rows_head_release) struct rows_head head = { .mount = STR_INIT(1) };
	struct classify c = { .own_layer = UINT32_MAX };
	struct err e = { 0 };

	(void)state;
	open_side(&image, "{\"path\":\".\"," A_DIR "}\n{\"path\":\"dev\"," A_DIR "}\n"
			  "{\"path\":\"dev/shm\"," A_DIR "}\n"
			  "{\"path\":\"dev/shm/old\"," FILE_A "}\n"
			  "{\"path\":\"dev/shm/z\"," FILE_A "}\n");
	sure(side_finish(&image, &e));
	open_side(&container, "{\"path\":\".\"," A_DIR "}\n");
	sure(side_finish(&container, &e));
	open_side(&mounted, NULL);
	read_rows(&mounted, &head,
		  "{\"mount\":\"/dev/shm\"}\n{\"path\":\"a\"," FILE_A "}\n"
		  "{\"path\":\"y\"," FILE_A "}\n");
	sure(side_finish(&mounted, &e));
	c.image = side_stack(&image);
	c.container = side_stack(&container);
	c.mounted = side_stack(&mounted);
	(void)compare(&c, "deleted/dev:4 added/dev/shm/a* added/dev/shm/y*");
}

/* A directory that could not be read whole says nothing of what is missing below it. */
static void gaps_are_no_deletions(void **state)
{
	AUTO(side_release) struct side image, container;
	struct classify c = { .own_layer = UINT32_MAX };
	struct counts counts;
	struct err e = { 0 };

	(void)state;
	open_side(&image, image_rows);
	sure(side_finish(&image, &e));
	open_side(&container, "{\"path\":\".\"," A_DIR "}\n"
			      "{\"path\":\"a\"," A_DIR "}\n"
			      "{\"path\":\"a\",\"type\":\"unknown\",\"error\":\"list: EIO\"}\n"
			      "{\"path\":\"b\",\"type\":\"unknown\",\"error\":\"open: EIO\"}\n");
	sure(side_finish(&container, &e));
	assert_int_equal(container.notes.count, 2);
	assert_true(container.notes.is_incomplete);
	assert_false(container.notes.is_truncated);
	c.image = side_stack(&image);
	c.container = side_stack(&container);
	counts = compare(&c, "deleted/d:2");
	assert_int_equal(counts.unknown_gone, 2);
	assert_int_equal(counts.unknown, 1);
}

static void bad_rows_are_said(void **state)
{
	static const char *const bad[] = {
		"no json",
		"[]",
		"{\"type\":\"file\"}",
		"{\"path\":\"a\",\"mode\":\"888\",\"uid\":0,\"gid\":0}",
		"{\"path\":\"a\",\"mode\":\"0644\",\"uid\":-1,\"gid\":0}",
		"{\"path\":\"a\",\"mode\":\"0644\"}",
		"{\"path\":\"a\",\"mtime\":\"yesterday\"}",
		"{\"path\":\"a\",\"mtime\":\"@1.x\"}",
		"{\"path\":\"a\",\"rdev\":\"1:\"}",
		"{\"path\":\"a\",\"size\":3}",
		"{\"path\":\"a\",\"sha256\":\"11\"}",
		"{\"path\":\"a\",\"change\":\"X\"}",
		"{\"path\":\"a\",\"xattrs\":{\"user.a\":\"?\"}}",
		"{\"path\":\"a\",\"path\":\"b\"}",
		"{\"path_b64\":\"YQBi\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(side_release) struct side s;
		AUTO(freep)
		char *text = xasprintf("{\"path\":\"x\"}\n%s\n{\"path\":\"y\"}\n", bad[i]);
		struct err e = { 0 };

		open_side(&s, text);
		if (s.notes.count != 1 || !s.notes.is_truncated)
			fail_msg("%s", bad[i]);
		sure(side_finish(&s, &e));
	}
}

static void names_that_climb_are_left_out(void **state)
{
	AUTO(side_release) struct side s;

	(void)state;
	open_side(&s, "{\"path\":\"../a\"," FILE_A "}\n{\"path\":\"b/../c\"," FILE_A "}\n");
	assert_int_equal(s.notes.count, 2);
	assert_string_equal(s.notes.items[0].id, "name-climbs");
}

/* One that fails is the caller's business; what was cut is a torn row. */
static void broken_sources_are_told_from_broken_rows(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(image_rows) - 1; n += 7) {
		AUTO(side_release) struct side s, t;
		AUTO(source_closep)
		struct source *failing = failing_source(image_rows, sizeof(image_rows) - 1, n);
		AUTO(source_closep) struct source *cut = cut_source(image_rows, n);
		struct err e = { 0 };

		open_side(&s, NULL);
		assert_int_equal(side_read_rows(&s, failing, NULL, &e), -1);
		assert_int_equal(e.kind, ERR_SYS);
		open_side(&t, NULL);
		sure(side_read_rows(&t, cut, NULL, &e));
		assert_true(t.notes.count <= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_says_of_what),
		cmocka_unit_test(changes_lie_upon_the_image),
		cmocka_unit_test(changes_tell_themselves),
		cmocka_unit_test(what_is_mounted_comes_in_its_place),
		cmocka_unit_test(gaps_are_no_deletions),
		cmocka_unit_test(bad_rows_are_said),
		cmocka_unit_test(names_that_climb_are_left_out),
		cmocka_unit_test(broken_sources_are_told_from_broken_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
