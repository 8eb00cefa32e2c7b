/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/status.h"

#include <stddef.h>

/* Worst first; the order in which verify reports when several hold. */
static const struct {
	int status;
	const char *word;
} words[] = {
	{ STATUS_USAGE, "usage" },           { STATUS_ABSENT, "absent" },
	{ STATUS_TAMPERED, "tampered" },     { STATUS_FORMAT, "format" },
	{ STATUS_UNSEALED, "unsealed" },     { STATUS_FAILED, "failed" },
	{ STATUS_UNTRUSTED, "untrusted" },   { STATUS_FINDINGS, "findings" },
	{ STATUS_INCOMPLETE, "incomplete" }, { STATUS_DONE, "done" },
};

const char *status_word(int status)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].status == status)
			return words[i].word;
	return status > STATUS_SIGNAL ? "signal" : "failed";
}

static size_t rank(int status)
{
	size_t i = 0;

	if (status > STATUS_SIGNAL)
		return 0;
	while (i < sizeof(words) / sizeof(words[0]) && words[i].status != status)
		i++;
	return i + 1;
}

int status_worse(int a, int b)
{
	return rank(a) <= rank(b) ? a : b;
}
