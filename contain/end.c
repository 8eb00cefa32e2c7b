/* SPDX-License-Identifier: Apache-2.0 */
/* stop, kill and remove: what cannot be taken back. */
#include <string.h>

#include "contain/act.h"
#include "lib/base/own.h"

#define STOP_SECONDS 10
#define WATCH_MS     3000u /* in which a restart policy brings it back */

static bool may_come_back(const struct container *c)
{
	return c->restart_policy && *c->restart_policy && strcmp(c->restart_policy, "no") != 0;
}

static void add_notes(struct act *a)
{
	const struct container *c = &a->subject.container;

	if (c->is_auto_removed)
		sentences_add(&a->notes,
			      "it was started with --rm: as soon as it stops it is "
			      "removed, with its files, its log and its volumes without a "
			      "name");
	else if (may_come_back(c) && a->action->verb != VERB_REMOVE)
		sentences_add(&a->notes,
			      "its restart policy is '%s': whether it stays down is "
			      "watched, and the engine's restart brings it back",
			      c->restart_policy);
}

static int plan_end(struct act *a, enum request what, struct err *e)
{
	struct request_args args = { .id = a->id, .seconds = STOP_SECONDS };
	enum container_state state = a->subject.container.state;

	(void)e;
	if (state == STATE_STOPPED || state == STATE_CREATED) {
		a->already = xasprintf("it is %s already", container_state_word(state));
		return 0;
	}
	add_notes(a);
	calls_add(&a->calls, what, &args);
	return 0;
}

static int plan_stop(struct act *a, struct err *e)
{
	if (a->subject.engine->dialect == DIALECT_PODMAN &&
	    a->subject.container.state == STATE_PAUSED)
		return err_set(e, ERR_ENGINE,
			       "it is paused, and Podman stops no paused container: kill it");
	return plan_end(a, ASK_STOP, e);
}

static int plan_kill(struct act *a, struct err *e)
{
	return plan_end(a, ASK_KILL, e);
}

static int plan_remove(struct act *a, struct err *e)
{
	struct request_args args = { .id = a->id };

	(void)e;
	add_notes(a);
	calls_add(&a->calls, ASK_REMOVE, &args);
	return 0;
}

static bool is_down(const struct act *a)
{
	return a->subject.container.state == STATE_STOPPED ||
	       a->subject.container.state == STATE_CREATED;
}

static bool is_up_again(const struct act *a)
{
	return !is_down(a);
}

static void is_gone(struct act *a)
{
	sentences_add(&a->proof, "the engine knows no such container any more");
	a->error = (struct err){ 0 };
	a->result = RESULT_DONE;
}

/* A restart policy takes its time: what is down now may be up in a moment, as another run. */
static void watch(struct act *a)
{
	struct err e = { 0 };
	bool is_back = act_wait(a, is_up_again, WATCH_MS, &e) == 0 || e.kind == ERR_INTEGRITY;

	if (!is_back) {
		sentences_add(&a->proof, "%u s later it is still down", WATCH_MS / 1000);
		return;
	}
	a->result = RESULT_FAILED;
	(void)err_set(
		&a->error, ERR_ENGINE,
		"it ended, and its restart policy '%s' brought it back: remove it, or pause it",
		a->subject.container.restart_policy);
}

static void prove_down(struct act *a, bool failed)
{
	act_prove(a, failed, is_down, "the engine says that it is stopped");
	if (a->result == RESULT_FAILED && a->error.kind == ERR_ABSENT && !failed) {
		is_gone(a);
		return;
	}
	if (a->result == RESULT_FAILED && a->error.kind == ERR_INTEGRITY && !failed)
		(void)err_wrap(&a->error, "it ended, and was started again");
	if (a->result == RESULT_DONE && may_come_back(&a->subject.container))
		watch(a);
}

static bool never(const struct act *a)
{
	(void)a;
	return false;
}

static void prove_removed(struct act *a, bool failed)
{
	struct err e = { 0 };

	if (act_wait(a, never, failed ? 0 : PROOF_MS, &e) < 0 && e.kind == ERR_ABSENT) {
		is_gone(a);
		return;
	}
	if (!failed)
		a->error = e;
	if (failed && a->error.kind == ERR_ENGINE && a->error.sys == 0)
		a->result = RESULT_UNKNOWN;
	else
		a->result = a->is_seen || failed ? RESULT_FAILED : RESULT_UNPROVEN;
}

const struct verb_room stop_room = { plan_stop, prove_down };
const struct verb_room kill_room = { plan_kill, prove_down };
const struct verb_room remove_room = { plan_remove, prove_removed };
