/* SPDX-License-Identifier: Apache-2.0 */
/* pause and unpause. */
#include "contain/act.h"
#include "contain/freezer.h"
#include "contain/holds.h"
#include "lib/base/own.h"

static bool is_paused(const struct act *a)
{
	return a->subject.container.state == STATE_PAUSED;
}

static bool is_running(const struct act *a)
{
	return a->subject.container.state == STATE_RUNNING;
}

static int plan_pause(struct act *a, struct err *e)
{
	struct request_args args = { .id = a->id };
	enum container_state state = a->subject.container.state;

	if (state == STATE_PAUSED)
		a->already = xstrdup("it is paused already");
	else if (state == STATE_RUNNING)
		calls_add(&a->calls, ASK_PAUSE, &args);
	else
		return err_set(e, ERR_ENGINE, "it is %s: there is no process to freeze",
			       container_state_word(state));
	return 0;
}

/* On the engine's own host the kernel is asked, too. */
static void prove_frozen(struct act *a)
{
	switch (freezer_look(&a->subject)) {
	case FREEZER_UNSEEN:
		break;
	case FREEZER_FROZEN:
		sentences_add(&a->proof, "the kernel holds its control group frozen");
		break;
	case FREEZER_THAWED:
		a->result = RESULT_FAILED;
		(void)err_set(&a->error, ERR_ENGINE,
			      "the engine says that it is paused, and the kernel that its control "
			      "group is not frozen");
		break;
	}
}

static void prove_pause(struct act *a, bool failed)
{
	act_prove(a, failed, is_paused, "the engine says that it is paused");
	if (a->result == RESULT_DONE || a->result == RESULT_NOTHING)
		prove_frozen(a);
}

/* The newest pause of this run that still counts. */
static const struct deed *pause_of(const struct act *a)
{
	const struct history *h = a->history;

	for (size_t i = h ? h->deed_count : 0; i-- > 0;)
		if (h->deeds[i].action->verb == VERB_PAUSE &&
		    deed_is_of_run(&h->deeds[i], &a->subject) && deed_stands(&h->deeds[i]))
			return &h->deeds[i];
	return NULL;
}

static int plan_unpause(struct act *a, struct err *e)
{
	struct request_args args = { .id = a->id };
	enum container_state state = a->subject.container.state;

	if (!a->taking_back)
		a->taking_back = pause_of(a);
	if (state == STATE_RUNNING)
		a->already = xstrdup("it is not paused");
	else if (state == STATE_PAUSED)
		calls_add(&a->calls, ASK_UNPAUSE, &args);
	else
		return err_set(e, ERR_ENGINE, "it is %s, not paused", container_state_word(state));
	return 0;
}

static void prove_unpause(struct act *a, bool failed)
{
	act_prove(a, failed, is_running, "the engine says that it is running");
}

const struct verb_room pause_room = { plan_pause, prove_pause };
const struct verb_room unpause_room = { plan_unpause, prove_unpause };
