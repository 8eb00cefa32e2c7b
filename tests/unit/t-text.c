/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <locale.h>

#include "lib/base/own.h"
#include "lib/base/text.h"

static void shown(const char *in, const char *want)
{
	AUTO(str_release) struct str out = STR_INIT(4096);

	text_show(&out, in, strlen(in));
	assert_string_equal(out.buf, want);
}

static void test_show(void **state)
{
	(void)state;
	shown("plain ü 日本", "plain ü 日本");
	shown("a\\b", "a\\\\b");
	shown("\x1b[31m\r\n\t\x7f", "\\x1b[31m\\x0d\\n\\t\\x7f");
	shown("\xc2\x9b"
	      "31m",
	      "\\u{9b}31m");
	shown("evil\xe2\x80\xae"
	      "cod.exe",
	      "evil\\u{202e}cod.exe");
	shown("zero\xe2\x80\x8bwidth\xef\xbb\xbf", "zero\\u{200b}width\\u{feff}");
	shown("bad\xff\xc3", "bad\\xff\\xc3");
	shown("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80",
	      "\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
	shown("tag\xf3\xa0\x81\x81", "tag\\u{e0041}");
}

/* Whatever goes in, one line of printable UTF-8 comes out: every pair of bytes tried. */
static void test_show_all_pairs(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(4096);

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		char in[2] = { (char)(i >> 8), (char)(i & 0xff) };

		str_reset(&out);
		text_show(&out, in, 2);
		assert_true(text_is_utf8(out.buf, out.len));
		for (size_t k = 0; k < out.len; k++)
			assert_true((unsigned char)out.buf[k] >= 0x20 && out.buf[k] != 0x7f);
	}
}

static void test_decode(void **state)
{
	static const char *const broken[] = { "\x80",
					      "\xc1\xbf",
					      "\xe0\x9f\xbf",
					      "\xed\xbf\xbf",
					      "\xf0\x8f\xbf\xbf",
					      "\xf4\x90\x80\x80",
					      "\xf8\x88",
					      "\xfe",
					      "\xe2\x82" };
	uint32_t c = 0;

	(void)state;
	assert_int_equal(text_decode("\xf4\x8f\xbf\xbf", 4, &c), 4);
	assert_int_equal(c, 0x10ffff);
	assert_int_equal(text_decode("", 0, &c), 0);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(text_decode(broken[i], strlen(broken[i]), &c), 0);
	assert_true(text_is_utf8("a\0b", 3));
	assert_false(text_is_utf8("ab\xe2\x82", 4));
}

static void fits(const char *in, size_t columns, const char *want)
{
	AUTO(freep) char *out = text_fit(in, columns);

	assert_string_equal(out, want);
	if (columns)
		assert_true(text_width(out) <= columns);
}

static void test_fit(void **state)
{
	(void)state;
	fits("abcdef", 0, "abcdef");
	fits("abcdef", 6, "abcdef");
	fits("abcdef", 5, "abcd…");
	fits("abcdef", 1, "…");
	fits("日本語", 6, "日本語");
	fits("日本語", 5, "日本…");
	fits("日本語", 4, "日…");
	fits("a\nb", 4, "a\\nb");
}

static void test_hex(void **state)
{
	unsigned char bytes[3] = { 9, 9, 9 };
	char hex[7];
	struct err e = { 0 };

	(void)state;
	text_hex(hex, "\x00\xab\xff", 3);
	assert_string_equal(hex, "00abff");
	assert_true(text_is_hex(hex, 6));
	assert_false(text_is_hex(hex, 5));
	assert_false(text_is_hex("00ABff", 6));
	assert_int_equal(text_unhex(bytes, 3, "00aBFf", &e), 0);
	assert_memory_equal(bytes, "\x00\xab\xff", 3);
	assert_int_equal(text_unhex(bytes, 3, "00abf", &e), -1);
	assert_int_equal(text_unhex(bytes, 3, "00abff0", &e), -1);
	assert_int_equal(text_unhex(bytes, 3, "00abfg", &e), -1);
}

static void test_base64(void **state)
{
	static const char *const want[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
					    "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		AUTO(str_release) struct str out = STR_INIT(16);

		text_base64(&out, "foobar", i);
		assert_string_equal(out.buf, want[i]);
	}
}

static void test_unbase64(void **state)
{
	static const char *const bad[] = { "A",     "AA",       "AAA",       "AA=A", "=AAA",
					   "AA===", "A===",     "Zg=",       "Zh==", "Zm9=",
					   "Z g=",  "Zg==Zg==", "\xc3\xa4==" };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i <= 64; i++) {
		AUTO(str_release) struct str text = STR_INIT(1000), back = STR_INIT(1000);
		unsigned char bytes[64];

		for (size_t j = 0; j < i; j++)
			bytes[j] = (unsigned char)(j * 37 + i);
		text_base64(&text, bytes, i);
		assert_int_equal(text_unbase64(&back, text.buf, text.len, &e), 0);
		assert_int_equal(back.len, i);
		assert_memory_equal(back.buf, bytes, i);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(str_release) struct str back = STR_INIT(1000);

		str_adds(&back, "kept");
		assert_int_equal(text_unbase64(&back, bad[i], strlen(bad[i]), &e), -1);
		assert_string_equal(back.buf, "kept");
	}
}

static void test_sizes_and_spans(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(256);

	(void)state;
	text_size(&out, 0);
	str_addc(&out, ' ');
	text_size(&out, 1023);
	str_addc(&out, ' ');
	text_size(&out, 1536);
	str_addc(&out, ' ');
	text_size(&out, UINT64_MAX);
	assert_string_equal(out.buf, "0 B 1023 B 1.5 KiB 15.9 EiB");
	str_reset(&out);
	text_span(&out, 7);
	str_addc(&out, ',');
	text_span(&out, 3599);
	str_addc(&out, ',');
	text_span(&out, 90061);
	assert_string_equal(out.buf, "7s,59m 59s,1d 1h");
}

static void test_numbers(void **state)
{
	static const char *const broken[] = { "",
					      "-1",
					      "+1",
					      " 1",
					      "1 ",
					      "0x1",
					      "1.0",
					      "18446744073709551616",
					      "99999999999999999999999" };
	uint64_t n = 7;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(text_u64(broken[i], UINT64_MAX, &n, &e), -1);
	assert_int_equal(text_u64("11", 10, &n, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_int_equal(n, 7);
	assert_int_equal(text_u64("18446744073709551615", UINT64_MAX, &n, &e), 0);
	assert_true(n == UINT64_MAX);
}

static void test_time(void **state)
{
	static const struct {
		const char *text;
		int64_t sec;
		long nsec;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0, 0 },
		{ "2026-01-02T03:04:05.678901234567Z", 1767323045, 678901234 },
		{ "2026-01-02t03:04:05.5z", 1767323045, 500000000 },
		{ "2026-01-02 05:34:05+02:30", 1767323045, 0 },
		{ "2026-01-01T22:04:05-05:00", 1767323045, 0 },
		{ "2024-02-29T00:00:00Z", 1709164800, 0 },
		{ "0001-01-01T00:00:00Z", -62135596800, 0 },
	};
	static const char *const broken[] = {
		"",
		"2026-01-02",
		"2026-01-02T03:04:05",
		"2026-13-01T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-01-02T24:00:00Z",
		"2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05Zx",
		"2026-1-2T03:04:05Z",
		"2026-01-02T03:04:05+0100",
		"2026-01-02T03:04:05+99:99",
	};
	struct timespec t = { 0 };
	char text[TEXT_TIME_SIZE];
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(text_parse_time(good[i].text, &t, &e), 0);
		assert_true(t.tv_sec == good[i].sec);
		assert_int_equal(t.tv_nsec, good[i].nsec);
	}
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(text_parse_time(broken[i], &t, &e), -1);
	t = (struct timespec){ .tv_sec = 1767323045, .tv_nsec = 678999999 };
	text_time(text, &t);
	assert_string_equal(text, "2026-01-02T03:04:05.678Z");
	t.tv_sec = INT64_MAX;
	text_time(text, &t);
	assert_string_equal(text, "0000-00-00T00:00:00.000Z");
}

static void test_distance(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("verify", "verfy"), 1);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	assert_int_equal(text_distance("", longest), 64);
	assert_int_equal(text_distance(longest, ""), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_show),     cmocka_unit_test(test_show_all_pairs),
		cmocka_unit_test(test_decode),   cmocka_unit_test(test_fit),
		cmocka_unit_test(test_hex),      cmocka_unit_test(test_base64),
		cmocka_unit_test(test_unbase64), cmocka_unit_test(test_sizes_and_spans),
		cmocka_unit_test(test_numbers),  cmocka_unit_test(test_time),
		cmocka_unit_test(test_distance),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
