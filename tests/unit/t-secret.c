/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "lib/model/secret.h"

/* No real one, and put together here so that no scanner takes this file for a leak. */
#define A36                                                                                        \
	"abcdEFGH0123"                                                                             \
	"ijklMNOP4567"                                                                             \
	"qrstUVWX8901"

static const struct {
	const char *text, *want;
} redacted[] = {
	{ "DB_PASSWORD=hunter2correct", "DB_PASSWORD=[redacted: name-and-value, 14 bytes]" },
	{ "POSTGRES_PASSWORD=Tr0ub4dor&3",
	  "POSTGRES_PASSWORD=[redacted: name-and-value, 11 bytes]" },
	{ "mysqld --password=s3cr3tPass --port=3306",
	  "mysqld --password=[redacted: name-and-value, 10 bytes] --port=3306" },
	{ "tool --api-key k9d8f7g6h5 run",
	  "tool --api-key [redacted: name-and-value, 10 bytes] run" },
	{ "apiKey: 'k9d8 f7g6h5'", "apiKey: '[redacted: name-and-value, 11 bytes]'" },
	{ "{\"clientSecret\":\"k9d8f7g6h5\"}",
	  "{\"clientSecret\":\"[redacted: name-and-value, 10 bytes]\"}" },
	{ "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIbPxRfiCY",
	  "AWS_SECRET_ACCESS_KEY=[redacted: name-and-value, 21 bytes]" },
	{ "curl https://user:p4ss@host/x",
	  "curl https://user:[redacted: url-password, 4 bytes]@host/x" },
	{ "DATABASE_URL=postgres://a:b%40c@db/x",
	  "DATABASE_URL=postgres://a:[redacted: url-password, 5 bytes]@db/x" },
	{ "x ghp_" A36 " y", "x [redacted: github-token, 40 bytes] y" },
	{ "AKIA"
	  "ABCDEFGHIJKLMNOP",
	  "[redacted: aws-access-key, 20 bytes]" },
	{ "Bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", "Bearer [redacted: jwt, 32 bytes]" },
	{ "K=-----BEGIN RSA "
	  "PRIVATE KEY-----\nMIIE\n-----END RSA",
	  "K=[redacted: private-key, 37 bytes]-----END RSA" },
};

/* What ordinary images and command lines have. */
static const char *const innocent[] = {
	"PATH=/usr/local/sbin:/usr/local/bin",
	"PWD=/usr/share/nginx/html",
	"OLDPWD=/var/lib/postgresql",
	"GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
	"PYTHON_SHA256=8d3ed8ec5c88c1c95f5e558612a725450d2452813ddad5e58fdb1a53b1209b78",
	"POSTGRES_PASSWORD_FILE=/run/secrets/postgres",
	"SSH_AUTH_SOCK=/tmp/ssh-XXXX/agent.1",
	"KUBERNETES_SERVICE_HOST=10.96.0.1",
	"KUBERNETES_PORT_443_TCP_ADDR=10.96.0.1",
	"TOKEN_TTL=360000000s",
	"PASSWORD_MIN_LENGTH=12345678901",
	"SESSION_COOKIE_SECURE=true-or-not",
	"DB_PASSWORD=changeme",
	"DB_PASSWORD=${SECRET_OF_DB}",
	"DB_PASSWORD=*********",
	"DB_PASSWORD=aaaaaaaaaaaa",
	"DB_PASSWORD=",
	"ACCESS_LOG=combined_format",
	"JWT_POLICY=third-party-jwt",
	"PILOT_CERT_PROVIDER=istiod-of-it",
	"NGINX_VERSION=1.27.3-1~bookworm",
	"sh -c while :; do sleep 1; done",
	"curl http://host:8080/path@x",
	"ghp_tooshort",
	"tokenizer=wordpiece-large",
	"a PUBLIC_KEY=MIIBIjANBgkqhkiG9w0",
	"git clone ssh://git@example.org/x",
	"sha256 c91822621fbc97c02643e68cd9eefe9413cefc7fb6931764dba72a8d109e9d81",
	"the account 'toor' has the uid 0",
};

static void secrets_are_taken_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(redacted) / sizeof(redacted[0]); i++) {
		AUTO(str_release) struct str out = STR_INIT(1000);

		secret_redact(&out, redacted[i].text, strlen(redacted[i].text));
		assert_string_equal(out.buf, redacted[i].want);
	}
}

static void what_is_none_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(innocent) / sizeof(innocent[0]); i++) {
		AUTO(str_release) struct str out = STR_INIT(1000);

		secret_redact(&out, innocent[i], strlen(innocent[i]));
		assert_string_equal(out.buf, innocent[i]);
	}
}

static void redacting_twice_is_redacting_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(redacted) / sizeof(redacted[0]); i++) {
		AUTO(str_release) struct str once = STR_INIT(1000), twice = STR_INIT(1000);

		secret_redact(&once, redacted[i].text, strlen(redacted[i].text));
		secret_redact(&twice, once.buf, once.len);
		assert_string_equal(once.buf, twice.buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_taken_out),
		cmocka_unit_test(what_is_none_stays),
		cmocka_unit_test(redacting_twice_is_redacting_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
