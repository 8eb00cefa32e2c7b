/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/model/frames.h"

static const char stream[] = "\1\0\0\0\0\0\0\5hello"
			     "\2\0\0\0\0\0\0\0"
			     "\2\0\0\0\0\0\0\3err"
			     "\1\0\0\0\0\0\0\1!";
#define STREAM_LEN (sizeof(stream) - 1)

/* Feeds LEN bytes in blocks of STEP; "1hello2err1!" is what comes out. */
static int split(const char *p, size_t len, size_t step, struct str *out, struct err *e)
{
	struct frames f = { 0 };

	while (len) {
		size_t n = step < len ? step : len;
		const void *piece = NULL;
		size_t piece_len = 0;
		int from = -1;
		ssize_t used = frames_next(&f, p, n, &from, &piece, &piece_len, e);

		if (used < 0)
			return -1;
		assert_true(used > 0 && (size_t)used <= n);
		if (piece_len) {
			if (!out->len || !strchr("123", out->buf[out->len - 1]))
				str_addc(out, (char)('0' + from));
			str_add(out, piece, piece_len);
		}
		p += used;
		len -= (size_t)used;
	}
	return frames_end(&f, e);
}

static void any_block_size_gives_the_same(void **state)
{
	(void)state;
	for (size_t step = 1; step <= STREAM_LEN; step++) {
		AUTO(str_release) struct str out = STR_INIT(1000);
		AUTO(str_release) struct str plain = STR_INIT(1000);
		struct err e = { 0 };

		assert_int_equal(split(stream, STREAM_LEN, step, &out, &e), 0);
		for (size_t i = 0; i < out.len; i++)
			if (!strchr("123", out.buf[i]))
				str_addc(&plain, out.buf[i]);
		assert_string_equal(plain.buf, "helloerr!");
	}
}

static void cut_anywhere_but_between_frames_is_an_error(void **state)
{
	static const size_t whole[] = { 0, 13, 21, 32, STREAM_LEN };

	(void)state;
	for (size_t n = 0; n <= STREAM_LEN; n++) {
		AUTO(str_release) struct str out = STR_INIT(1000);
		struct err e = { 0 };
		bool between = false;

		for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
			between |= whole[i] == n;
		assert_int_equal(split(stream, n, 7, &out, &e), between ? 0 : -1);
		assert_int_equal(e.kind, between ? ERR_NONE : ERR_FORMAT);
	}
}

static void what_is_no_header_is_refused(void **state)
{
	static const char *const bad[] = { "\4\0\0\0\0\0\0\1x", "\1\1\0\0\0\0\0\1x",
					   "\1\0\0\2\0\0\0\1x", "\1\0\0\0\100\0\0\1x",
					   "\1\0\0\0\377\377\377\377x" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(str_release) struct str out = STR_INIT(1000);
		struct err e = { 0 };

		assert_int_equal(split(bad[i], 9, 9, &out, &e), -1);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_int_equal(out.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_block_size_gives_the_same),
		cmocka_unit_test(cut_anywhere_but_between_frames_is_an_error),
		cmocka_unit_test(what_is_no_header_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
