/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - one container collected: inspected, planned, taken step by step, sealed. */
#ifndef COLLECT_RUN_H
#define COLLECT_RUN_H

#include <stdint.h>

#include "collect/plan.h"
#include "collect/seizure.h"
#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/base/progress.h"
#include "lib/bundle/seal.h"
#include "lib/bundle/write.h"

/* What the command line asked, the same for every container. */
struct order {
	struct wish wish;
	const char *parent; /* the directory that the bundle is made in */
	const char *case_id, *operator_name, *note, *exhibit;
	uint64_t limit;
	const char *if_started;     /* RFC 3339: only this run of it; or NULL */
	const char *journal;        /* its path, or NULL: this account has no place for one */
	const struct seal_key *key; /* NULL: one is made for the bundle */
	enum progress_mode progress;
	char **argv;
	int argc;
};

/* What became of one container. */
struct run {
	const struct order *order;
	struct seizure seizure;
	struct plan plan;
	struct receipt receipt; /* if is_sealed */
	bool is_sealed;
	bool is_engine_gone;
	bool is_left_paused;
	struct told {
		uint64_t seq;   /* of the journal's line */
		struct err why; /* there is none */
	} told;
	double seconds;
	struct freeze *freeze;
};

/* Inspects and plans; nothing is written yet. */
int run_prepare(struct run *r, const struct order *order, struct engine *g, const char *id,
		struct err *e) must_check;
/*
 * Makes the bundle, takes every step and seals. Returns 0 for a sealed bundle, complete or partial;
 * -1 when there is no sealed one: what was made stays as its .partial directory.
 */
int run_collect(struct run *r, struct err *e) must_check;
void run_release(struct run *r);

/* "engine" and "container" as they were when the run began, for custody and journal. */
void run_target_json(const struct run *r, struct jsonw *w);

#endif
