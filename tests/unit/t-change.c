/* SPDX-License-Identifier: Apache-2.0 */
/* In what two paths differ, and what of it is the engine's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "analyze/change.h"
#include "lib/base/tar.h"

static void capabilities_are_compared_as_sets(void **state)
{
	static const char two[20] = { 1, 0, 0, 2, 0x10, 0x20 };
	static const char three[24] = { 1, 0, 0, 3, 0x10, 0x20, [20] = 9 };
	static const char passive[20] = { 0, 0, 0, 2, 0x10, 0x20 };
	struct tar_xattr x[2] = { { "security.capability", two, sizeof(two) },
				  { "security.selinux", "label", 5 } };
	struct record a = { .state = { .mode = S_IFIFO, .has = STATE_META } }, b = a;

	(void)state;
	state_take_xattrs(&a.state, x, 2);
	x[0] = (struct tar_xattr){ "security.capability", three, sizeof(three) };
	state_take_xattrs(&b.state, x, 1);
	assert_true(a.state.has & STATE_CAPS);
	assert_false(a.state.has & STATE_XATTRS);
	assert_int_equal(a.state.permitted, 0x2010);
	assert_int_equal(compare_states(&a, &b), 0);
	x[0] = (struct tar_xattr){ "security.capability", passive, sizeof(passive) };
	b.state = (struct state){ .mode = S_IFIFO, .has = STATE_META };
	state_take_xattrs(&b.state, x, 1);
	assert_int_equal(compare_states(&a, &b), DIFFERS_CAPS);
	/* What the kernel would not take for capabilities is an attribute. */
	x[0] = (struct tar_xattr){ "security.capability", two, 7 };
	b.state = (struct state){ .mode = S_IFIFO, .has = STATE_META };
	state_take_xattrs(&b.state, x, 1);
	assert_int_equal(compare_states(&a, &b), DIFFERS_CAPS | DIFFERS_XATTRS);
}

static void attributes_are_compared_where_both_have_them(void **state)
{
	struct tar_xattr x = { "user.a", "1", 1 };
	struct record a = { .state = { .mode = S_IFDIR, .has = STATE_META } }, b = a;

	(void)state;
	state_take_xattrs(&a.state, &x, 1);
	assert_int_equal(compare_states(&a, &b), DIFFERS_XATTRS);
	/* A tar that has none beside a disk that has some. */
	a.state.has |= STATE_ON_DISK;
	assert_int_equal(compare_states(&a, &b), 0);
	b.state.has |= STATE_ON_DISK;
	assert_int_equal(compare_states(&a, &b), DIFFERS_XATTRS);
	x.value = "2";
	state_take_xattrs(&b.state, &x, 1);
	assert_int_equal(compare_states(&a, &b), DIFFERS_XATTRS);
}

/* What engines put there is known by what it is, not by its name alone. */
static void the_engines_own_is_known(void **state)
{
	struct record n = { .key = "etc\0hosts",
			    .key_len = 9,
			    .state = { .mode = S_IFREG | 0755, .has = STATE_META } };
	struct change c = { .after = &n, .classes = CHANGE_ADDED };

	(void)state;
	assert_true(is_injected(&c));
	n.state.size = 1;
	assert_false(is_injected(&c));
	n.state.size = 0;
	n.state.mode |= S_ISUID;
	assert_false(is_injected(&c));
	n = (struct record){ .key = "dev\0null",
			     .key_len = 8,
			     .state = {
				     .mode = S_IFCHR | 0666, .rdev_major = 1, .rdev_minor = 3 } };
	assert_true(is_injected(&c));
	n.state.rdev_major = 8;
	assert_false(is_injected(&c));
	n = (struct record){ .key = "etc\0mtab",
			     .key_len = 8,
			     .link = "/proc/mounts",
			     .link_len = 12,
			     .state = { .mode = S_IFLNK | 0777 } };
	assert_true(is_injected(&c));
	n.link_len--;
	assert_false(is_injected(&c));
	n.key_len--;
	assert_false(is_injected(&c));
}

static void times_are_equal_to_the_coarser_second(void **state)
{
	struct record a = { .state = { .mode = S_IFIFO,
				       .has = STATE_META | STATE_MTIME,
				       .mtime = 5,
				       .mtime_nsec = 7 } },
		      b = a;

	(void)state;
	b.state.mtime_nsec = 0;
	assert_int_equal(compare_states(&a, &b), 0);
	b.state.mtime_nsec = 8;
	assert_int_equal(compare_states(&a, &b), DIFFERS_MTIME);
	b.state.has = STATE_META;
	assert_int_equal(compare_states(&a, &b), 0);
}

/* Without a hash on both sides sizes tell a difference, and nothing tells that there is none. */
static void contents_without_a_hash_are_not_the_same(void **state)
{
	struct record a = { .state = { .mode = S_IFREG, .has = STATE_META | STATE_SHA256 } }, b = a;

	(void)state;
	assert_int_equal(compare_states(&a, &b), 0);
	b.state.has = STATE_META | STATE_UNHASHED;
	assert_int_equal(compare_states(&a, &b), DIFFERS_UNKNOWN);
	b.state.size = 1;
	assert_int_equal(compare_states(&a, &b), DIFFERS_CONTENT);
	b.state = (struct state){ .mode = 0 };
	assert_int_equal(compare_states(&a, &b), DIFFERS_UNKNOWN);
}

static void classes_have_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHANGE_CLASSES; i++) {
		const char *word = class_word(1u << i);

		assert_int_equal(class_of_word(word, strlen(word)), 1u << i);
	}
	assert_int_equal(class_of_word("add", 3), 0);
	assert_string_equal(class_word(CHANGE_METADATA | CHANGE_CONTENT), "content");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_are_compared_as_sets),
		cmocka_unit_test(attributes_are_compared_where_both_have_them),
		cmocka_unit_test(the_engines_own_is_known),
		cmocka_unit_test(times_are_equal_to_the_coarser_second),
		cmocka_unit_test(contents_without_a_hash_are_not_the_same),
		cmocka_unit_test(classes_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
