/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect/changes.h"
#include "lib/base/own.h"

/* Fed in pieces of every size, so that no cut matters. */
static int feed(struct change_list *l, const char *text, size_t piece, struct err *e)
{
	size_t len = strlen(text);

	for (size_t at = 0; at < len; at += piece)
		if (change_list_feed(l, text + at, len - at < piece ? len - at : piece, e) < 0)
			return -1;
	return change_list_finish(l, e);
}

static void a_list_is_read_and_sorted(void **state)
{
	static const char text[] =
		" [ {\"Path\":\"/tmp/x,]}\\\"\",\"Kind\":1},\n{\"Kind\":0,\"Path\":\"/etc\"},"
		"{\"Path\":\"/a[{\",\"Kind\":2} ] \n";

	(void)state;
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		AUTO(change_list_release) struct change_list l = CHANGE_LIST_INIT;
		struct err e = { 0 };

		assert_int_equal(feed(&l, text, piece, &e), 0);
		assert_int_equal(l.count, 3);
		assert_string_equal(l.items[0].path, "/a[{");
		assert_int_equal(l.items[0].letter, 'D');
		assert_string_equal(l.items[1].path, "/etc");
		assert_int_equal(l.items[1].letter, 'M');
		assert_string_equal(l.items[2].path, "/tmp/x,]}\"");
		assert_int_equal(l.items[2].letter, 'A');
	}
}

static void no_changes_have_three_forms(void **state)
{
	static const char *const texts[] = { "[]", "null\n", " [ \n] " };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		AUTO(change_list_release) struct change_list l = CHANGE_LIST_INIT;
		struct err e = { 0 };

		assert_int_equal(feed(&l, texts[i], 1, &e), 0);
		assert_int_equal(l.count, 0);
	}
}

static void what_is_no_list_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"nullx",
		"x[]",
		"[] []",
		"[]x",
		"[",
		"[{\"Path\":\"/a\",\"Kind\":1}",
		"[{\"Path\":\"/a\",\"Kind\":1},]",
		"[,]",
		"[{\"Path\":\"/a\",\"Kind\":1}{\"Path\":\"/b\",\"Kind\":1}]",
		"[{\"Path\":\"/a\",\"Kind\":3}]",
		"[{\"Path\":\"/a\",\"Kind\":-1}]",
		"[{\"Path\":\"/a\"}]",
		"[{\"Kind\":1}]",
		"[{\"Path\":7,\"Kind\":1}]",
		"[{\"Path\":\"/a\\u0000b\",\"Kind\":1}]",
		"[{\"Path\":\"/a\",\"Path\":\"/b\",\"Kind\":1}]",
		"[1]",
		"[[]]",
		"[}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		AUTO(change_list_release) struct change_list l = CHANGE_LIST_INIT;
		struct err e = { 0 };

		if (feed(&l, texts[i], 1, &e) == 0)
			fail_msg("accepted %s", texts[i]);
		assert_int_not_equal(e.kind, ERR_NONE);
	}
}

static void one_element_has_a_limit(void **state)
{
	AUTO(change_list_release) struct change_list l = CHANGE_LIST_INIT;
	AUTO(freep) char *big = xmalloc(CHANGE_BYTES_MAX);
	struct err e = { 0 };

	(void)state;
	memset(big, 'a', CHANGE_BYTES_MAX);
	assert_int_equal(change_list_feed(&l, "[{\"Path\":\"", 10, &e), 0);
	assert_int_equal(change_list_feed(&l, big, CHANGE_BYTES_MAX, &e), 0);
	assert_int_equal(change_list_feed(&l, "\",\"Kind\":1}]", 12, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_read_and_sorted),
		cmocka_unit_test(no_changes_have_three_forms),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(one_element_has_a_limit),
	};

	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
