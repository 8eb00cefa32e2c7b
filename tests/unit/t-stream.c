/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"
#include "tests/unit/failing.h"

#define LEN ((size_t)300)

static char text[LEN];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN; i++)
		text[i] = (char)(i * 7);
	return 0;
}

/* Wherever the source breaks, what came before has been written, and it is said. */
static void test_source_breaks(void **state)
{
	(void)state;
	for (size_t n = 0; n <= LEN; n++) {
		AUTO(source_closep) struct source *from = failing_source(text, LEN, n);
		AUTO(str_release) struct str out = STR_INIT(LEN);
		AUTO(sink_closep) struct sink *to = sink_to_str(&out);
		uint64_t copied = 999;
		struct err e = { 0 };

		assert_int_equal(stream_copy(from, to, UINT64_MAX, NULL, &copied, &e),
				 n < LEN ? -1 : 0);
		assert_int_equal(copied, n);
		assert_int_equal(out.len, n);
		assert_memory_equal(out.buf, text, n);
		assert_int_equal(e.sys, n < LEN ? EIO : 0);
	}
}

static void test_sink_breaks(void **state)
{
	(void)state;
	for (size_t n = 0; n <= LEN; n++) {
		AUTO(source_closep) struct source *from = slow_source(text, LEN, 7);
		AUTO(str_release) struct str out = STR_INIT(LEN);
		AUTO(sink_closep) struct sink *to = failing_sink(&out, n);
		uint64_t copied = 999;
		struct err e = { 0 };

		assert_int_equal(stream_copy(from, to, UINT64_MAX, NULL, &copied, &e),
				 n < LEN ? -1 : 0);
		assert_true(copied <= out.len);
		assert_int_equal(out.len, n);
		assert_int_equal(e.sys, n < LEN ? ENOSPC : 0);
	}
}

static void test_limit(void **state)
{
	(void)state;
	for (size_t n = LEN - 5; n <= LEN + 5; n++) {
		AUTO(source_closep) struct source *from = slow_source(text, LEN, 16);
		AUTO(str_release) struct str out = STR_INIT(LEN);
		AUTO(sink_closep) struct sink *to = sink_to_str(&out);
		uint64_t copied;
		struct err e = { 0 };

		assert_int_equal(stream_copy(from, to, n, NULL, &copied, &e), n < LEN ? -1 : 0);
		assert_int_equal(copied, n < LEN ? n : LEN);
		assert_int_equal(out.len, copied);
		assert_int_equal(e.kind, n < LEN ? ERR_LIMIT : ERR_NONE);
	}
}

static void add(void *data, uint64_t bytes)
{
	*(uint64_t *)data += bytes;
}

static void test_tick(void **state)
{
	AUTO(source_closep) struct source *from = slow_source(text, LEN, 16);
	AUTO(str_release) struct str out = STR_INIT(LEN);
	AUTO(sink_closep) struct sink *to = sink_to_str(&out);
	uint64_t ticked = 0;
	const struct tick tick = { .fn = add, .data = &ticked };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(stream_copy(from, to, LEN, &tick, NULL, &e), 0);
	assert_int_equal(ticked, LEN);
}

static void test_read_full(void **state)
{
	AUTO(source_closep) struct source *from = slow_source(text, 10, 3);
	char got[8];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(source_read_full(from, got, 8, &e), 8);
	assert_memory_equal(got, text, 8);
	assert_int_equal(source_read_full(from, got, 8, &e), 2);
	assert_int_equal(source_read_full(from, got, 8, &e), 0);
}

static void test_slurp(void **state)
{
	struct err e = { 0 };

	(void)state;
	for (size_t max = LEN - 2; max <= LEN + 2; max++) {
		AUTO(source_closep) struct source *from = slow_source(text, LEN, 11);
		AUTO(str_release) struct str out = STR_INIT(max);
		int result = source_slurp(from, &out, "answer", &e);

		assert_int_equal(result, max < LEN ? -1 : 0);
		if (max >= LEN)
			assert_memory_equal(out.buf, text, LEN);
	}
	assert_int_equal(e.kind, ERR_LIMIT);
}

static void test_descriptors(void **state)
{
	int ends[2];
	struct source *from;
	struct sink *to;
	char got[8];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	from = source_of_fd(ends[0]);
	to = sink_to_fd(ends[1]);
	assert_int_equal(sink_write(to, "hello", 5, &e), 0);
	assert_int_equal(sink_finish(to, &e), 0);
	assert_int_equal(source_read_full(from, got, 8, &e), 5);
	assert_memory_equal(got, "hello", 5);
	sink_closep(&to);
	source_closep(&from);
	assert_null(to);
	assert_int_equal(fcntl(ends[0], F_GETFD), -1);
	assert_int_equal(fcntl(ends[1], F_GETFD), -1);
	to = sink_to_fd(open("/dev/full", O_WRONLY | O_CLOEXEC));
	assert_int_equal(sink_write(to, "x", 1, &e), -1);
	sink_closep(&to);
	sink_closep(&to);
}

static void test_digest(void **state)
{
	AUTO(digest_freep) struct digest *d = digest_new();
	char hex[SHA256_HEX], again[SHA256_HEX];

	(void)state;
	digest_add(d, "a", 1);
	digest_add(d, "bc", 2);
	digest_end(d, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_of("abc", 3, again);
	assert_string_equal(hex, again);
	digest_reset(d);
	digest_end(d, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_digest_kinds(void **state)
{
	static const struct {
		enum digest_kind kind;
		const char *of_abc;
	} known[] = {
		{ DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72" },
		{ DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ DIGEST_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
				 "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
		{ DIGEST_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"
				 "0a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
				 "454d4423643ce80e2a9ac94fa54ca49f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		AUTO(digest_freep) struct digest *d = digest_new_of(known[i].kind);
		unsigned char sum[DIGEST_MAX];
		char hex[2 * DIGEST_MAX + 1];

		assert_non_null(d);
		digest_add(d, "abc", 3);
		digest_end_bytes(d, sum);
		text_hex(hex, sum, digest_size(known[i].kind));
		assert_string_equal(hex, known[i].of_abc);
	}
	assert_null(digest_new_of(DIGEST_NONE));
	assert_string_equal(digest_word(DIGEST_SHA1), "sha1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source_breaks), cmocka_unit_test(test_sink_breaks),
		cmocka_unit_test(test_limit),         cmocka_unit_test(test_tick),
		cmocka_unit_test(test_read_full),     cmocka_unit_test(test_slurp),
		cmocka_unit_test(test_descriptors),   cmocka_unit_test(test_digest),
		cmocka_unit_test(test_digest_kinds),
	};

	return cmocka_run_group_tests_name("stream", tests, setup, NULL);
}
