/* SPDX-License-Identifier: Apache-2.0 */
/* Records of logins, byte by byte: whose machine wrote them is not known. */
#include "analyze/dated.h"

#include <string.h>

enum {
	BOOT_TIME = 2,
	USER_PROCESS = 7,
	DEAD_PROCESS = 8,
	TYPES = 10,
	LINE_AT = 8,
	LINE_LEN = 32,
	USER_AT = 44,
	USER_LEN = 32,
	HOST_AT = 76,
	HOST_LEN = 256,
	TIME_AT_32 = 340,
	TIME_AT_64 = 344,
};

static uint64_t little(const unsigned char *p, size_t bytes)
{
	uint64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | p[bytes];
	return n;
}

size_t utmp_size(uint64_t size)
{
	return size % UTMP_SIZE_32 && size % UTMP_SIZE_64 == 0 ? UTMP_SIZE_64 : UTMP_SIZE_32;
}

static void add(struct str *what, const char *before, const unsigned char *field, size_t max)
{
	size_t len = strnlen((const char *)field, max);

	if (!len)
		return;
	str_adds(what, before);
	str_add(what, field, len);
}

static const char *verb(uint64_t type, bool is_failed)
{
	if (is_failed)
		return "failed login";
	if (type == BOOT_TIME)
		return "boot";
	if (type == USER_PROCESS)
		return "login";
	return type == DEAD_PROCESS ? "logout" : NULL;
}

bool utmp_record(const unsigned char *p, size_t size, bool is_failed, struct when *when,
		 struct str *what)
{
	bool is_long = size == UTMP_SIZE_64;
	const unsigned char *time = p + (is_long ? TIME_AT_64 : TIME_AT_32);
	size_t width = is_long ? 8 : 4;
	uint64_t type = little(p, 2), micros = little(time + width, width);
	const char *word = type && type < TYPES ? verb(type, is_failed) : NULL;

	if (!word)
		return false;
	/* Unsigned: 32 bits last until 2106 that way. */
	*when = (struct when){ .at = { .tv_sec = (time_t)little(time, width),
				       .tv_nsec = (long)(micros % 1000000) * 1000 },
			       .digits = 6 };
	str_adds(what, word);
	add(what, " ", p + USER_AT, USER_LEN);
	add(what, " on ", p + LINE_AT, LINE_LEN);
	add(what, " from ", p + HOST_AT, HOST_LEN);
	return true;
}
