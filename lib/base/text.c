/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lib/base/own.h"

size_t text_decode(const char *s, size_t len, uint32_t *point)
{
	const unsigned char *u = (const unsigned char *)s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n;

	if (!len)
		return 0;
	if (u[0] < 0x80) {
		*point = u[0];
		return 1;
	}
	n = u[0] >= 0xf0 && u[0] < 0xf8 ? 4 : u[0] >= 0xe0 ? 3 : u[0] >= 0xc0 ? 2 : 0;
	if (!n || u[0] >= 0xf8 || n > len)
		return 0;
	c = u[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*point = c;
	return n;
}

bool text_is_utf8(const char *s, size_t len)
{
	uint32_t point;

	for (size_t n; len; s += n, len -= n)
		if (!(n = text_decode(s, len, &point)))
			return false;
	return true;
}

/* Unicode 15: Cc, Cf, Zl, Zp, the fillers that draw nothing, and what is no character at all. */
bool text_is_unsafe(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} bad[] = {
		{ 0x00, 0x1f },       { 0x7f, 0x9f },        { 0xad, 0xad },
		{ 0x34f, 0x34f },     { 0x600, 0x605 },      { 0x61c, 0x61c },
		{ 0x6dd, 0x6dd },     { 0x70f, 0x70f },      { 0x890, 0x891 },
		{ 0x8e2, 0x8e2 },     { 0x115f, 0x1160 },    { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },   { 0x200b, 0x200f },    { 0x2028, 0x202e },
		{ 0x2060, 0x206f },   { 0x3164, 0x3164 },    { 0xd800, 0xf8ff },
		{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },    { 0xffa0, 0xffa0 },
		{ 0xfff0, 0xfffb },   { 0xfffe, 0xffff },    { 0x110bd, 0x110bd },
		{ 0x110cd, 0x110cd }, { 0x13430, 0x1343f },  { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c >= bad[i].from && c <= bad[i].to)
			return true;
	return (c & 0xfffe) == 0xfffe;
}

void text_show(struct str *out, const char *s, size_t len)
{
	uint32_t c = 0;

	while (len) {
		size_t n = text_decode(s, len, &c);

		if (!n) {
			str_addf(out, "\\x%02x", (unsigned char)*s);
			n = 1;
		} else if (c == '\\') {
			str_adds(out, "\\\\");
		} else if (c == '\n') {
			str_adds(out, "\\n");
		} else if (c == '\t') {
			str_adds(out, "\\t");
		} else if (text_is_unsafe(c)) {
			str_addf(out, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
		} else {
			str_add(out, s, n);
		}
		s += n;
		len -= n;
	}
}

#define WRAP_WIDTH 79
/* Enough for any line that a person reads; the rest is cut. */
#define TEXT_SHOWN_MAX ((size_t)64 << 10)

void text_put(FILE *f, const char *s)
{
	AUTO(str_release) struct str out = STR_INIT(TEXT_SHOWN_MAX);

	text_show(&out, s, strlen(s));
	(void)fwrite(out.buf, 1, out.len, f);
}

static size_t columns_of(uint32_t c)
{
	int w = wcwidth((wchar_t)c);

	return w > 0 ? (size_t)w : w == 0 ? 0 : 1;
}

size_t text_width(const char *shown)
{
	size_t len = strlen(shown), width = 0;
	uint32_t c = 0;

	for (size_t n; len; shown += n, len -= n) {
		if (!(n = text_decode(shown, len, &c)))
			n = 1;
		width += columns_of(c);
	}
	return width;
}

void text_cut(struct str *shown, size_t columns)
{
	size_t at = 0, cut = 0, width = 0;
	uint32_t c = 0;

	if (text_width(shown->buf) <= columns)
		return;
	while (at < shown->len) {
		size_t n = text_decode(shown->buf + at, shown->len - at, &c);

		width += columns_of(c);
		if (width > columns)
			break;
		at += n ? n : 1;
		if (width < columns)
			cut = at;
	}
	shown->len = cut;
	str_adds(shown, "…");
}

char *text_fit(const char *s, size_t columns)
{
	AUTO(str_release) struct str out = STR_INIT(TEXT_SHOWN_MAX);

	text_show(&out, s, strlen(s));
	if (columns)
		text_cut(&out, columns);
	return str_detach(&out);
}

void text_hex(char *out, const void *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *u = p;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[u[i] >> 4];
		*out++ = digits[u[i] & 15];
	}
	*out = '\0';
}

bool text_is_hex(const char *s, size_t digits)
{
	return strspn(s, "0123456789abcdef") == digits && s[digits] == '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int text_unhex(void *out, size_t len, const char *hex, struct err *e)
{
	unsigned char *u = out;

	if (strspn(hex, "0123456789abcdefABCDEF") != 2 * len || hex[2 * len])
		return err_set(e, ERR_FORMAT, "'%s' is not %zu hexadecimal digits", hex, 2 * len);
	for (size_t i = 0; i < len; i++)
		u[i] = (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return 0;
}

void text_base64(struct str *out, const void *p, size_t len)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *u = p;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)u[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)u[i + 1] << 8;
		if (i + 2 < len)
			v |= u[i + 2];
		str_addc(out, set[v >> 18]);
		str_addc(out, set[v >> 12 & 63]);
		str_addc(out, i + 1 < len ? set[v >> 6 & 63] : '=');
		str_addc(out, i + 2 < len ? set[v & 63] : '=');
	}
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int text_unbase64(struct str *out, const char *s, size_t len, struct err *e)
{
	size_t pad = len > 1 && s[len - 1] == '=' ? 1 + (s[len - 2] == '=') : 0, start = out->len;
	uint32_t v = 0;

	if (len % 4)
		return err_set(e, ERR_FORMAT, "base64 that is cut short");
	for (size_t i = 0; i < len; i++) {
		int digit = i < len - pad ? base64_digit(s[i]) : 0;

		if (digit < 0) {
			out->buf[out->len = start] = '\0';
			return err_set(e, ERR_FORMAT, "no base64");
		}
		v = v << 6 | (uint32_t)digit;
		if (i % 4 != 3)
			continue;
		str_addc(out, (char)(v >> 16));
		if (i + 1 < len || pad < 2)
			str_addc(out, (char)(v >> 8));
		if (i + 1 < len || pad < 1)
			str_addc(out, (char)v);
		/* What the padding stands for must be zeros: one text for the same bytes. */
		if (i + 1 == len && ((pad == 1 && v & 0xff) || (pad == 2 && v & 0xffff))) {
			out->buf[out->len = start] = '\0';
			return err_set(e, ERR_FORMAT, "no canonical base64");
		}
		v = 0;
	}
	return 0;
}

void text_size(struct str *out, uint64_t bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t tenths = 0;
	size_t i = 0;

	while (bytes >= 1024) {
		tenths = bytes % 1024 * 10 / 1024;
		bytes /= 1024;
		i++;
	}
	if (i && bytes < 100)
		str_addf(out, "%llu.%llu %s", (unsigned long long)bytes, (unsigned long long)tenths,
			 unit[i]);
	else
		str_addf(out, "%llu %s", (unsigned long long)bytes, unit[i]);
}

void text_span(struct str *out, uint64_t seconds)
{
	unsigned long long s = seconds;

	if (s >= 86400)
		str_addf(out, "%llud %lluh", s / 86400, s % 86400 / 3600);
	else if (s >= 3600)
		str_addf(out, "%lluh %llum", s / 3600, s % 3600 / 60);
	else if (s >= 60)
		str_addf(out, "%llum %llus", s / 60, s % 60);
	else
		str_addf(out, "%llus", s);
}

int text_u64(const char *s, uint64_t max, uint64_t *out, struct err *e)
{
	uint64_t value = 0;

	if (!*s)
		return err_set(e, ERR_FORMAT, "'' is not a number");
	for (const char *p = s; *p; p++) {
		if (*p < '0' || *p > '9')
			return err_set(e, ERR_FORMAT, "'%s' is not a number", s);
		if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value) || value > max)
			return err_set(e, ERR_LIMIT, "'%s' is larger than %llu", s,
				       (unsigned long long)max);
	}
	*out = value;
	return 0;
}

void text_time(char out[TEXT_TIME_SIZE], const struct timespec *t)
{
	struct tm tm;

	if (!gmtime_r(&t->tv_sec, &tm) || tm.tm_year > 9999 - 1900 || tm.tm_year < -1900) {
		memcpy(out, "0000-00-00T00:00:00.000Z", 25);
		return;
	}
	(void)snprintf(out, TEXT_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		       (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		       (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100,
		       (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100,
		       (unsigned)(t->tv_nsec / 1000000) % 1000);
}

void text_now(char out[TEXT_TIME_SIZE])
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	text_time(out, &now);
}

static int digits(const char **s, int count, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		value = value * 10 + (**s - '0');
	}
	*out = value;
	return 0;
}

static int take(const char **s, const char *set)
{
	if (!**s || !strchr(set, **s))
		return -1;
	(*s)++;
	return 0;
}

static int parse_offset(const char **p, long *seconds)
{
	int hours, minutes, sign = **p == '-' ? -1 : 1;

	*seconds = 0;
	if (**p == 'Z' || **p == 'z')
		return take(p, "Zz");
	if (take(p, "+-") || digits(p, 2, &hours) || take(p, ":") || digits(p, 2, &minutes))
		return -1;
	if (hours > 23 || minutes > 59)
		return -1;
	*seconds = sign * (hours * 3600L + minutes * 60L);
	return 0;
}

static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && is_leap);
}

int text_parse_time(const char *s, struct timespec *out, struct err *e)
{
	struct tm tm = { 0 };
	const char *p = s;
	long offset, nanos = 0, unit = 100000000;

	if (digits(&p, 4, &tm.tm_year) || take(&p, "-") || digits(&p, 2, &tm.tm_mon) ||
	    take(&p, "-") || digits(&p, 2, &tm.tm_mday) || take(&p, "Tt ") ||
	    digits(&p, 2, &tm.tm_hour) || take(&p, ":") || digits(&p, 2, &tm.tm_min) ||
	    take(&p, ":") || digits(&p, 2, &tm.tm_sec))
		return err_set(e, ERR_FORMAT, "'%s' is not a time", s);
	if (*p == '.') {
		if (*++p < '0' || *p > '9')
			return err_set(e, ERR_FORMAT, "'%s' is not a time", s);
		for (; *p >= '0' && *p <= '9'; p++, unit /= 10)
			nanos += (*p - '0') * unit;
	}
	if (parse_offset(&p, &offset) || *p || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > days_of(tm.tm_year, tm.tm_mon) || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return err_set(e, ERR_FORMAT, "'%s' is not a time", s);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	out->tv_sec = timegm(&tm) - offset;
	out->tv_nsec = nanos;
	return 0;
}

void text_wrap(struct str *out, size_t indent, const char *text)
{
	size_t column = indent;

	for (const char *word = text; *word;) {
		size_t len = strcspn(word, " ");

		if (word != text && column + 1 + len > WRAP_WIDTH) {
			str_addf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (word != text) {
			str_addc(out, ' ');
			column++;
		}
		str_add(out, word, len);
		column += len;
		word += len;
		word += strspn(word, " ");
	}
	str_addc(out, '\n');
}

void text_quote(struct str *out, const char *word)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/+@:=,";

	if (*word && strspn(word, plain) == strlen(word)) {
		str_adds(out, word);
		return;
	}
	str_addc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			str_adds(out, "'\\''");
		else
			str_addc(out, *word);
	}
	str_addc(out, '\'');
}

size_t text_distance(const char *a, const char *b)
{
	size_t row[65], n = strnlen(b, 64), m = strnlen(a, 64);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= m; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[n];
}
