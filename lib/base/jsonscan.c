/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/jsonscan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/text.h"

#define NUMBER_MAX 63 /* characters: cJSON cuts longer ones */

struct scan {
	const char *start, *p, *end;
	size_t values, values_max;
	struct err *e;
};

static int wrong(const struct scan *s, enum err_kind kind, const char *what)
{
	size_t line = 1;
	const char *begin = s->start;

	for (const char *nl; (nl = memchr(begin, '\n', (size_t)(s->p - begin))) != NULL; line++)
		begin = nl + 1;
	return err_set(s->e, kind, "line %zu, column %zu: %s", line, (size_t)(s->p - begin) + 1,
		       what);
}

static int not_json(const struct scan *s, const char *what)
{
	return wrong(s, ERR_FORMAT, what);
}

static bool at(const struct scan *s, char c)
{
	return s->p < s->end && *s->p == c;
}

static bool at_digit(const struct scan *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static void space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static int digits(struct scan *s)
{
	if (!at_digit(s))
		return not_json(s, "a digit is missing in a number");
	while (at_digit(s))
		s->p++;
	return 0;
}

static int number(struct scan *s)
{
	const char *begin = s->p;

	if (at(s, '-'))
		s->p++;
	if (at(s, '0'))
		s->p++;
	else if (digits(s) < 0)
		return -1;
	if (at_digit(s))
		return not_json(s, "a number begins with 0");
	if (at(s, '.')) {
		s->p++;
		if (digits(s) < 0)
			return -1;
	}
	if (at(s, 'e') || at(s, 'E')) {
		s->p++;
		if (at(s, '+') || at(s, '-'))
			s->p++;
		if (digits(s) < 0)
			return -1;
	}
	if (s->p - begin > NUMBER_MAX)
		return wrong(s, ERR_LIMIT, "a number has more than 63 characters");
	return 0;
}

/* The four digits of \uXXXX. */
static int hex4(struct scan *s, uint32_t *out)
{
	unsigned char two[2];
	char four[5] = "";
	struct err unused;

	if (s->end - s->p < 4)
		return not_json(s, "a \\u needs four digits");
	memcpy(four, s->p, 4);
	if (text_unhex(two, sizeof(two), four, &unused) < 0)
		return not_json(s, "a \\u needs four digits");
	s->p += 4;
	*out = (uint32_t)two[0] << 8 | two[1];
	return 0;
}

static int escape(struct scan *s)
{
	uint32_t high = 0, low = 0;

	s->p++;
	if (s->p == s->end || !*s->p || !strchr("\"\\/bfnrtu", *s->p))
		return not_json(s, "no such escape");
	if (*s->p++ != 'u')
		return 0;
	if (hex4(s, &high) < 0)
		return -1;
	if (high == 0)
		return not_json(s, "a NUL in a string");
	if (high < 0xd800 || high > 0xdfff)
		return 0;
	if (high > 0xdbff || s->end - s->p < 2 || s->p[0] != '\\' || s->p[1] != 'u')
		return not_json(s, "half of a surrogate pair");
	s->p += 2;
	if (hex4(s, &low) < 0)
		return -1;
	if (low < 0xdc00 || low > 0xdfff)
		return not_json(s, "half of a surrogate pair");
	return 0;
}

static int string(struct scan *s)
{
	uint32_t point = 0;

	if (!at(s, '"'))
		return not_json(s, "a string was expected");
	s->p++;
	while (s->p < s->end && *s->p != '"') {
		if (*s->p == '\\') {
			if (escape(s) < 0)
				return -1;
			continue;
		}
		size_t n = text_decode(s->p, (size_t)(s->end - s->p), &point);

		if (!n)
			return not_json(s, "not UTF-8");
		if (point < 0x20)
			return not_json(s, "a control character in a string");
		s->p += n;
	}
	if (s->p == s->end)
		return not_json(s, "a string without an end");
	s->p++;
	return 0;
}

static int word(struct scan *s, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, text, len) != 0)
		return not_json(s, "a value was expected");
	s->p += len;
	return 0;
}

static int value(struct scan *s, unsigned depth);

/* An object or a list, from its opening bracket. */
static int group(struct scan *s, unsigned depth, char closer)
{
	size_t count = 0;

	if (depth >= JSON_DEPTH_MAX)
		return wrong(s, ERR_LIMIT, "nested too deeply");
	s->p++;
	space(s);
	if (at(s, closer)) {
		s->p++;
		return 0;
	}
	for (;;) {
		if (closer == '}') {
			if (++count > JSON_KEYS_MAX)
				return wrong(s, ERR_LIMIT, "too many keys in an object");
			space(s);
			if (string(s) < 0)
				return -1;
			space(s);
			if (!at(s, ':'))
				return not_json(s, "':' was expected");
			s->p++;
		}
		if (value(s, depth + 1) < 0)
			return -1;
		if (at(s, closer)) {
			s->p++;
			return 0;
		}
		if (!at(s, ','))
			return not_json(s, "',' or the end of the group was expected");
		s->p++;
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): group() bounds it by JSON_DEPTH_MAX. */
static int value(struct scan *s, unsigned depth)
{
	int result;

	if (++s->values > s->values_max)
		return wrong(s, ERR_LIMIT, "too many values");
	space(s);
	switch (s->p < s->end ? *s->p : '\0') {
	case '{':
		result = group(s, depth, '}');
		break;
	case '[':
		result = group(s, depth, ']');
		break;
	case '"':
		result = string(s);
		break;
	case 't':
		result = word(s, "true");
		break;
	case 'f':
		result = word(s, "false");
		break;
	case 'n':
		result = word(s, "null");
		break;
	default:
		result =
			at(s, '-') || at_digit(s) ? number(s) : not_json(s, "a value was expected");
	}
	space(s);
	return result;
}

int json_scan(const char *text, size_t len, size_t values, struct err *e)
{
	struct scan s = {
		.start = text, .p = text, .end = text + len, .values_max = values, .e = e
	};

	if (len > JSON_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "JSON of more than %zu bytes", JSON_BYTES_MAX);
	if (value(&s, 0) < 0)
		return -1;
	if (s.p != s.end)
		return not_json(&s, "something after the value");
	return 0;
}
