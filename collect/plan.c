/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/plan.h"

#include <stdio.h>
#include <string.h>

#define NEEDS_RUN       (1U << 0) /* a container that runs or is paused */
#define NEEDS_PROCESSES (1U << 1) /* the host view of its processes */
#define PREFERS_FILES   (1U << 2) /* from the host where its files are seen, else through the API */
#define NEEDS_FILES     (1U << 3) /* the host view of its layers */
#define NEEDS_HOST      (1U << 4) /* either of the two */
#define NOT_CREATED     (1U << 5) /* a container that was never started has none */

static const struct {
	const char *word;
	enum kind kind;
	unsigned needs;
} table[STEP_COUNT] = {
	[STEP_INSPECT] = { "inspect", KIND_INSPECT, 0 },
	[STEP_JOURNAL] = { "journal", KIND_JOURNAL, 0 },
	[STEP_PROCESSES] = { "processes", KIND_PROCESSES, NEEDS_RUN | NEEDS_PROCESSES },
	[STEP_SOCKETS] = { "sockets", KIND_SOCKETS, NEEDS_RUN | NEEDS_PROCESSES },
	[STEP_RECOVERED] = { "recovered", KIND_RECOVERED, NEEDS_RUN | NEEDS_PROCESSES },
	[STEP_MOUNTS] = { "mounts", KIND_MOUNTS, NEEDS_RUN | NEEDS_PROCESSES },
	[STEP_TOP] = { "top", KIND_PROCESSES, NEEDS_RUN },
	[STEP_STATS] = { "stats", KIND_STATS, NEEDS_RUN },
	[STEP_TMPFS] = { "tmpfs", KIND_TMPFS, NEEDS_RUN | NEEDS_PROCESSES },
	[STEP_CHECKPOINT] = { "checkpoint", KIND_CHECKPOINT, NEEDS_RUN },
	[STEP_MEMORY] = { "memory", KIND_MEMORY, NEEDS_RUN },
	[STEP_FREEZE] = { "freeze", KIND_COUNT, 0 },
	[STEP_CHANGES] = { "changes", KIND_CHANGES, PREFERS_FILES },
	[STEP_FILES] = { "files", KIND_FILES, PREFERS_FILES },
	[STEP_VOLUMES] = { "volumes", KIND_VOLUMES, NEEDS_HOST },
	[STEP_BINDS] = { "binds", KIND_BINDS, NEEDS_HOST },
	[STEP_ROOTFS] = { "rootfs", KIND_ROOTFS, PREFERS_FILES },
	[STEP_INDEX] = { "index", KIND_INDEX, NEEDS_FILES },
	[STEP_THAW] = { "thaw", KIND_COUNT, 0 },
	[STEP_LOGS] = { "logs", KIND_LOGS, NOT_CREATED },
	[STEP_EVENTS] = { "events", KIND_EVENTS, 0 },
	[STEP_ENGINE] = { "engine", KIND_ENGINE, 0 },
	[STEP_NETWORK] = { "network", KIND_NETWORK, 0 },
	[STEP_IMAGE] = { "image", KIND_IMAGE, 0 },
	[STEP_IMAGE_ARCHIVE] = { "image-archive", KIND_IMAGE_ARCHIVE, 0 },
	[STEP_INSPECT_AFTER] = { "inspect-after", KIND_INSPECT, 0 },
};

const char *step_word(enum step_id id)
{
	return table[id].word;
}

const struct step *plan_find(const struct plan *p, enum step_id id)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].id == id)
			return &p->steps[i];
	return NULL;
}

int wish_check(const struct wish *w, struct err *e)
{
	for (enum kind k = 0; k < KIND_COUNT; k++)
		if (w->with & w->without & KIND_BIT(k))
			return err_set(e, ERR_USAGE, "'%s' stands in both --with and --without",
				       kind_word(k));
	if (w->without & KIND_BIT(KIND_INSPECT))
		return err_set(e, ERR_USAGE,
			       "--without: 'inspect' cannot be left out; it says which "
			       "container this is");
	if (w->keep_frozen && !w->freeze)
		return err_set(e, ERR_USAGE, "--keep-frozen needs --freeze");
	return 0;
}

static bool is_alive(const struct facts *f)
{
	return f->state == STATE_RUNNING || f->state == STATE_PAUSED;
}

static const char *state_text(const struct facts *f)
{
	return f->state == STATE_CREATED ? "the container was never started"
					 : "the container is not running";
}

static void leave(struct step *s, enum step_fate fate, const char *why)
{
	s->fate = fate;
	(void)snprintf(s->reason, sizeof(s->reason), "%s", why);
}

static void choose(struct step *s, const struct wish *w)
{
	uint32_t bit = KIND_BIT(s->kind);

	if (w->without & bit)
		leave(s, FATE_CHOICE, "left out by --without");
	else if ((w->with | profile_kinds(w->profile)) & bit)
		return;
	else if (s->kind == KIND_BINDS || s->kind == KIND_MEMORY)
		(void)snprintf(s->reason, sizeof(s->reason), "taken only by --with %s",
			       kind_word(s->kind));
	else
		(void)snprintf(s->reason, sizeof(s->reason), "not in the profile '%s'",
			       profile_word(w->profile));
	s->fate = FATE_CHOICE;
}

/* What a checkpoint needs beyond a running container; each engine has its own reasons. */
static void judge_checkpoint(struct step *s, const struct wish *w, const struct facts *f)
{
	if (w->no_checkpoint)
		leave(s, FATE_CHOICE, "declined at the terminal");
	else if (f->is_rootless)
		leave(s, FATE_IMPOSSIBLE, "CRIU needs root, this engine is rootless");
	else if (f->dialect == DIALECT_PODMAN && f->state == STATE_PAUSED)
		leave(s, FATE_IMPOSSIBLE, "Podman cannot checkpoint a paused container");
	else if (f->dialect == DIALECT_DOCKER && !f->has_experimental)
		leave(s, FATE_IMPOSSIBLE,
		      "this Docker daemon runs without --experimental, which checkpoints need");
	else if (f->dialect == DIALECT_DOCKER && !f->has_files)
		leave(s, FATE_IMPOSSIBLE,
		      "Docker leaves a checkpoint on the daemon's host and cannot send it; run "
		      "impound there as root");
}

/* What the host's own view has is no loss where Podman cannot say it. */
static void judge_top(struct step *s, const struct facts *f)
{
	if (f->dialect != DIALECT_PODMAN)
		return;
	if (f->has_processes)
		leave(s, FATE_CHOICE,
		      "the host's /proc says more, and Podman's top would read the container's "
		      "/etc/passwd");
	else if (f->state == STATE_PAUSED)
		leave(s, FATE_IMPOSSIBLE, "Podman lists no processes of a paused container");
}

static bool is_out_of_sight(unsigned needs, const struct facts *f)
{
	return ((needs & NEEDS_PROCESSES) && !f->has_processes) ||
	       ((needs & NEEDS_FILES) && !f->has_files) ||
	       ((needs & NEEDS_HOST) && !f->has_processes && !f->has_files);
}

static void judge(struct step *s, const struct wish *w, const struct facts *f)
{
	unsigned needs = table[s->id].needs;

	if ((needs & NEEDS_RUN) && !is_alive(f))
		leave(s, FATE_ABSENT, state_text(f));
	else if ((needs & NOT_CREATED) && f->state == STATE_CREATED)
		leave(s, FATE_ABSENT, state_text(f));
	else if (s->id == STEP_VOLUMES && f->volumes == 0)
		leave(s, FATE_ABSENT, "the container has no volumes");
	else if (s->id == STEP_BINDS && f->binds == 0)
		leave(s, FATE_ABSENT, "the container has no bind mounts");
	else if (is_out_of_sight(needs, f))
		leave(s, FATE_IMPOSSIBLE, f->why_not);
	else if (s->id == STEP_JOURNAL && f->journal_error)
		leave(s, FATE_IMPOSSIBLE, f->journal_error);
	else if (s->id == STEP_JOURNAL && !f->has_journal)
		leave(s, FATE_ABSENT, "nothing was contained or collected from here before");
	else if (s->id == STEP_TOP)
		judge_top(s, f);
	else if (s->id == STEP_CHECKPOINT)
		judge_checkpoint(s, w, f);
	else if (s->id == STEP_MEMORY)
		leave(s, FATE_IMPOSSIBLE, "this version takes memory only as a checkpoint");
}

static enum step_how how_of(enum step_id id, const struct facts *f)
{
	unsigned needs = table[id].needs;

	if (id == STEP_JOURNAL)
		return HOW_HERE;
	if (needs & (NEEDS_PROCESSES | NEEDS_FILES | NEEDS_HOST))
		return HOW_HOST;
	if ((needs & PREFERS_FILES) && f->has_files)
		return HOW_HOST;
	return HOW_API;
}

#define QUIET "nothing"
#define READS "nothing: a private read-only clone of the mount is read, no access time moves"

/* In words, for --dry-run and the plan in the custody log. */
static const char *effect_of(const struct step *s, const struct wish *w, const struct facts *f)
{
	switch (s->id) {
	case STEP_PROCESSES:
	case STEP_SOCKETS:
	case STEP_RECOVERED:
	case STEP_MOUNTS:
		return "nothing: read from the host's /proc";
	case STEP_TMPFS:
	case STEP_VOLUMES:
	case STEP_BINDS:
	case STEP_INDEX:
		return READS;
	case STEP_TOP:
		return f->dialect == DIALECT_DOCKER
			       ? "nothing: the engine runs ps on its own host"
			       : "the engine reads /etc/passwd: its access time can move";
	case STEP_CHECKPOINT:
		return f->dialect == DIALECT_PODMAN
			       ? "stands still for the dump; sleeping system calls are "
				 "interrupted, which can end "
				 "a program; access times of files on tmpfs and of changed files "
				 "move; the engine rewrites FinishedAt and CheckpointedAt"
			       : "stands still for the dump; sleeping system calls are "
				 "interrupted, which can end "
				 "a program; access times of files on tmpfs move";
	case STEP_FREEZE:
		return w->keep_frozen ? "every process stands still, and is left so"
				      : "every process stands still until thawed";
	case STEP_THAW:
		return "goes on";
	case STEP_CHANGES:
	case STEP_FILES:
	case STEP_ROOTFS:
		return s->how == HOW_HOST ? READS
					  : "the engine reads the files: access times can move";
	default:
		return QUIET;
	}
}

static bool is_recorded(const struct plan *p, enum kind k)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].kind == k)
			return true;
	return false;
}

static bool is_wanted_frozen(const struct plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		enum step_id id = p->steps[i].id;

		if (p->steps[i].fate == FATE_DO && id > STEP_FREEZE && id < STEP_THAW)
			return true;
	}
	return false;
}

static void add(struct plan *p, const struct step *s)
{
	p->steps[p->count++] = *s;
}

/* A place for the freeze is kept, and taken out again where there is nothing to freeze or to read
 * then. */
static void judge_freeze(struct plan *p, const struct facts *f)
{
	bool needed = is_wanted_frozen(p);
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++) {
		struct step *s = &p->steps[i];

		if (s->id == STEP_FREEZE && f->state == STATE_PAUSED)
			leave(s, FATE_ABSENT, "the container is paused already and stays so");
		else if (s->id == STEP_FREEZE && f->state != STATE_RUNNING)
			leave(s, FATE_ABSENT, state_text(f));
		else if (s->id == STEP_FREEZE && !needed)
			leave(s, FATE_ABSENT, "nothing of the file system is taken");
		if (s->id == STEP_THAW && (f->state != STATE_RUNNING || !needed))
			continue;
		if (kept != i)
			p->steps[kept] = *s;
		kept++;
	}
	p->count = kept;
}

void plan_make(const struct wish *w, const struct facts *f, struct plan *out)
{
	struct plan p = { .count = 0 };

	for (enum step_id id = 0; id < STEP_COUNT; id++) {
		struct step s = { .id = id, .kind = table[id].kind, .how = how_of(id, f) };

		s.effect = effect_of(&s, w, f);
		if (s.kind == KIND_COUNT) {
			if (w->freeze && !(s.id == STEP_THAW && w->keep_frozen))
				add(&p, &s);
			continue;
		}
		choose(&s, w);
		/* A kind of two steps that is not wanted is said once. */
		if (s.fate == FATE_CHOICE && is_recorded(&p, s.kind))
			continue;
		if (s.fate == FATE_DO)
			judge(&s, w, f);
		if (s.fate == FATE_ABSENT && is_recorded(&p, s.kind))
			continue;
		if (s.fate != FATE_DO) {
			s.how = HOW_NONE;
			s.effect = NULL;
		}
		add(&p, &s);
	}
	if (w->freeze)
		judge_freeze(&p, f);
	*out = p;
}
