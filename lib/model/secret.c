/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/secret.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define COUNT(a)        (sizeof(a) / sizeof((a)[0]))
#define VALUE_MAX       512 /* a longer one is looked at up to here */
#define SECRET_NAME_MAX 128
#define ENTROPY_MIN     2.5 /* bits a character: words and repeated letters have less */

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"
#define ALNUM UPPER LOWER DIGIT

/* The prefix counts to neither alphabet nor length. As gitleaks and trivy know them. */
static const struct provider {
	const char *pattern, *prefix, *alphabet;
	size_t least, most;
} providers[] = {
	{ "aws-access-key", "AKIA", UPPER "234567", 16, 16 },
	{ "aws-access-key", "ASIA", UPPER "234567", 16, 16 },
	{ "github-token", "ghp_", ALNUM, 36, 36 },
	{ "github-token", "gho_", ALNUM, 36, 36 },
	{ "github-token", "ghu_", ALNUM, 36, 36 },
	{ "github-token", "ghs_", ALNUM, 36, 36 },
	{ "github-token", "ghr_", ALNUM, 36, 76 },
	{ "github-token", "github_pat_", ALNUM "_", 82, 82 },
	{ "gitlab-token", "glpat-", ALNUM "_-", 20, 40 },
	{ "slack-token", "xoxb-", ALNUM "-", 20, 250 },
	{ "slack-token", "xoxp-", ALNUM "-", 20, 250 },
	{ "slack-token", "xoxa-", ALNUM "-", 20, 250 },
	{ "slack-webhook", "hooks.slack.com/services/", ALNUM "/", 30, 80 },
	{ "stripe-key", "sk_live_", ALNUM, 16, 247 },
	{ "stripe-key", "rk_live_", ALNUM, 16, 247 },
	{ "stripe-key", "sk_test_", ALNUM, 16, 247 },
	{ "google-api-key", "AIza", ALNUM "_-", 35, 35 },
	{ "npm-token", "npm_", ALNUM, 36, 36 },
	{ "pypi-token", "pypi-AgEIcHlwaS5vcmc", ALNUM "_-", 50, 500 },
	{ "anthropic-key", "sk-ant-api03-", ALNUM "_-", 90, 120 },
	{ "openai-key", "sk-proj-", ALNUM "_-", 40, 250 },
	{ "huggingface-token", "hf_", ALNUM, 34, 34 },
	{ "sendgrid-key", "SG.", ALNUM "_.-", 60, 70 },
	{ "digitalocean-token", "dop_v1_", DIGIT "abcdef", 64, 64 },
	{ "vault-token", "hvs.", ALNUM "_-", 90, 250 },
	{ "databricks-token", "dapi", DIGIT "abcdef", 32, 32 },
	{ "shopify-token", "shpat_", DIGIT "abcdefABCDEF", 32, 32 },
	{ "age-key", "AGE-SECRET-KEY-1", UPPER DIGIT, 58, 58 },
};

static size_t run_of(const char *p, size_t len, const char *alphabet)
{
	size_t n = 0;

	while (n < len && p[n] && strchr(alphabet, p[n]))
		n++;
	return n;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool by_provider(const char *p, size_t len, struct secret *out)
{
	for (size_t i = 0; i < COUNT(providers); i++) {
		const struct provider *v = &providers[i];
		size_t head = strlen(v->prefix), n;

		if (len < head + v->least || strncmp(p, v->prefix, head) != 0)
			continue;
		n = run_of(p + head, len - head, v->alphabet);
		/* One that goes on is something else. */
		if (n < v->least || n > v->most || (head + n < len && is_word(p[head + n])))
			continue;
		*out = (struct secret){ v->pattern, 0, head + n, true };
		return true;
	}
	return false;
}

/* Three parts of base64url, the first of which begins with {" . */
static bool is_jwt(const char *p, size_t len, struct secret *out)
{
	size_t at = 0;

	if (len < 20 || strncmp(p, "eyJ", 3) != 0)
		return false;
	for (unsigned part = 0; part < 3; part++) {
		size_t n = run_of(p + at, len - at, ALNUM "_-");

		if (n < 4)
			return false;
		at += n;
		if (part < 2 && (at >= len || p[at++] != '.'))
			return false;
	}
	*out = (struct secret){ "jwt", 0, at, true };
	return true;
}

static bool is_private_key(const char *p, size_t len, struct secret *out)
{
	static const char begin[] = "-----BEGIN ", end[] = "PRIVATE KEY-----",
			  close[] = "-----END ";
	const char *mark, *last;

	if (len < sizeof(begin) || strncmp(p, begin, sizeof(begin) - 1) != 0)
		return false;
	mark = memmem(p, len < 64 ? len : 64, end, sizeof(end) - 1);
	if (!mark)
		return false;
	last = memmem(p, len, close, sizeof(close) - 1);
	*out = (struct secret){ "private-key", 0, last ? (size_t)(last - p) : len, true };
	return true;
}

/* scheme://user:password@host: AT is where "://" begins. */
static bool in_url(const char *text, size_t len, size_t at, struct secret *out)
{
	size_t from, i;

	if (len - at < 3 || strncmp(text + at, "://", 3) != 0 || !at ||
	    !isalpha((unsigned char)text[at - 1]))
		return false;
	for (i = at + 3; i < len && text[i] != ':'; i++)
		if (strchr("/?#@ \t\"'", text[i]))
			return false;
	from = ++i;
	while (i < len && text[i] != '@' && !strchr("/?# \t\"'", text[i]))
		i++;
	if (i >= len || text[i] != '@' || i == from || text[from] == '$' || text[from] == '<' ||
	    text[from] == '*')
		return false;
	*out = (struct secret){ "url-password", from, i - from, true };
	return true;
}

static bool is_one_of(const char *word, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == len && !strncasecmp(word, *words, len))
			return true;
	return false;
}

/* The last word of a name that says what it is not. */
static bool is_about(const char *word, size_t len)
{
	static const char *const words[] = {
		"FILE",     "PATH",        "DIR",      "URL",      "URI",        "HOST",
		"PORT",     "USER",        "NAME",     "ID",       "LENGTH",     "TTL",
		"POLICY",   "TYPE",        "ALGO",     "MODE",     "ENABLED",    "SHA256",
		"SHA512",   "MD5",         "CHECKSUM", "DIGEST",   "COMMIT",     "VERSION",
		"REVISION", "TIMEOUT",     "EXPIRY",   "EXPIRES",  "SECURE",     "HASH",
		"PREFIX",   "FINGERPRINT", "HTTPONLY", "SAMESITE", "PROVIDER",   "REQUIRED",
		"HEADER",   "COUNT",       "SIZE",     "LIMIT",    "PROTECTION", NULL
	};

	return is_one_of(word, len, words);
}

/* The next word of a name: '_', '-' and '.' divide, and where a capital follows a small letter. */
static size_t next_word(const char *name, size_t len, size_t *at)
{
	size_t from;

	while (*at < len && strchr("_-.", name[*at]))
		(*at)++;
	from = *at;
	while (*at < len && !strchr("_-.", name[*at])) {
		if (*at > from && isupper((unsigned char)name[*at]) &&
		    islower((unsigned char)name[*at - 1]))
			break;
		(*at)++;
	}
	return *at - from;
}

bool secret_is_name(const char *name, size_t len)
{
	static const char *const alone[] = { "PASSWORD",    "PASSWD", "PASS",   "PASSPHRASE",
					     "SECRET",      "TOKEN",  "APIKEY", "CREDENTIAL",
					     "CREDENTIALS", "SALT",   "PWD",    NULL };
	static const char *const keys[] = { "API",  "PRIVATE", "ACCESS", "SECRET",  "ENCRYPTION",
					    "AUTH", "SIGNING", "MASTER", "ACCOUNT", NULL };
	static const char *const never[] = { "GPG", "PUBLIC", NULL };
	const char *before = "", *word = "";
	size_t at = 0, before_len = 0, word_len = 0, words = 0;
	bool is_secret = false;

	if (len > SECRET_NAME_MAX)
		return false;
	while (at < len) {
		before = word;
		before_len = word_len;
		word_len = next_word(name, len, &at);
		word = name + at - word_len;
		if (!word_len)
			break;
		words++;
		if (is_one_of(word, word_len, never))
			return false;
		is_secret |=
			is_one_of(word, word_len, alone) &&
			/* PWD alone is where one is. */
			(strncasecmp(word, "PWD", word_len) != 0 || word_len != 3 || words > 1);
		is_secret |= word_len == 3 && !strncasecmp(word, "KEY", 3) && before_len &&
			     is_one_of(before, before_len, keys);
	}
	/* OLDPWD is one word, SSH_AUTH_SOCK no key; KUBERNETES_… and the like have no such words.
	 */
	return is_secret && word_len && !is_about(word, word_len);
}

static double entropy(const char *p, size_t len)
{
	size_t counts[256] = { 0 };
	double bits = 0;

	for (size_t i = 0; i < len; i++)
		counts[(unsigned char)p[i]]++;
	for (size_t i = 0; i < COUNT(counts); i++) {
		double share = (double)counts[i] / (double)len;

		if (counts[i])
			bits -= share * log2(share);
	}
	return bits;
}

static bool is_placeholder(const char *p, size_t len)
{
	static const char *const words[] = { "changeme",    "change-me", "change_me", "password",
					     "passwd",      "secret",    "example",   "redacted",
					     "none",        "null",      "true",      "false",
					     "undefined",   "required",  "optional",  "default",
					     "placeholder", "todo",      "disabled",  "enabled",
					     NULL };

	return is_one_of(p, len, words) || p[0] == '<' || p[0] == '$' || p[0] == '%' ||
	       (len > 1 && p[0] == '{' && p[1] == '{') || p[0] == '*' ||
	       !strncasecmp(p, "your", len < 4 ? len : 4) ||
	       !strncmp(p, "[redacted", len < 9 ? len : 9);
}

bool secret_is_value(const char *value, size_t len)
{
	if (len > VALUE_MAX)
		len = VALUE_MAX;
	if (len < 6 || value[0] == '/' || !strncmp(value, "./", 2) ||
	    memmem(value, len, "://", 3) || is_placeholder(value, len))
		return false;
	if (run_of(value, len, DIGIT ".,:") == len && len < 12)
		return false;
	return entropy(value, len) >= ENTROPY_MIN;
}

/* NAME=VALUE, NAME: VALUE, --name VALUE: AT is the name's first letter. */
static bool by_name(const char *text, size_t len, size_t at, struct secret *out)
{
	size_t end = at, from, stop;
	char quote = '\0';

	while (end < len && (is_word(text[end]) || text[end] == '-' || text[end] == '.'))
		end++;
	if (end >= len || !secret_is_name(text + at, end - at))
		return false;
	from = end;
	if (text[from] == '"' || text[from] == '\'') /* {"password":"…"} */
		from++;
	if (from < len && (text[from] == '=' || text[from] == ':')) {
		from++;
		while (from < len && text[from] == ' ' && text[from - 1] == ':')
			from++;
	} else if (text[end] == ' ' && at >= 2 && text[at - 1] == '-') {
		from = end + 1;
	} else {
		return false;
	}
	if (from < len && (text[from] == '"' || text[from] == '\''))
		quote = text[from++];
	for (stop = from; stop < len && text[stop] != '\n'; stop++)
		if (quote ? text[stop] == quote : strchr(" \t\"'", text[stop]) != NULL)
			break;
	if (!secret_is_value(text + from, stop - from))
		return false;
	*out = (struct secret){ "name-and-value", from, stop - from, false };
	return true;
}

bool secret_next(const char *text, size_t len, size_t from, struct secret *out)
{
	for (size_t at = from; at < len; at++) {
		bool is_start = !at || !is_word(text[at - 1]);

		if ((is_start &&
		     (by_provider(text + at, len - at, out) || is_jwt(text + at, len - at, out))) ||
		    is_private_key(text + at, len - at, out)) {
			out->at = at;
			return true;
		}
		if (in_url(text, len, at, out))
			return true;
		if (is_start && isalpha((unsigned char)text[at]) &&
		    (!at || text[at - 1] != '-' || at == 1 || text[at - 2] == '-' ||
		     text[at - 2] == ' ') &&
		    by_name(text, len, at, out))
			return true;
	}
	return false;
}

void secret_redact(struct str *out, const char *text, size_t len)
{
	struct secret found;
	size_t done = 0;

	while (secret_next(text, len, done, &found)) {
		str_add(out, text + done, found.at - done);
		str_addf(out, "[redacted: %s, %zu bytes]", found.pattern, found.len);
		done = found.at + found.len;
	}
	str_add(out, text + done, len - done);
}
