/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collect/freeze.h"
#include "collect/journal.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

/* One call takes both; it is made by the first of them that is wanted. */
static int take_binds(struct seizure *s, struct err *e)
{
	return s->with_volumes ? 0 : take_volumes(s, e);
}

static int (*const takes[STEP_COUNT])(struct seizure *, struct err *) = {
	[STEP_INSPECT] = take_inspect,
	[STEP_JOURNAL] = take_journal,
	[STEP_PROCESSES] = take_processes,
	[STEP_SOCKETS] = take_sockets,
	[STEP_RECOVERED] = take_recovered,
	[STEP_MOUNTS] = take_mounts,
	[STEP_TOP] = take_top,
	[STEP_STATS] = take_stats,
	[STEP_TMPFS] = take_tmpfs,
	[STEP_CHECKPOINT] = take_checkpoint,
	[STEP_CHANGES] = take_changes,
	[STEP_FILES] = take_files,
	[STEP_VOLUMES] = take_volumes,
	[STEP_BINDS] = take_binds,
	[STEP_ROOTFS] = take_rootfs,
	[STEP_INDEX] = take_index,
	[STEP_LOGS] = take_logs,
	[STEP_EVENTS] = take_events,
	[STEP_ENGINE] = take_engine,
	[STEP_NETWORK] = take_network,
	[STEP_IMAGE] = take_image,
	[STEP_IMAGE_ARCHIVE] = take_image_archive,
	[STEP_INSPECT_AFTER] = take_inspect_after,
};

static bool is_to_do(const struct plan *p, enum step_id id)
{
	const struct step *s = plan_find(p, id);

	return s && s->fate == FATE_DO;
}

static void make_plan(struct run *r)
{
	const struct seizure *s = &r->seizure;
	struct facts f = {
		.dialect = s->engine->dialect,
		.state = s->target.state,
		.is_rootless = s->engine->is_rootless,
		.has_experimental = s->engine->has_experimental,
		.has_processes = s->host.has_processes,
		.has_files = s->host.has_files,
		.why_not = s->host.why_not,
		.has_journal = s->journal.state.bytes > 0,
		.journal_error = s->journal.why[0] ? s->journal.why : NULL,
	};

	for (size_t i = 0; i < s->target.mount_count; i++) {
		f.volumes += s->target.mounts[i].type == MOUNT_VOLUME;
		f.binds += s->target.mounts[i].type == MOUNT_BIND;
	}
	plan_make(&r->order->wish, &f, &r->plan);
}

/* The caller saw one run of it: a restarted or recreated container is another one. */
static int check_started(const char *wanted, const struct container *c, struct err *e)
{
	struct timespec want, is;

	if (!wanted)
		return 0;
	if (text_parse_time(wanted, &want, e) < 0)
		return err_wrap(e, "--if-started");
	if (c->started && text_parse_time(c->started, &is, e) == 0 && file_same_time(&want, &is))
		return 0;
	return err_set(e, ERR_ENGINE, "this is another run of it: started %s, not %s",
		       c->started ? c->started : "never", wanted);
}

int run_prepare(struct run *r, const struct order *order, struct engine *g, const char *id,
		struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct request_args args = { .id = id };
	struct seizure *s = &r->seizure;
	struct err gone = { 0 };

	*r = (struct run){ .order = order };
	s->engine = g;
	str_init(&s->first_inspect, JSON_BYTES_MAX);
	if (engine_fetch(g, ASK_INSPECT, &args, &s->first_inspect, e) < 0)
		return -1;
	doc = json_parse(s->first_inspect.buf, s->first_inspect.len, e);
	if (!doc || container_from_inspect(g->dialect, doc, &s->target, e) < 0)
		return err_wrap(e, "the engine's inspect answer");
	if (check_started(order->if_started, &s->target, e) < 0)
		return -1;
	journal_look(s, order->journal);
	host_look(g, &s->target, &s->host);
	if (s->host.has_processes && idmaps_read(s->target.pid, &s->ids, &gone) < 0) {
		s->host.has_processes = false;
		(void)snprintf(s->host.why_not, sizeof(s->host.why_not), "%.190s", gone.text);
	}
	make_plan(r);
	s->with_volumes = is_to_do(&r->plan, STEP_VOLUMES);
	s->with_binds = is_to_do(&r->plan, STEP_BINDS);
	return 0;
}

void run_target_json(const struct run *r, struct jsonw *w)
{
	const struct engine *g = r->seizure.engine;
	const struct container *c = &r->seizure.target;

	jsonw_object(w, "engine");
	jsonw_text(w, "label", g->label);
	jsonw_text(w, "dialect", dialect_word(g->dialect));
	jsonw_text(w, "version", g->version);
	jsonw_text(w, "api", g->api);
	jsonw_bytes(w, "address", g->address, strlen(g->address));
	jsonw_bool(w, "rootless", g->is_rootless);
	jsonw_end(w);
	jsonw_object(w, "container");
	jsonw_text(w, "id", c->id);
	jsonw_text(w, "name", c->name);
	jsonw_text(w, "image", c->image);
	jsonw_text(w, "state", container_state_word(c->state));
	jsonw_text(w, "started", c->started);
	jsonw_end(w);
}

/* What custody line 0 says beyond what every bundle has. */
static void add_to_opening(struct jsonw *w, void *data)
{
	const struct run *r = data;

	run_target_json(r, w);
	journal_opening(&r->seizure, w);
	jsonw_text(w, "profile", profile_word(r->order->wish.profile));
	plan_json(&r->plan, w, "plan");
}

static int begin_bundle(struct run *r, struct err *e)
{
	const struct order *o = r->order;
	struct bundle_meta meta = {
		.container = r->seizure.target.name,
		.case_id = o->case_id,
		.operator_name = o->operator_name,
		.note = o->note,
		.exhibit = o->exhibit,
		.argv = o->argv,
		.argc = o->argc,
		.limit = o->limit,
		.more = add_to_opening,
		.more_data = r,
	};

	if (bundle_create(o->parent, &meta, &r->seizure.bundle, e) < 0)
		return -1;
	if (r->seizure.journal.state.broken &&
	    bundle_warning(r->seizure.bundle,
			   "the containment journal was broken already: 'impound journal verify' "
			   "says where",
			   e) < 0)
		return -1;
	if (!r->seizure.engine->is_started_by_us)
		return 0;
	return bundle_action(r->seizure.bundle, "engine-service-started",
			     "'podman system service' runs on this host until the collection ends",
			     e);
}

/* What the plan left out, or what is not begun any more: REASON over the plan's own. */
static int record(struct run *r, const struct step *step, enum outcome outcome, enum skip by,
		  const char *reason, struct err *e)
{
	struct ending how = { .outcome = outcome, .by = by, .reason = reason };

	return bundle_record(r->seizure.bundle, kind_word(step->kind), step_word(step->id), &how,
			     e);
}

static int record_left_out(struct run *r, const struct step *step, struct err *e)
{
	if (step->kind == KIND_COUNT)
		return bundle_action(r->seizure.bundle, "not-frozen", step->reason, e);
	switch (step->fate) {
	case FATE_ABSENT:
		return record(r, step, OUTCOME_ABSENT, SKIP_NONE, step->reason, e);
	case FATE_CHOICE:
		return record(r, step, OUTCOME_SKIPPED, SKIP_CHOICE, step->reason, e);
	case FATE_IMPOSSIBLE:
		return record(r, step, OUTCOME_SKIPPED, SKIP_IMPOSSIBLE, step->reason, e);
	case FATE_DO:
		break;
	}
	return 0;
}

/* Something that was asked for and is no evidence did not come about. */
static int warn(struct run *r, const char *what, const struct err *why, struct err *e)
{
	AUTO(freep) char *text = xasprintf("%s: %s", what, why->text);

	log_warn("%s: %s", r->seizure.target.name, text);
	bundle_set_partial(r->seizure.bundle);
	return bundle_warning(r->seizure.bundle, text, e);
}

static int do_freeze(struct run *r, struct err *e)
{
	struct err why = { 0 };

	if (!r->freeze)
		return 0;
	if (freeze_pause(r->freeze, &why) < 0)
		return warn(r, "the container could not be frozen", &why, e);
	r->seizure.is_frozen = true;
	return bundle_action(r->seizure.bundle, "frozen", "paused through the engine", e);
}

static int do_thaw(struct run *r, struct err *e)
{
	AUTO(freep) char *text = NULL;
	struct err why = { 0 };
	double seconds = 0;

	if (!r->seizure.is_frozen)
		return 0;
	r->seizure.is_frozen = false;
	if (freeze_thaw(r->freeze, &seconds, &why) < 0)
		return warn(r, "THE CONTAINER MAY STILL BE PAUSED; unpause it by hand", &why, e);
	if (seconds < 0) {
		(void)err_set(&why, ERR_ENGINE, "somebody else thawed it meanwhile");
		return warn(r, "the container was not frozen to the end", &why, e);
	}
	text = xasprintf("frozen for %.3f s", seconds);
	return bundle_action(r->seizure.bundle, "thawed", text, e);
}

/* Said before the seal is made; the guard is told after it. */
static int leave_frozen(struct run *r, struct err *e)
{
	struct err why = { 0 };

	if (!r->seizure.is_frozen)
		return 0;
	if (freeze_holds(r->freeze, &why) == 0)
		return bundle_action(r->seizure.bundle, "left-frozen",
				     "the container stays paused, as --keep-frozen asks", e);
	r->seizure.is_frozen = false;
	freeze_keep(r->freeze);
	return warn(r, "the container was not frozen to the end", &why, e);
}

/* After an answer that did not come: so that a dead engine is not waited for again at each step. */
static void check_engine(struct run *r)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	struct seizure *s = &r->seizure;
	struct err e = { 0 };

	if (!s->has_engine_trouble || r->is_engine_gone)
		return;
	s->has_engine_trouble = false;
	if (engine_fetch(s->engine, ASK_VERSION, NULL, &body, &e) < 0 && e.kind != ERR_STOPPED) {
		r->is_engine_gone = true;
		log_warn("%s: the engine no longer answers: %s", s->target.name, e.text);
	}
}

static int do_step(struct run *r, const struct step *step, struct err *e)
{
	if (step->fate != FATE_DO)
		return record_left_out(r, step, e);
	progress_step(step_word(step->id));
	log_debug("%s: %s", r->seizure.target.name, step_word(step->id));
	if (step->id == STEP_FREEZE)
		return do_freeze(r, e);
	if (step->id == STEP_THAW)
		return do_thaw(r, e);
	if (step->how == HOW_API && step->id != STEP_INSPECT) {
		check_engine(r);
		if (r->is_engine_gone)
			return record(r, step, OUTCOME_FAILED, SKIP_NONE,
				      "the engine no longer answers", e);
	}
	return takes[step->id](&r->seizure, e);
}

/* From a signal, a full disk or the limit on, nothing more is begun, and each piece says so. */
static int record_rest(struct run *r, size_t from, const struct err *why, struct err *e)
{
	AUTO(freep) char *reason = NULL;
	struct err cause = *why;

	/* In a few words, whatever it was that the signal interrupted. */
	if (stop_requested())
		(void)stop_err(&cause);
	reason = xasprintf("not begun: %s", cause.text);
	log_warn("%s: stopping here: %s", r->seizure.target.name, cause.text);
	bundle_set_partial(r->seizure.bundle);
	if (do_thaw(r, e) < 0)
		return -1;
	for (size_t i = from; i < r->plan.count; i++) {
		const struct step *step = &r->plan.steps[i];
		int failed = 0;

		if (step->fate != FATE_DO)
			failed = record_left_out(r, step, e);
		else if (step->kind != KIND_COUNT)
			failed = record(r, step, OUTCOME_SKIPPED, SKIP_IMPOSSIBLE, reason, e);
		if (failed < 0)
			return -1;
	}
	return 0;
}

static int do_steps(struct run *r, struct err *e)
{
	for (size_t i = 0; i < r->plan.count; i++) {
		struct err why = { 0 };

		if (stop_requested()) {
			(void)stop_err(&why);
			return record_rest(r, i, &why, e);
		}
		if (do_step(r, &r->plan.steps[i], &why) == 0)
			continue;
		if (seizure_is_over(&r->seizure, &why))
			return record_rest(r, i + 1, &why, e);
		*e = why;
		return -1;
	}
	return leave_frozen(r, e);
}

/* While there is one thread: a fork later would copy the others' locks. */
static int prepare_freeze(struct run *r, struct err *e)
{
	struct err why = { 0 };

	if (!is_to_do(&r->plan, STEP_FREEZE))
		return 0;
	if (freeze_prepare(r->seizure.engine, r->seizure.target.id, &r->freeze, &why) < 0)
		return warn(r, "the container could not be frozen", &why, e);
	return 0;
}

static int take_all(struct run *r, struct err *e)
{
	unsigned steps = 0;
	int failed;

	for (size_t i = 0; i < r->plan.count; i++)
		steps += r->plan.steps[i].fate == FATE_DO;
	if (begin_bundle(r, e) < 0 || prepare_freeze(r, e) < 0)
		return -1;
	progress_start(r->order->progress, steps);
	failed = do_steps(r, e);
	/* Where it failed nothing stays frozen, either. */
	if (failed < 0 || !r->seizure.is_frozen)
		freeze_freep(&r->freeze);
	progress_stop();
	return failed;
}

/* What stays frozen, and what is told of it, is so only with a sealed bundle. */
static void settle(struct run *r)
{
	if (r->seizure.is_frozen && r->is_sealed) {
		freeze_keep(r->freeze);
		r->is_left_paused = true;
	}
	freeze_freep(&r->freeze);
	if (r->is_sealed)
		journal_tell(r);
}

int run_collect(struct run *r, struct err *e)
{
	struct timespec start, end;
	int failed;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	if (take_all(r, e) < 0)
		return r->seizure.bundle ? err_wrap(e, "%s", bundle_path(r->seizure.bundle)) : -1;
	/* What was taken is sealed, whatever comes now; a second signal still ends it. */
	stop_accept();
	failed = bundle_seal(r->seizure.bundle, r->order->key, &r->receipt, e);
	if (failed < 0)
		(void)err_wrap(e, "not sealed; what was taken is in %s",
			       bundle_path(r->seizure.bundle));
	r->is_sealed = failed == 0;
	settle(r);
	stop_heed();
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	r->seconds =
		(double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	return failed;
}

void run_release(struct run *r)
{
	freeze_freep(&r->freeze);
	seizure_release(&r->seizure);
}
