/* SPDX-License-Identifier: Apache-2.0 */
/* kind.h - the kinds of evidence, as --with and --without name them, and the profiles made of them.
 */
#ifndef COLLECT_KIND_H
#define COLLECT_KIND_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/opt.h"

enum kind {
	KIND_ENGINE,
	KIND_INSPECT,
	KIND_JOURNAL,
	KIND_IMAGE,
	KIND_PROCESSES,
	KIND_SOCKETS,
	KIND_RECOVERED,
	KIND_MOUNTS,
	KIND_CHANGES,
	KIND_NETWORK,
	KIND_LOGS,
	KIND_EVENTS,
	KIND_STATS,
	KIND_FILES,
	KIND_TMPFS,
	KIND_INDEX,
	KIND_ROOTFS,
	KIND_CHECKPOINT,
	KIND_MEMORY,
	KIND_VOLUMES,
	KIND_BINDS,
	KIND_IMAGE_ARCHIVE,
	KIND_COUNT,
};

const char *kind_word(enum kind k);

enum profile { PROFILE_TRIAGE, PROFILE_STANDARD, PROFILE_FULL };
#define PROFILE_WORDS "triage|standard|full" /* in the order of the enum */

const char *profile_word(enum profile p);
enum profile profile_of(const char *word); /* one of PROFILE_WORDS */

/* A set of kinds: bit 1 << kind. */
#define KIND_BIT(k) (UINT32_C(1) << (k))
uint32_t profile_kinds(enum profile p);

/*
 * Reads lists such as "files,logs" given to OPTION ("with"). An unknown word is ERR_USAGE naming it
 * and all the kinds.
 */
int kinds_parse(const struct words *lists, const char *option, uint32_t *out,
		struct err *e) must_check;

#endif
