/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contain/confirm.h"
#include "contain/network.h"
#include "contain/self.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

#define AFTER_FAILURE_MS 2000u

static const struct verb_room *const rooms[] = {
	[VERB_PAUSE] = &pause_room,
	[VERB_UNPAUSE] = &unpause_room,
	[VERB_DISCONNECT] = &disconnect_room,
	[VERB_RECONNECT] = &reconnect_room,
	[VERB_ISOLATE] = &isolate_room,
	[VERB_COMMIT] = &commit_room,
	[VERB_STOP] = &stop_room,
	[VERB_KILL] = &kill_room,
	[VERB_REMOVE] = &remove_room,
};

static bool is_about_networks(const struct act *a)
{
	return a->action->verb == VERB_DISCONNECT || a->action->verb == VERB_ISOLATE ||
	       a->action->verb == VERB_RECONNECT;
}

/* Nothing was called. */
static int refuse(struct act *a, const struct err *why)
{
	struct err e = { 0 };

	a->error = *why;
	a->result = RESULT_REFUSED;
	if (a->order->dry_run)
		return -1;
	if (deed_refused(a->order->journal, a, &e) < 0)
		log_warn("the refusal is not in the journal: %s", e.text);
	else
		a->has_seq = true;
	return -1;
}

static int plan_anew(struct act *a, struct err *e)
{
	calls_release(&a->calls);
	sentences_release(&a->notes);
	sentences_release(&a->networks);
	sentences_release(&a->addresses);
	making_release(&a->making);
	freep(&a->already);
	freep(&a->wanted);
	a->wanted_count = a->wanted_cap = 0;
	a->state_before = a->subject.container.state;
	return rooms[a->action->verb]->plan(a, e);
}

/* What someone would want to know beforehand and the plan does not say. */
static void add_warnings(struct act *a)
{
	AUTO(str_release) struct str text = STR_INIT(64 << 10);
	const struct container *c = &a->subject.container;

	self_warn(&a->subject, &text);
	sentences_split(&a->warnings, text.buf);
	if (c->is_infra)
		sentences_add(&a->warnings,
			      "it holds the namespaces of a pod: all that is in the pod "
			      "is affected");
	else if (c->pod)
		sentences_add(&a->warnings, "it is part of a pod: the others there run on");
}

static void look_before(struct act *a)
{
	if (!is_about_networks(a))
		return;
	netview_release(&a->before);
	netview_read(&a->subject, NULL, &a->before);
	network_name_interfaces(&a->subject.endpoints, &a->before);
	a->has_before = true;
}

/* What speaks against it is said beforehand, as far as it can be seen. */
static void foresee(struct act *a)
{
	AUTO(isolation_release) struct isolation i = { 0 };

	if (a->action->verb != VERB_ISOLATE)
		return;
	isolation_foresee(&a->subject, &a->before, &i);
	for (size_t n = 0; n < i.reasons.count; n++)
		sentences_add(&a->notes, "it will not be isolated: %s", i.reasons.items[n]);
	if (i.alternative)
		sentences_add(&a->notes, "instead, or besides: %s", i.alternative);
}

static bool is_to_collect(const struct act *a)
{
	return a->order->profile != NULL;
}

/* The pause is then made by collect, in the middle of collecting. */
static bool is_paused_by_collect(const struct act *a)
{
	return is_to_collect(a) && a->order->freeze && a->action->verb == VERB_PAUSE && !a->already;
}

/* What has to be sealed before something is destroyed. */
static int find_evidence(struct act *a, const struct history *h, struct err *e)
{
	const struct container *c = &a->subject.container;
	struct sealed_need need = {
		.trust = &a->order->trust,
		.history = h,
		.path = a->order->bundle,
		.is_all_files = a->action->verb == VERB_REMOVE || c->is_auto_removed,
	};
	bool is_needed = a->action->gate == GATE_DESTROYS && !a->already;

	if (is_to_collect(a))
		return 0;
	if (!is_needed && !need.path) {
		(void)sealed_known(&a->subject, h, &a->sealed);
		return 0;
	}
	if (sealed_find(&a->subject, &need, &a->sealed, e) == 0)
		return 0;
	if (a->order->without_evidence) {
		sentences_add(&a->warnings, "no evidence stands behind it: %s", e->text);
		*e = (struct err){ 0 };
		return 0;
	}
	return err_wrap(e, "'%s' destroys what no sealed bundle holds", a->action->word);
}

int act_prepare(struct act *a, struct engine *g, const char *id, const struct history *h)
{
	struct err e = { 0 };

	a->id = xstrdup(id);
	if (subject_read(g, id, a->order->if_started, &a->subject, &e) < 0)
		return refuse(a, &e);
	a->is_pinned = true;
	if (self_check(&a->subject, &e) < 0)
		return refuse(a, &e);
	a->history = h;
	add_warnings(a);
	look_before(a);
	if (plan_anew(a, &e) < 0 || find_evidence(a, h, &e) < 0)
		return refuse(a, &e);
	foresee(a);
	return 0;
}

static void say_waiting(pid_t pid)
{
	if (pid)
		log_info("waiting for the other impound that is acting, process %d", (int)pid);
	else
		log_info("waiting for another impound that is acting");
}

static struct collecting how_to_collect(const struct act *a)
{
	const struct order *o = a->order;

	return (struct collecting){
		.profile = o->profile,
		.output = o->output,
		.key = o->key,
		.key_pass_file = o->key_pass_file,
		.case_id = o->case_id,
		.operator_name = o->operator_name,
		.journal_path = o->journal_path,
		.keep_frozen = is_paused_by_collect(a),
		.freeze = o->freeze,
		.quiet = o->quiet,
		.verbose = o->verbose,
	};
}

/* Fails where there is no bundle and none of the words allow to go on without. */
static int collect_first(struct act *a, struct err *e)
{
	AUTO(sealed_release) struct sealed made = { 0 };
	struct collecting how = how_to_collect(a);
	struct sealed_need need = { .trust = &a->order->trust };
	struct err why = { 0 };
	int failed = sealed_collect(&a->subject, &how, &made, &why);

	if (failed == 0 && a->action->gate == GATE_DESTROYS && !a->already) {
		need.seal = made.seal;
		need.is_all_files =
			a->action->verb == VERB_REMOVE || a->subject.container.is_auto_removed;
		failed = sealed_check(&a->subject, &need, made.path, &a->sealed, &why);
	} else if (failed == 0) {
		a->sealed = made;
		made = (struct sealed){ 0 };
	}
	if (failed == 0)
		return 0;
	if (why.kind == ERR_STOPPED || stop_requested() || !a->order->without_evidence) {
		*e = why;
		return err_wrap(e, "the evidence was not collected, so nothing was done");
	}
	sentences_add(&a->warnings, "no evidence stands behind it: %s", why.text);
	return 0;
}

/* Another run of it, or something that another impound or person did meanwhile. */
static int look_again(struct act *a, struct err *e)
{
	bool was_already = a->already != NULL, by_collect = is_paused_by_collect(a);

	if (subject_again(&a->subject, e) < 0)
		return -1;
	look_before(a);
	if (plan_anew(a, e) < 0)
		return -1;
	/* Else what was to be collected on the way would be left out, or taken twice. */
	if (was_already == (a->already != NULL) ||
	    (a->order->yes && by_collect == is_paused_by_collect(a)))
		return 0;
	return err_set(e, ERR_ENGINE,
		       "its state changed meanwhile (it is %s now): nothing was done",
		       container_state_word(a->subject.container.state));
}

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* After the intent: everything from here on ends in an outcome. */
static void carry_out(struct act *a)
{
	AUTO(str_release) struct str answer = STR_INIT(CALL_ANSWER_MAX);
	uint64_t start = now_ms();
	size_t done = 0;
	bool failed;

	/* The intent may have taken its time on a slow disk. */
	if (subject_again(&a->subject, &a->error) < 0) {
		a->result = RESULT_FAILED;
		return;
	}
	/* By collect, in the middle of its work. */
	if (is_paused_by_collect(a) && a->subject.container.state == STATE_PAUSED)
		calls_release(&a->calls);
	failed = calls_do(&a->calls, a->subject.engine, &answer, &done, &a->error) < 0;
	making_answer(&a->making, &answer);
	rooms[a->action->verb]->prove(a, failed);
	a->milliseconds = now_ms() - start;
}

/* Collect pauses in the middle of its work and leaves it so. */
static void carry_out_collecting(struct act *a)
{
	uint64_t start = now_ms();
	struct err why = { 0 };

	if (collect_first(a, &why) < 0) {
		a->error = why;
		rooms[a->action->verb]->prove(a, true);
		a->milliseconds = now_ms() - start;
		return;
	}
	carry_out(a);
	a->milliseconds = now_ms() - start;
}

static void close_with_outcome(struct act *a)
{
	struct err e = { 0 };

	if (deed_outcome(a->order->journal, a, &e) == 0)
		return;
	/* It happened all the same: said aloud, and no success. */
	sentences_add(&a->warnings,
		      "the outcome is not in the journal, which says 'unknown' of it: %s", e.text);
	if (a->error.kind == ERR_NONE)
		a->error = e;
	if (act_status(a) == STATUS_DONE)
		a->result = RESULT_PARTIAL;
}

static void act_claimed(struct act *a)
{
	struct err e = { 0 };

	if (look_again(a, &e) < 0) {
		(void)refuse(a, &e);
		return;
	}
	if (deed_intent(a->order->journal, a, &e) < 0) {
		(void)err_wrap(&e, "the intent could not be written, so nothing was done");
		a->error = e;
		a->result = RESULT_REFUSED;
		return;
	}
	a->has_seq = true;
	/* What is begun is ended and written down; a second signal still kills. */
	stop_accept();
	if (is_paused_by_collect(a))
		carry_out_collecting(a);
	else
		carry_out(a);
	close_with_outcome(a);
	stop_heed();
}

void act_do(struct act *a)
{
	struct err e = { 0 };

	if (confirm(a, &e) < 0 ||
	    (is_to_collect(a) && !is_paused_by_collect(a) && collect_first(a, &e) < 0)) {
		(void)refuse(a, &e);
		return;
	}
	if (stop_requested()) {
		(void)stop_err(&e);
		(void)refuse(a, &e);
		return;
	}
	if (journal_claim(a->order->journal, say_waiting, &e) < 0) {
		(void)refuse(a, &e);
		return;
	}
	act_claimed(a);
	journal_yield(a->order->journal);
}

/* Of a container that is just going Podman says 500, and in a moment that it is gone. */
static bool is_passing(const struct err *e)
{
	return e->kind == ERR_ENGINE && e->sys != 0;
}

int act_wait(struct act *a, bool (*is_so)(const struct act *a), unsigned timeout_ms, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	uint64_t until = now_ms() + timeout_ms;

	for (;;) {
		struct err why = { 0 };
		bool is_over = now_ms() >= until;

		a->is_seen = subject_again(&a->subject, &why) == 0;
		if (a->is_seen && is_so(a))
			return 0;
		if (!a->is_seen && (is_over || !is_passing(&why))) {
			*e = why;
			return -1;
		}
		if (is_over)
			return err_set(e, ERR_ENGINE, "%u s later it is still %s",
				       timeout_ms / 1000,
				       container_state_word(a->subject.container.state));
		(void)nanosleep(&pause, NULL);
	}
}

/* Whether the engine may carry it out yet: it got the request, and gave no answer. */
static bool is_open(const struct err *e)
{
	return e->kind == ERR_ENGINE && e->sys == 0;
}

void act_prove(struct act *a, bool failed, bool (*is_so)(const struct act *a), const char *proved)
{
	struct err e = { 0 };

	if (act_wait(a, is_so, failed ? AFTER_FAILURE_MS : PROOF_MS, &e) == 0) {
		if (failed)
			sentences_add(&a->warnings,
				      "the engine's answer was a failure (%s), and yet it "
				      "was done",
				      a->error.text);
		a->error = (struct err){ 0 };
		a->result = a->already ? RESULT_NOTHING : RESULT_DONE;
		sentences_add(&a->proof, "%s", proved);
		return;
	}
	if (failed) {
		a->result = is_open(&a->error) ? RESULT_UNKNOWN : RESULT_FAILED;
		return;
	}
	a->error = e;
	a->result = a->is_seen || e.kind == ERR_ABSENT || e.kind == ERR_INTEGRITY ? RESULT_FAILED
										  : RESULT_UNPROVEN;
}

int act_status(const struct act *a)
{
	switch (a->result) {
	case RESULT_DONE:
	case RESULT_NOTHING:
		return STATUS_DONE;
	case RESULT_UNPROVEN:
	case RESULT_NOT_ISOLATED:
	case RESULT_PARTIAL:
		return STATUS_INCOMPLETE;
	case RESULT_REFUSED:
		if (a->error.kind == ERR_USAGE || a->error.kind == ERR_ABSENT ||
		    a->error.kind == ERR_STOPPED)
			return err_status(&a->error);
		return STATUS_FAILED;
	case RESULT_UNKNOWN:
	case RESULT_FAILED:
		break;
	}
	return STATUS_FAILED;
}
