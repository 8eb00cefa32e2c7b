/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/key.h"
#include "analyze/owned.h"
#include "analyze/symlinks.h"
#include "lib/base/own.h"

#define FILES 20000

/* In the order of keys, for numbers of one width. */
static void key_number(struct str *key, unsigned i)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "usr/share/%03u/%06u", i / 100, i);
	assert_int_equal(key_of(key, path, strlen(path)), KEY_FINE);
}

static void digest_number(unsigned char out[DIGEST_MAX], unsigned i)
{
	memset(out, 0, DIGEST_MAX);
	memcpy(out, &i, sizeof(i));
}

/* Only the even ones are there; every third has no digest. */
static struct owned_table *make_table(void)
{
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);
	unsigned char digest[DIGEST_MAX];
	struct owned_table *t;
	struct err e = { 0 };

	assert_int_equal(owned_new(&t, &e), 0);
	for (unsigned i = 0; i < FILES; i += 2) {
		struct owned f = { .package = i / 1000, .mode = i % 4096, .has_mode = true };

		key_number(&key, i);
		digest_number(digest, i);
		f.key = key.buf;
		f.key_len = key.len;
		f.kind = i % 3 ? DIGEST_SHA256 : DIGEST_NONE;
		f.digest = digest;
		f.flags = i % 5 ? 0 : PACKAGE_CONFIG;
		assert_int_equal(owned_append(t, &f, &e), 0);
	}
	assert_int_equal(owned_finish(t, &e), 0);
	assert_int_equal(owned_count(t), FILES / 2);
	return t;
}

static void test_find(void **state)
{
	AUTO(owned_freep) struct owned_table *t = make_table();
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);
	unsigned char digest[DIGEST_MAX];
	struct err e = { 0 };
	struct owned f;

	(void)state;
	/* Not in the order in which they lie there. */
	for (unsigned n = 0, i = 7; n < FILES; n++, i = (i + 7919) % FILES) {
		key_number(&key, i);
		assert_int_equal(owned_find(t, key.buf, key.len, &f, &e), i % 2 == 0);
		if (i % 2)
			continue;
		assert_int_equal(f.package, i / 1000);
		assert_int_equal(f.mode, i % 4096);
		assert_int_equal(f.flags, i % 5 ? 0 : PACKAGE_CONFIG);
		assert_int_equal(f.state, OWNED_UNSEEN);
		digest_number(digest, i);
		if (i % 3)
			assert_memory_equal(f.digest, digest, 32);
		else
			assert_null(f.digest);
	}
	assert_int_equal(owned_find(t, "", 0, &f, &e), 0);
	assert_int_equal(owned_find(t, "usr", 3, &f, &e), 0);
	assert_int_equal(owned_find(t, "zzz", 3, &f, &e), 0);
}

static void test_mark(void **state)
{
	AUTO(owned_freep) struct owned_table *t = make_table();
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);
	unsigned char found[DIGEST_MAX];
	struct owned_walk walk = { 0 };
	struct err e = { 0 };
	struct owned f;
	unsigned i = 0;

	(void)state;
	memset(found, 0xee, sizeof(found));
	for (i = 0; i < FILES; i += 10) {
		key_number(&key, i);
		assert_int_equal(owned_find(t, key.buf, key.len, &f, &e), 1);
		assert_int_equal(owned_mark(t, &f, OWNED_CHANGED, found, &e), 0);
	}
	for (i = 0; owned_next(t, &walk, &f, &e) > 0; i += 2) {
		key_number(&key, i);
		assert_int_equal(key_compare(key.buf, key.len, f.key, f.key_len), 0);
		assert_int_equal(f.state, i % 10 ? OWNED_UNSEEN : OWNED_CHANGED);
		if (i % 3 && i % 10 == 0)
			assert_memory_equal(f.found, found, 32);
	}
	assert_int_equal(i, FILES);
}

static void test_empty(void **state)
{
	AUTO(owned_freep) struct owned_table *t = NULL;
	struct owned_walk walk = { 0 };
	struct err e = { 0 };
	struct owned f;

	(void)state;
	assert_int_equal(owned_new(&t, &e), 0);
	assert_int_equal(owned_finish(t, &e), 0);
	assert_int_equal(owned_find(t, "a", 1, &f, &e), 0);
	assert_int_equal(owned_next(t, &walk, &f, &e), 0);
}

static void add(struct symlinks *l, const char *path, const char *target)
{
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);

	assert_int_equal(key_of(&key, path, strlen(path)), KEY_FINE);
	symlinks_add(l, key.buf, key.len, target);
}

static void assert_leads(struct symlinks *l, const char *from, const char *to, bool found)
{
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);
	AUTO(str_release) struct str out = STR_INIT(KEY_MAX + 1);
	AUTO(str_release) struct str shown = STR_INIT(KEY_MAX + 2);

	assert_int_equal(key_of(&key, from, strlen(from)), KEY_FINE);
	assert_int_equal(symlinks_resolve(l, &out, key.buf, key.len), found);
	key_show(&shown, out.buf, out.len);
	assert_string_equal(shown.buf, to);
}

static void test_symlinks(void **state)
{
	AUTO(symlinks_freep) struct symlinks *l = symlinks_new();

	(void)state;
	add(l, "lib64", "old");
	add(l, "bin", "usr/bin");
	add(l, "lib", "/usr/lib/");
	add(l, "lib64", "lib");
	add(l, "usr/lib/up", "..//./share");
	add(l, "a/b", "../../../..");
	add(l, "round", "about");
	add(l, "about", "round");
	add(l, "empty", "");
	symlinks_sort(l);
	assert_leads(l, "bin/ls", "/usr/bin/ls", true);
	assert_leads(l, "usr/bin/ls", "/usr/bin/ls", true);
	/* The last component is not followed; of one that comes twice the last counts. */
	assert_leads(l, "bin", "/bin", true);
	assert_leads(l, "lib64/x", "/usr/lib/x", true);
	assert_leads(l, "lib64/up/doc", "/usr/share/doc", true);
	/* Nothing is above the root. */
	assert_leads(l, "a/b/etc/passwd", "/etc/passwd", true);
	assert_leads(l, "round/x", "/round/x", false);
	assert_leads(l, "round/y", "/round/y", false);
	assert_leads(l, "empty/x", "/x", true);
	assert_leads(l, "binx/ls", "/binx/ls", true);
}

static void test_symlinks_limit(void **state)
{
	AUTO(symlinks_freep) struct symlinks *l = symlinks_new();
	AUTO(freep) char *target = xmalloc(4097);

	(void)state;
	memset(target, 'x', 4096);
	target[4096] = '\0';
	add(l, "bin", "usr/bin");
	for (unsigned i = 0; i < 4096 && !symlinks_over(l); i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "link%u", i);
		add(l, path, target);
	}
	assert_true(symlinks_over(l));
	symlinks_sort(l);
	assert_leads(l, "bin/ls", "/usr/bin/ls", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),           cmocka_unit_test(test_mark),
		cmocka_unit_test(test_empty),          cmocka_unit_test(test_symlinks),
		cmocka_unit_test(test_symlinks_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
