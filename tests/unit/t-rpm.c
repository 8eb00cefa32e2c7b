/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "lib/model/rpmhdr.h"
#include "tests/unit/told.h"

#define INT16   3
#define INT32   4
#define STRING  6
#define STRINGS 8

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A header under way: an index and the data it points into. */
struct made {
	struct str index, data;
	uint32_t tags;
};

static void add32(struct str *s, uint32_t n)
{
	const char be[4] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n };

	str_add(s, be, 4);
}

static void tag(struct made *m, uint32_t number, uint32_t type, uint32_t count, const void *p,
		size_t len)
{
	add32(&m->index, number);
	add32(&m->index, type);
	add32(&m->index, (uint32_t)m->data.len);
	add32(&m->index, count);
	str_add(&m->data, p, len);
	m->tags++;
}

#define text(m, number, value)          tag(m, number, STRING, 1, value, sizeof(value))
#define texts(m, number, count, values) tag(m, number, STRINGS, count, values, sizeof(values))
#define words(m, number, count, be)     tag(m, number, INT32, count, be, sizeof(be) - 1)

static void made_release(struct made *m)
{
	str_release(&m->index);
	str_release(&m->data);
}

static void finish(struct made *m, struct str *out)
{
	add32(out, m->tags);
	add32(out, (uint32_t)m->data.len);
	str_add(out, m->index.buf, m->index.len);
	str_add(out, m->data.buf, m->data.len);
}

static void make_bash(struct str *out)
{
	AUTO(made_release) struct made m = { .index = STR_INIT(4096), .data = STR_INIT(4096) };

	text(&m, 1000, "bash");
	text(&m, 1001, "5.1.8");
	text(&m, 1002, "6.el9");
	words(&m, 1003, 1, "\0\0\0\2");
	text(&m, 1022, "x86_64");
	text(&m, 1044, "bash-5.1.8-6.el9.src.rpm");
	words(&m, 1008, 1, "\x65\0\0\0");
	texts(&m, 1117, 4, "bash\0sh\0.bashrc\0log");
	texts(&m, 1118, 2, "/usr/bin/\0/etc/skel/");
	words(&m, 1116, 4, "\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1");
	texts(&m, 1035, 4, EMPTY_SHA256 "\0\0" EMPTY_SHA256 "\0");
	texts(&m, 1036, 4, "\0bash\0\0");
	words(&m, 5011, 1, "\0\0\0\10");
	words(&m, 1037, 4, "\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\100");
	tag(&m, 1030, INT16, 4, "\x81\xed\xa1\xff\x81\xa4\x81\x80", 8);
	finish(&m, out);
}

static int parse(const struct str *blob, struct str *out)
{
	struct package_visitor to = told_to(out);
	struct err e = { 0 };

	return rpmhdr_parse(blob->buf, blob->len, &to, &e);
}

static void test_header(void **state)
{
	AUTO(str_release) struct str blob = STR_INIT(65536), out = STR_INIT(65536);

	(void)state;
	make_bash(&blob);
	assert_int_equal(parse(&blob, &out), 0);
	assert_string_equal(out.buf,
			    "package bash 5.1.8-6.el9 x86_64 source bash 5.1.8-6.el9 epoch 2\n"
			    "file /usr/bin//bash sha256:" EMPTY_SHA256 " 100755\n"
			    "file /usr/bin//sh none: 120777 -> bash\n"
			    "file /etc/skel//.bashrc sha256:" EMPTY_SHA256 " config 100644\n"
			    "file /etc/skel//log none: ghost 100600\n");
}

/* Cut anywhere it is refused, for the counts no longer fit; the memory behind it is not touched. */
static void test_cut(void **state)
{
	AUTO(str_release) struct str blob = STR_INIT(65536), out = STR_INIT(65536);
	struct package_visitor to = told_to(&out);
	struct err e = { 0 };

	(void)state;
	make_bash(&blob);
	for (size_t len = 0; len < blob.len; len++) {
		AUTO(freep) char *cut = xmalloc(len + 1);

		memcpy(cut, blob.buf, len);
		assert_int_equal(rpmhdr_parse(cut, len, &to, &e), -1);
	}
	assert_int_equal(out.len, 0);
}

/* Every byte wrong once: whatever comes of it, it ends, and reads nothing outside. */
static void test_mutated(void **state)
{
	AUTO(str_release) struct str blob = STR_INIT(65536), out = STR_INIT((size_t)8 << 20);

	(void)state;
	make_bash(&blob);
	for (size_t i = 0; i < blob.len; i++) {
		char was = blob.buf[i];

		for (unsigned bit = 0; bit < 8; bit++) {
			blob.buf[i] = (char)(was ^ (1 << bit));
			str_reset(&out);
			(void)parse(&blob, &out);
			assert_false(out.over);
		}
		blob.buf[i] = was;
	}
}

static void test_old(void **state)
{
	AUTO(made_release) struct made m = { .index = STR_INIT(4096), .data = STR_INIT(4096) };
	AUTO(str_release) struct str blob = STR_INIT(65536), out = STR_INIT(65536);

	(void)state;
	/* No algorithm is MD5; no epoch is none; a directory index that is out of range. */
	text(&m, 1000, "old");
	text(&m, 1001, "1");
	texts(&m, 1117, 2, "a\0b");
	texts(&m, 1118, 1, "/");
	words(&m, 1116, 2, "\0\0\0\0\0\0\0\7");
	texts(&m, 1035, 2, "d41d8cd98f00b204e9800998ecf8427e\0d41d8cd98f00b204e9800998ecf8427e");
	finish(&m, &blob);
	assert_int_equal(parse(&blob, &out), 0);
	assert_string_equal(out.buf, "package old 1  source  \n"
				     "file //a md5:d41d8cd98f00b204e9800998ecf8427e\n"
				     "bad 0 a file without a proper name\n");
}

static void test_no_name(void **state)
{
	AUTO(made_release) struct made m = { .index = STR_INIT(4096), .data = STR_INIT(4096) };
	AUTO(str_release) struct str blob = STR_INIT(65536), out = STR_INIT(65536);

	(void)state;
	text(&m, 1001, "1");
	finish(&m, &blob);
	assert_int_equal(parse(&blob, &out), -1);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),  cmocka_unit_test(test_cut),
		cmocka_unit_test(test_mutated), cmocka_unit_test(test_old),
		cmocka_unit_test(test_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
