/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

#define TEXT_MAX 64

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "[-]<seconds>[.<9 digits>]"; the fraction counts forward, also before 1970. */
static int parse_seconds(const char *text, struct when *out, struct err *e)
{
	const char *p = text + (*text == '-');
	bool is_negative = *text == '-';
	struct when w = { .digits = 0 };
	int64_t n = 0;

	if (!is_digit(*p))
		return err_set(e, ERR_FORMAT, "'@%s' is not a time", text);
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, (int64_t)(*p - '0'), &n))
			return err_set(e, ERR_FORMAT, "'@%s' is past all times", text);
	if (!is_negative && __builtin_sub_overflow(INT64_C(0), n, &n))
		return err_set(e, ERR_FORMAT, "'@%s' is past all times", text);
	w.at.tv_sec = n;
	if (*p == '.') {
		for (p++; is_digit(*p) && w.digits < 9; p++, w.digits++)
			w.at.tv_nsec = w.at.tv_nsec * 10 + (*p - '0');
		if (w.digits != 9)
			return err_set(e, ERR_FORMAT, "'@%s' is not a time", text);
	}
	if (*p)
		return err_set(e, ERR_FORMAT, "'@%s' is not a time", text);
	*out = w;
	return 0;
}

static unsigned digits_of(const char *text)
{
	const char *dot = strchr(text, '.');
	size_t n = dot ? strspn(dot + 1, "0123456789") : 0;

	return n < 9 ? (unsigned)n : 9;
}

int when_parse(const char *text, struct when *out, struct err *e)
{
	struct when w = { .digits = digits_of(text) };

	if (*text == '@')
		return parse_seconds(text + 1, out, e);
	if (text_parse_time(text, &w.at, e) < 0)
		return -1;
	*out = w;
	return 0;
}

int when_parse_local(const char *text, size_t len, struct when *out, struct err *e)
{
	struct when w = { .is_local = true };
	char whole[TEXT_MAX];
	size_t gap = 10;

	if (len < 19 || len > TEXT_MAX - 2)
		return err_set(e, ERR_FORMAT, "no time");
	while (gap < len && (text[gap] == ' ' || text[gap] == 'T'))
		gap++;
	if (gap == 10 || memchr(text, '\0', len))
		return err_set(e, ERR_FORMAT, "no time");
	(void)snprintf(whole, sizeof(whole), "%.10sT%.*sZ", text, (int)(len - gap), text + gap);
	if (text_parse_time(whole, &w.at, e) < 0)
		return -1;
	w.digits = digits_of(whole);
	*out = w;
	return 0;
}

int when_parse_bound(const char *text, bool end, struct timespec *out, struct err *e)
{
	char whole[TEXT_MAX];
	struct when w;

	if (strlen(text) != 10) {
		if (when_parse(text, &w, e) < 0)
			return -1;
		*out = w.at;
		return 0;
	}
	(void)snprintf(whole, sizeof(whole), "%s%s", text,
		       end ? "T23:59:59.999999999Z" : "T00:00:00Z");
	return text_parse_time(whole, out, e) < 0 ? err_set(e, ERR_FORMAT, "'%s' is no date", text)
						  : 0;
}

bool when_has_date(const struct timespec *t)
{
	return t->tv_sec >= WHEN_FIRST && t->tv_sec <= WHEN_LAST;
}

void when_show(char out[WHEN_SIZE], const struct when *w, unsigned digits)
{
	struct tm tm = { 0 };
	int len;

	if (digits > w->digits)
		digits = w->digits;
	if (when_has_date(&w->at) && gmtime_r(&w->at.tv_sec, &tm))
		len = snprintf(out, WHEN_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
			       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	else
		len = snprintf(out, WHEN_SIZE, "@%" PRId64, (int64_t)w->at.tv_sec);
	if (digits) {
		/* Cut, not rounded: nothing is later than it was. */
		(void)snprintf(out + len, WHEN_SIZE - (size_t)len, ".%09ld",
			       w->at.tv_nsec % 1000000000);
		len += 1 + (int)digits;
	}
	(void)snprintf(out + len, WHEN_SIZE - (size_t)len, "%s",
		       w->is_local || *out == '@' ? "" : "Z");
}

int when_compare(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}
