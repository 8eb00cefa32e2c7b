/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/err.h"

/* Here they are made. */
#undef err_set
#undef err_sys
#undef err_wrap

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/status.h"

/* The cut is meant: an error is read by a person, and names from outside can be of any length. */
printf_like(3, 0) static void put(struct err *e, size_t at, const char *fmt, va_list ap)
{
	if (vsnprintf(e->text + at, sizeof(e->text) - at, fmt, ap) < 0)
		e->text[at] = '\0';
}

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(e, 0, fmt, ap);
	va_end(ap);
	e->kind = kind;
	e->sys = 0;
	return -1;
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int number = errno;
	char reason[128];
	size_t len, room;
	va_list ap;

	va_start(ap, fmt);
	put(e, 0, fmt, ap);
	va_end(ap);
	(void)snprintf(reason, sizeof(reason), ": %s", strerror(number));
	len = strlen(e->text);
	room = sizeof(e->text) - 1 - strlen(reason);
	if (len > room)
		len = room;
	memcpy(e->text + len, reason, strlen(reason) + 1);
	e->kind = ERR_SYS;
	e->sys = number;
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	size_t len;
	va_list ap;

	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	put(e, 0, fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	if (len + 3 > sizeof(e->text))
		return -1;
	(void)snprintf(e->text + len, sizeof(e->text) - len, ": %.*s",
		       (int)(sizeof(e->text) - len - 3), old);
	return -1;
}

int err_status(const struct err *e)
{
	switch (e->kind) {
	case ERR_NONE:
		return STATUS_DONE;
	case ERR_USAGE:
		return STATUS_USAGE;
	case ERR_FORMAT:
	case ERR_LIMIT:
		return STATUS_FORMAT;
	case ERR_INTEGRITY:
		return STATUS_TAMPERED;
	case ERR_ABSENT:
		return STATUS_ABSENT;
	case ERR_UNSEALED:
		return STATUS_UNSEALED;
	case ERR_UNTRUSTED:
		return STATUS_UNTRUSTED;
	case ERR_STOPPED:
		return STATUS_SIGNAL + e->sys;
	case ERR_SYS:
	case ERR_ENGINE:
		break;
	}
	return STATUS_FAILED;
}
