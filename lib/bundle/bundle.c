/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/bundle.h"

#include <string.h>

const char *outcome_word(enum outcome o)
{
	static const char *const words[] = {
		[OUTCOME_WHOLE] = "whole",     [OUTCOME_PARTIAL] = "partial",
		[OUTCOME_FAILED] = "failed",   [OUTCOME_ABSENT] = "absent",
		[OUTCOME_SKIPPED] = "skipped",
	};

	return words[o];
}

const char *skip_word(enum skip s)
{
	static const char *const words[] = {
		[SKIP_NONE] = "",
		[SKIP_CHOICE] = "choice",
		[SKIP_IMPOSSIBLE] = "impossible",
	};

	return words[s];
}

bool outcome_is_complete(enum outcome o, enum skip by)
{
	return o == OUTCOME_WHOLE || o == OUTCOME_ABSENT ||
	       (o == OUTCOME_SKIPPED && by == SKIP_CHOICE);
}

bool bundle_path_is_ours(const char *path)
{
	size_t len = strlen(path);
	const char *at = path;

	if (!len || len > BUNDLE_PATH_MAX)
		return false;
	if (strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") !=
	    len)
		return false;
	for (;;) {
		size_t part = strcspn(at, "/");

		/* Neither empty nor hidden nor an option: that leaves no way to climb or be
		 * absolute. */
		if (!part || *at == '.' || *at == '-')
			return false;
		if (!at[part])
			return true;
		at += part + 1;
	}
}
