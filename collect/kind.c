/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/kind.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/base/str.h"

#define NEVER 3 /* in no profile: only by --with */

static const struct {
	const char *word;
	unsigned from; /* the least profile that has it */
} kinds[KIND_COUNT] = {
	[KIND_ENGINE] = { "engine", PROFILE_TRIAGE },
	[KIND_INSPECT] = { "inspect", PROFILE_TRIAGE },
	[KIND_JOURNAL] = { "journal", PROFILE_TRIAGE },
	[KIND_IMAGE] = { "image", PROFILE_TRIAGE },
	[KIND_PROCESSES] = { "processes", PROFILE_TRIAGE },
	[KIND_SOCKETS] = { "sockets", PROFILE_TRIAGE },
	[KIND_RECOVERED] = { "recovered", PROFILE_TRIAGE },
	[KIND_MOUNTS] = { "mounts", PROFILE_TRIAGE },
	[KIND_CHANGES] = { "changes", PROFILE_TRIAGE },
	[KIND_NETWORK] = { "network", PROFILE_TRIAGE },
	[KIND_LOGS] = { "logs", PROFILE_TRIAGE },
	[KIND_EVENTS] = { "events", PROFILE_TRIAGE },
	[KIND_STATS] = { "stats", PROFILE_TRIAGE },
	[KIND_FILES] = { "files", PROFILE_STANDARD },
	[KIND_TMPFS] = { "tmpfs", PROFILE_STANDARD },
	[KIND_INDEX] = { "index", PROFILE_STANDARD },
	[KIND_ROOTFS] = { "rootfs", PROFILE_FULL },
	[KIND_CHECKPOINT] = { "checkpoint", PROFILE_FULL },
	[KIND_MEMORY] = { "memory", NEVER },
	[KIND_VOLUMES] = { "volumes", PROFILE_FULL },
	[KIND_BINDS] = { "binds", NEVER },
	[KIND_IMAGE_ARCHIVE] = { "image-archive", PROFILE_FULL },
};

const char *kind_word(enum kind k)
{
	return kinds[k].word;
}

static const char *const profiles[] = { "triage", "standard", "full" };

const char *profile_word(enum profile p)
{
	return profiles[p];
}

enum profile profile_of(const char *word)
{
	enum profile p = PROFILE_TRIAGE;

	while (p < PROFILE_FULL && strcmp(word, profiles[p]) != 0)
		p++;
	return p;
}

uint32_t profile_kinds(enum profile p)
{
	uint32_t set = 0;

	for (enum kind k = 0; k < KIND_COUNT; k++)
		if (kinds[k].from <= p)
			set |= KIND_BIT(k);
	return set;
}

static int unknown(const char *option, const char *word, size_t len, struct err *e)
{
	AUTO(str_release) struct str all = STR_INIT(512);

	for (enum kind k = 0; k < KIND_COUNT; k++)
		str_addf(&all, "%s%s", k ? " " : "", kinds[k].word);
	return err_set(e, ERR_USAGE, "--%s: unknown kind '%.*s'; the kinds are %s", option,
		       (int)len, word, all.buf);
}

static int parse_word(const char *option, const char *word, size_t len, uint32_t *set,
		      struct err *e)
{
	for (enum kind k = 0; k < KIND_COUNT; k++) {
		if (strlen(kinds[k].word) == len && !strncmp(kinds[k].word, word, len)) {
			*set |= KIND_BIT(k);
			return 0;
		}
	}
	return unknown(option, word, len < 64 ? len : 64, e);
}

int kinds_parse(const struct words *lists, const char *option, uint32_t *out, struct err *e)
{
	uint32_t set = 0;

	for (size_t i = 0; i < lists->count; i++) {
		const char *p = lists->items[i];

		for (;;) {
			size_t len = strcspn(p, ",");

			if (parse_word(option, p, len, &set, e) < 0)
				return -1;
			if (!p[len])
				break;
			p += len + 1;
		}
	}
	*out = set;
	return 0;
}
