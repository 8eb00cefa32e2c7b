/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "tests/unit/failing.h"
#include "tests/unit/journals.h"
#include "tests/unit/scratch.h"

static struct journal_state state_now(void)
{
	AUTO(journal_freep) struct journal *j = NULL;
	struct err e = { 0 };

	assert_int_equal(journal_open_reading(journal_file, &j, &e), 0);
	return journal_state_of(j);
}

static void slurp(struct str *out)
{
	struct err e = { 0 };

	str_reset(out);
	assert_int_equal(file_slurp(AT_FDCWD, journal_file, out, &e), 0);
}

static void put(const char *p, size_t len)
{
	int fd = open(journal_file, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(write(fd, p, len), len);
	assert_int_equal(close(fd), 0);
}

/* Three lines: opened, intent, outcome. */
static void write_three(struct str *out)
{
	AUTO(journal_freep) struct journal *j = journal_opened();

	journal_must_append(j, "intent");
	journal_must_append(j, "outcome");
	slurp(out);
}

static size_t last_line(const struct str *s)
{
	return (size_t)((char *)memrchr(s->buf, '\n', s->len - 1) - s->buf) + 1;
}

static void it_opens_with_the_scene_and_each_line_follows(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	AUTO(journal_freep) struct journal *j = journal_opened();
	struct journal_state now;
	char head[SHA256_HEX];
	struct err e = { 0 };
	uint64_t seq = 99;

	(void)state;
	now = journal_state_of(j);
	assert_int_equal(now.lines, 0);
	assert_string_equal(now.head, CUSTODY_ZERO);
	assert_int_equal(journal_append(j, "intent", &seq, &e), 0);
	assert_int_equal(seq, 1);
	assert_int_equal(journal_append(j, "outcome", &seq, &e), 0);
	assert_int_equal(seq, 2);
	now = journal_state_of(j);
	assert_int_equal(now.lines, 3);
	assert_int_equal(now.broken + now.torn + now.ends_torn, 0);
	slurp(&text);
	assert_int_equal(now.bytes, text.len);
	digest_of(text.buf + last_line(&text), text.len - last_line(&text), head);
	assert_string_equal(now.head, head);
	assert_memory_equal(text.buf, "{\"seq\":0,\"prev\":\"" CUSTODY_ZERO "\"", 82);
	assert_non_null(strstr(text.buf, "\"event\":\"opened\",\"boottime_ns\":\""));
	assert_non_null(strstr(text.buf, "\"scene\":{\"tool\":{\"name\":\"impound\""));
}

/* Cut anywhere, its last line is owned up to, and the chain holds. */
static void a_torn_end_is_owned_up_to_wherever_it_was_cut(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	size_t last;

	(void)state;
	write_three(&text);
	last = last_line(&text);
	for (size_t cut = last + 1; cut < text.len; cut++) {
		AUTO(journal_freep) struct journal *j = NULL;
		bool lacks_lf_alone = cut == text.len - 1;
		struct journal_state now;

		put(text.buf, cut);
		now = state_now();
		assert_true(now.ends_torn);
		assert_int_equal(now.broken + now.torn, 0);
		assert_int_equal(now.lines, 3);
		j = journal_opened();
		journal_must_append(j, "intent");
		now = journal_state_of(j);
		assert_false(now.ends_torn);
		assert_int_equal(now.broken, 0);
		assert_int_equal(now.torn, lacks_lf_alone ? 0 : 1);
		assert_int_equal(now.lines, 5);
	}
}

static void a_torn_line_may_be_followed_by_another(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(65536), more = STR_INIT(65536);
	size_t first, last;

	(void)state;
	write_three(&text);
	first = last_line(&text) + 20;
	put(text.buf, first);
	{
		AUTO(journal_freep) struct journal *j = journal_opened();

		journal_must_append(j, "intent");
	}
	slurp(&more);
	last = (size_t)((char *)memchr(more.buf + first + 1, '\n', more.len) - more.buf);
	/* From its LF alone to the whole of what owns up but for its LF. */
	for (size_t cut = first + 1; cut < last; cut++) {
		AUTO(journal_freep) struct journal *j = NULL;
		struct journal_state now;

		put(more.buf, cut);
		j = journal_opened();
		journal_must_append(j, "intent");
		now = journal_state_of(j);
		assert_int_equal(now.broken, 0);
		assert_int_equal(now.torn, cut == first + 1 ? 1 : 2);
	}
}

/* Nobody makes a line one that a crash cut, after one was. */
static void a_whole_line_cannot_be_passed_off_as_torn(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	struct journal_state now;
	char *intent;

	(void)state;
	write_three(&text);
	put(text.buf, text.len - 5);
	{
		AUTO(journal_freep) struct journal *j = journal_opened();

		journal_must_append(j, "intent");
	}
	slurp(&text);
	now = state_now();
	assert_int_equal(now.torn, 1);
	intent = strstr(text.buf, "\n{\"seq\":1") + 1;
	*intent = 'x';
	put(text.buf, text.len);
	now = state_now();
	assert_int_equal(now.torn, 0);
	assert_int_equal(now.broken, 2);
}

static void whatever_byte_is_changed_is_seen_and_the_writer_goes_on(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	AUTO(journal_freep) struct journal *j = NULL;
	size_t last;

	(void)state;
	write_three(&text);
	last = last_line(&text);
	for (size_t i = 0; i < last; i++) {
		text.buf[i] ^= 1;
		put(text.buf, text.len);
		assert_true(state_now().broken > 0);
		text.buf[i] ^= 1;
	}
	text.buf[5] ^= 1;
	put(text.buf, text.len);
	j = journal_opened();
	journal_must_append(j, "intent");
	assert_int_equal(journal_state_of(j).lines, 4);
	assert_true(journal_state_of(j).broken > 0);
}

static void a_line_too_long_to_be_one_is_passed_over(void **state)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)1 << 20);
	AUTO(freep) char *filler = xcalloc(1, CUSTODY_LINE_MAX + 2);
	AUTO(journal_freep) struct journal *j = NULL;
	struct journal_state now;

	(void)state;
	write_three(&text);
	memset(filler, 'a', CUSTODY_LINE_MAX);
	str_adds(&text, filler);
	put(text.buf, text.len);
	j = journal_opened();
	journal_must_append(j, "intent");
	now = journal_state_of(j);
	assert_int_equal(now.lines, 6);
	assert_int_equal(now.torn, 1);
	assert_int_equal(now.broken, 0);
}

static void a_flood_of_lines_that_are_none_is_counted(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	AUTO(journal_freep) struct journal *j = NULL;
	struct journal_state now;

	(void)state;
	write_three(&text);
	for (int i = 0; i < 1000; i++)
		str_addc(&text, '\n');
	put(text.buf, text.len);
	now = state_now();
	assert_int_equal(now.broken, 1000);
	j = journal_opened();
	journal_must_append(j, "intent");
	now = journal_state_of(j);
	assert_int_equal(now.broken, 1000);
	assert_int_equal(now.lines, 1005);
}

static void a_copy_is_of_what_was_read(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(65536), copy = STR_INIT(65536);
	AUTO(journal_freep) struct journal *j = NULL;
	struct journal_state then;
	struct err e = { 0 };

	(void)state;
	write_three(&text);
	j = journal_opened();
	then = journal_state_of(j);
	journal_must_append(j, "outcome");
	{
		AUTO(sink_closep) struct sink *to = sink_to_str(&copy);

		assert_int_equal(journal_copy(j, &then, to, &e), 0);
	}
	assert_int_equal(copy.len, text.len);
	assert_memory_equal(copy.buf, text.buf, text.len);
	for (size_t n = 0; n < text.len; n++) {
		AUTO(str_release) struct str part = STR_INIT(65536);
		AUTO(sink_closep) struct sink *to = failing_sink(&part, n);

		assert_int_equal(journal_copy(j, &then, to, &(struct err){ 0 }), -1);
	}
	text.buf[text.len - 10] ^= 1;
	put(text.buf, text.len);
	{
		AUTO(sink_closep) struct sink *to = sink_to_str(&copy);

		assert_int_equal(journal_copy(j, &then, to, &e), -1);
		assert_int_equal(e.kind, ERR_INTEGRITY);
	}
	put(text.buf, text.len - 1);
	{
		AUTO(sink_closep) struct sink *to = sink_to_str(&copy);

		assert_int_equal(journal_copy(j, &then, to, &e), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_opens_with_the_scene_and_each_line_follows,
				       journal_setup),
		cmocka_unit_test_setup(a_torn_end_is_owned_up_to_wherever_it_was_cut,
				       journal_setup),
		cmocka_unit_test_setup(a_torn_line_may_be_followed_by_another, journal_setup),
		cmocka_unit_test_setup(a_whole_line_cannot_be_passed_off_as_torn, journal_setup),
		cmocka_unit_test_setup(whatever_byte_is_changed_is_seen_and_the_writer_goes_on,
				       journal_setup),
		cmocka_unit_test_setup(a_line_too_long_to_be_one_is_passed_over, journal_setup),
		cmocka_unit_test_setup(a_flood_of_lines_that_are_none_is_counted, journal_setup),
		cmocka_unit_test_setup(a_copy_is_of_what_was_read, journal_setup),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
