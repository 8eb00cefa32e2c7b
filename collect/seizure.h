/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seizure.h - one container being collected: what every kind of evidence is handed.
 *
 * A kind's take() begins and ends its own artifacts (lib/bundle/write.h). What goes wrong with one
 * piece becomes its record and take() returns 0; it returns -1 only when nothing more can be
 * collected: a signal (ERR_STOPPED), the bundle's limit or disk (seizure_is_over), a custody log
 * that cannot be written.
 */
#ifndef COLLECT_SEIZURE_H
#define COLLECT_SEIZURE_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/idmaps.h"
#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/bundle/journal.h"
#include "lib/bundle/write.h"
#include "lib/engine/engine.h"
#include "lib/engine/host.h"
#include "lib/model/container.h"

struct survey;

/* The containment journal as it was before the first step. */
struct journal_view {
	const char *path;
	struct journal *open; /* NULL where there is none, or it cannot be read */
	struct journal_state state;
	char why[200]; /* it cannot be read; "" */
};

struct seizure {
	struct engine *engine;
	struct container target; /* from the first inspect */
	struct host_view host;   /* proved once, before the first step */
	struct idmaps ids;       /* of its files; kept, for they outlive its first process */
	struct bundle *bundle;
	/* The answer that `target` was read from: take_inspect stores it. */
	struct str first_inspect;
	struct journal_view journal;
	/* Contents, not only the index; take_volumes does both in one call. */
	bool with_volumes, with_binds;
	bool is_frozen; /* by us, now */
	/*
	 * An answer did not come at all (as opposed to: the engine said no). The run then asks
	 * whether the engine is still there before it begins the next step that needs it.
	 */
	bool has_engine_trouble;
	/* The paths that `changes` named, for kinds that come after it; sorted; NULL if not had. */
	struct change *changes;
	size_t change_count;
	/* The host's view of the processes: made by the first kind that needs it (survey.h). */
	struct survey *survey;
};

struct change {
	char *path;
	char letter; /* A, M, D */
};

void seizure_release(struct seizure *s);

/*
 * Each of these is one kind of evidence, the word of --with. The plan (plan.h) decides whether it
 * is called, in which order, and records what it left out: take_processes, take_sockets,
 * take_recovered, take_mounts and take_tmpfs are called only for a container that runs (or is
 * paused) and whose processes the host view has; take_top belongs to the kind "processes" too and
 * needs only the engine.
 */
/* contain/journal.jsonl */
int take_journal(struct seizure *s, struct err *e) must_check;
/* engine/version.json info.json */
int take_engine(struct seizure *s, struct err *e) must_check;
/* container/: inspect.json, inspect-after.json, top.json, stats.json, changes.json */
int take_inspect(struct seizure *s, struct err *e) must_check;
int take_inspect_after(struct seizure *s, struct err *e) must_check;
int take_top(struct seizure *s, struct err *e) must_check;
int take_stats(struct seizure *s, struct err *e) must_check;
int take_changes(struct seizure *s, struct err *e) must_check;
/* process/: processes.jsonl proc.tar, sockets.jsonl, recovered.tar, mounts.jsonl */
int take_processes(struct seizure *s, struct err *e) must_check;
int take_sockets(struct seizure *s, struct err *e) must_check;
int take_recovered(struct seizure *s, struct err *e) must_check;
int take_mounts(struct seizure *s, struct err *e) must_check;
/* logs/, events/events.jsonl, network/<n>.json */
int take_logs(struct seizure *s, struct err *e) must_check;
int take_events(struct seizure *s, struct err *e) must_check;
int take_network(struct seizure *s, struct err *e) must_check;
/* filesystem/: changes.tar .jsonl, tmpfs-<n>.tar .jsonl, rootfs.tar .jsonl */
int take_files(struct seizure *s, struct err *e) must_check;
int take_tmpfs(struct seizure *s, struct err *e) must_check;
int take_rootfs(struct seizure *s, struct err *e) must_check;
/* image/files.jsonl and volumes/<n>.jsonl; volumes/<n>.tar, binds too */
int take_index(struct seizure *s, struct err *e) must_check;
int take_volumes(struct seizure *s, struct err *e) must_check;
/* image/: inspect.json history.json, image.tar */
int take_image(struct seizure *s, struct err *e) must_check;
int take_image_archive(struct seizure *s, struct err *e) must_check;
/* memory/checkpoint.tar */
int take_checkpoint(struct seizure *s, struct err *e) must_check;

/* Whether nothing more can be taken (a signal, the disk, the bundle's limit): then take() returns
 * -1. */
bool seizure_is_over(const struct seizure *s, const struct err *e);

/*
 * Ends an artifact after an attempt that returned FAILED (0 or -1) with *WHY: whole, partial
 * (something came) or failed. Returns -1 only as take() does, with *WHY in *E.
 */
int seizure_end(struct seizure *s, struct artifact *a, int failed, const struct err *why,
		const char *const *effects, struct err *e) must_check;

/* The changes as the engine would tell them, from disk; *IS_TAKEN false: not possible. */
int take_upper(struct seizure *s, bool *is_taken, struct err *e) must_check;

/*
 * Asks the engine and stores the answer as it comes, whole or as far as it came: the record is made
 * here. EFFECTS as in struct ending. Returns -1 only as take() does.
 */
int seizure_store(struct seizure *s, const char *kind, enum request what,
		  const struct request_args *args, const char *path, const char *const *effects,
		  struct err *e) must_check;

#endif
