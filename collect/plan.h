/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - what will be done to which evidence, in which order, and what is left out and why.
 *
 * A pure function of what was asked and what is known of the target; --dry-run prints it, the run
 * follows it. The order is that of volatility (RFC 3227): what disappears first is taken first.
 */
#ifndef COLLECT_PLAN_H
#define COLLECT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/kind.h"
#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/base/str.h"
#include "lib/model/container.h"

/* The steps in the order in which they are done. */
enum step_id {
	STEP_INSPECT,
	STEP_JOURNAL,
	STEP_PROCESSES,
	STEP_SOCKETS,
	STEP_RECOVERED,
	STEP_MOUNTS,
	STEP_TOP,
	STEP_STATS,
	STEP_TMPFS,
	STEP_CHECKPOINT,
	STEP_MEMORY,
	STEP_FREEZE,
	STEP_CHANGES,
	STEP_FILES,
	STEP_VOLUMES,
	STEP_BINDS,
	STEP_ROOTFS,
	STEP_INDEX,
	STEP_THAW,
	STEP_LOGS,
	STEP_EVENTS,
	STEP_ENGINE,
	STEP_NETWORK,
	STEP_IMAGE,
	STEP_IMAGE_ARCHIVE,
	STEP_INSPECT_AFTER,
	STEP_COUNT,
};

enum step_how {
	HOW_NONE,
	HOW_API,
	HOW_HOST,
	HOW_HERE, /* a file of our own, wherever the container is */
};

enum step_fate {
	FATE_DO,
	FATE_ABSENT,     /* the container has none */
	FATE_CHOICE,     /* the operator left it out */
	FATE_IMPOSSIBLE, /* it cannot be had here */
};

struct step {
	enum step_id id;
	enum kind kind; /* KIND_COUNT for freeze and thaw, which are no evidence */
	enum step_how how;
	enum step_fate fate;
	const char *effect; /* what doing it does to the target */
	char reason[256];   /* why it is not done */
};

struct plan {
	struct step steps[STEP_COUNT];
	size_t count;
};

/* What was asked for. */
struct wish {
	enum profile profile;
	uint32_t with, without; /* sets of kinds */
	bool freeze, keep_frozen;
	bool no_checkpoint; /* the person at the terminal said no */
};

/* What is known of the target. */
struct facts {
	enum dialect dialect;
	enum container_state state;
	bool is_rootless, has_experimental;
	bool has_processes, has_files; /* the host view; its reason where not */
	const char *why_not;
	bool has_journal;
	const char *journal_error; /* NULL: it can be read, if there is one */
	size_t volumes, binds;
};

/* ERR_USAGE where the wish contradicts itself. */
int wish_check(const struct wish *w, struct err *e) must_check;
void plan_make(const struct wish *w, const struct facts *f, struct plan *out);

const char *step_word(enum step_id id);
const struct step *plan_find(const struct plan *p, enum step_id id); /* NULL if not in it */

/* For --dry-run: lines for people, and an array under KEY. */
void plan_print(const struct plan *p, struct str *out);
void plan_json(const struct plan *p, struct jsonw *w, const char *key);

#endif
