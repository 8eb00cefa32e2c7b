/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/seal.h"
#include "lib/bundle/sealtext.h"

/* RFC 8032, 7.1, test 2. */
static const char rfc_secret[] = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
static const char rfc_public[] = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
static const char rfc_signature[] =
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

static void pem_of(struct str *out, const char *label, const char *der_head, const char *hex)
{
	AUTO(freep) char *all = xasprintf("%s%s", der_head, hex);
	unsigned char der[64];
	size_t len = strlen(all) / 2;
	struct err e = { 0 };

	assert_int_equal(text_unhex(der, len, all, &e), 0);
	str_reset(out);
	str_addf(out, "-----BEGIN %s KEY-----\n", label);
	text_base64(out, der, len);
	str_addf(out, "\n-----END %s KEY-----\n", label);
}

static void public_pem(struct str *out, const char *hex)
{
	pem_of(out, "PUBLIC", "302a300506032b6570032100", hex);
}

/* A file in the test's own directory. */
static char *file_of(const char *name, const void *p, size_t len)
{
	const char *dir = getenv("TMPDIR");
	char *path = xasprintf("%s/t-seal.%d.%s", dir ? dir : "/tmp", (int)getpid(), name);
	struct err e = { 0 };

	(void)unlink(path);
	assert_int_equal(file_create(AT_FDCWD, path, 0600, p, len, &e), 0);
	return path;
}

static void test_rfc(void **state)
{
	AUTO(str_release) struct str pem = STR_INIT(SEAL_PEM_MAX);
	AUTO(seal_key_freep) struct seal_key *secret = NULL, *public = NULL;
	unsigned char sig[SEAL_SIG_SIZE], want[SEAL_SIG_SIZE];
	AUTO(freep) char *path = NULL;
	char a[SHA256_HEX], b[SHA256_HEX];
	struct err e = { 0 };

	(void)state;
	public_pem(&pem, rfc_public);
	assert_int_equal(seal_key_public(pem.buf, pem.len, "rfc", &public, &e), 0);
	pem_of(&pem, "PRIVATE", "302e020100300506032b657004220420", rfc_secret);
	path = file_of("rfc", pem.buf, pem.len);
	assert_int_equal(seal_key_read(path, NULL, &secret, &e), 0);
	assert_int_equal(seal_sign(secret, "\x72", 1, sig, &e), 0);
	assert_int_equal(text_unhex(want, sizeof(want), rfc_signature, &e), 0);
	assert_memory_equal(sig, want, sizeof(want));
	seal_key_fingerprint(secret, a);
	seal_key_fingerprint(public, b);
	assert_string_equal(a, b);
	assert_true(seal_verify(public, "\x72", 1, sig, sizeof(sig)));
	assert_false(seal_verify(public, "\x73", 1, sig, sizeof(sig)));
	assert_false(seal_verify(public, "\x72", 1, sig, sizeof(sig) - 1));
	for (size_t i = 0; i < sizeof(sig); i++) {
		sig[i] ^= 1;
		assert_false(seal_verify(public, "\x72", 1, sig, sizeof(sig)));
		sig[i] ^= 1;
	}
	(void)unlink(path);
}

/* The eight, and the same points with the coordinate written past the prime. */
static void test_small_order(void **state)
{
	static const char *const weak[] = {
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	AUTO(str_release) struct str pem = STR_INIT(SEAL_PEM_MAX);

	(void)state;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		AUTO(seal_key_freep) struct seal_key *k = NULL;
		struct err e = { 0 };

		public_pem(&pem, weak[i]);
		assert_int_equal(seal_key_public(pem.buf, pem.len, "weak", &k, &e), -1);
		assert_int_equal(e.kind, ERR_INTEGRITY);
		assert_null(k);
	}
}

static void test_not_keys(void **state)
{
	static const char *const bad[] = {
		"", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
	};
	struct seal_key *k = NULL;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(seal_key_public(bad[i], strlen(bad[i]), "bad", &k, &e), -1);
		assert_int_equal(e.kind, ERR_FORMAT);
	}
	assert_int_equal(seal_key_read("/nonexistent/key", NULL, &k, &e), -1);
	assert_int_equal(e.kind, ERR_SYS);
	assert_null(k);
}

static void test_passphrase(void **state)
{
	AUTO(str_release) struct str pem = STR_INIT(SEAL_PEM_MAX);
	AUTO(seal_key_freep) struct seal_key *k = NULL, *again = NULL;
	AUTO(freep) char *pass = file_of("pass", "correct horse\nmore", 18);
	AUTO(freep) char *wrong = file_of("wrong", "battery\n", 8);
	AUTO(freep) char *empty = file_of("empty", "\n", 1);
	AUTO(freep) char *path = NULL;
	char a[SHA256_HEX], b[SHA256_HEX];
	struct err e = { 0 };
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(seal_key_new(&k, &e), 0);
	assert_int_equal(seal_key_write_private(k, pass, &pem, &e), 0);
	assert_non_null(strstr(pem.buf, "ENCRYPTED"));
	path = file_of("key", pem.buf, pem.len);
	assert_int_equal(seal_key_read(path, wrong, &again, &e), -1);
	assert_int_equal(seal_key_read(path, empty, &again, &e), -1);
	assert_non_null(strstr(e.text, "empty"));
	assert_null(again);
	/* Without a terminal nobody is asked. */
	child = fork();
	if (child == 0)
		_exit(setsid() > 0 && seal_key_read(path, NULL, &again, &e) < 0 &&
				      e.kind == ERR_USAGE
			      ? 0
			      : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(seal_key_read(path, pass, &again, &e), 0);
	seal_key_fingerprint(k, a);
	seal_key_fingerprint(again, b);
	assert_string_equal(a, b);
	(void)unlink(path);
	(void)unlink(pass);
	(void)unlink(wrong);
	(void)unlink(empty);
}

static void test_config_path(void **state)
{
	AUTO(freep) char *a = NULL, *b = NULL, *c = NULL;

	(void)state;
	assert_int_equal(setenv("XDG_CONFIG_HOME", "/x", 1), 0);
	assert_int_equal(setenv("HOME", "/h", 1), 0);
	a = seal_config_path("seal.key");
	assert_string_equal(a, "/x/impound/seal.key");
	assert_int_equal(setenv("XDG_CONFIG_HOME", "relative", 1), 0);
	b = seal_config_path("seal.key");
	assert_string_equal(b, "/h/.config/impound/seal.key");
	assert_int_equal(unsetenv("HOME"), 0);
	c = seal_config_path("seal.key");
	assert_null(c);
}

static void test_sealtext(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(SEALTEXT_MAX);
	struct sealtext s = { .name = "web-20260102T030405Z-01234567",
			      .complete = true,
			      .sealed = "2026-01-02T03:04:05.678Z",
			      .bytes = UINT64_C(9007199254740993),
			      .files = 3 };
	struct sealtext out = { 0 };
	struct err e = { 0 };

	(void)state;
	memset(s.tagmanifest, 'a', 64);
	memset(s.custody_head, 'b', 64);
	memset(s.spki, 'c', 64);
	memset(s.id, 'd', 32);
	sealtext_write(&s, &text);
	assert_memory_equal(text.buf,
			    "{\"type\":\"impound-seal/1\",\"tagmanifest\":{\"sha256\":\"aaa", 52);
	assert_non_null(strstr(text.buf, "\"oxum\":\"9007199254740993.3\""));
	assert_int_equal(sealtext_read(text.buf, text.len, &out, &e), 0);
	assert_memory_equal(&s, &out, sizeof(s));
	/* Cut anywhere, it is no seal. */
	for (size_t i = 0; i < text.len; i++)
		assert_int_equal(sealtext_read(text.buf, i, &out, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc),         cmocka_unit_test(test_small_order),
		cmocka_unit_test(test_not_keys),    cmocka_unit_test(test_passphrase),
		cmocka_unit_test(test_config_path), cmocka_unit_test(test_sealtext),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
