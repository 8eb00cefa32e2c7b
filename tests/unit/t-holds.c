/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "contain/holds.h"
#include "lib/base/own.h"

#define ID   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define THEN "2026-01-02T03:04:05Z"

static char id[] = ID, then[] = THEN, later[] = "2026-01-03T00:00:00Z";
static char front[] = "front", back[] = "back";
static char *both[] = { front, back };

static struct deed deed_of(enum verb v, enum result_word result)
{
	return (struct deed){ .seq = 5,
			      .action = action_of(v),
			      .id = id,
			      .started = then,
			      .before = STATE_RUNNING,
			      .dialect = DIALECT_PODMAN,
			      .networks = both,
			      .network_count = 2,
			      .result = result };
}

static struct endpoint in_front[] = { { .network = front } };
static struct endpoint in_both[] = { { .network = back }, { .network = front } };

static struct subject subject_in(enum container_state state, struct endpoint *in, size_t count)
{
	return (struct subject){ .container = { .id = id, .state = state },
				 .endpoints = { .items = in, .count = count },
				 .started = then };
}

static enum holding look(enum verb v, const struct subject *now)
{
	AUTO(str_release) struct str why = STR_INIT(1024);
	struct deed d = deed_of(v, RESULT_DONE);
	enum holding held = deed_holds(&d, now, &why);

	assert_true(v == VERB_COMMIT || why.len > 0);
	return held;
}

static void states_tell(void **state)
{
	struct subject running = subject_in(STATE_RUNNING, in_both, 2);
	struct subject paused = subject_in(STATE_PAUSED, in_both, 2);
	struct subject stopped = subject_in(STATE_STOPPED, in_both, 2);

	(void)state;
	assert_int_equal(look(VERB_PAUSE, &paused), HOLDS);
	assert_int_equal(look(VERB_PAUSE, &running), HOLDS_NOT);
	assert_int_equal(look(VERB_PAUSE, &stopped), HOLDS_NOT);
	assert_int_equal(look(VERB_UNPAUSE, &running), HOLDS);
	assert_int_equal(look(VERB_UNPAUSE, &paused), HOLDS_NOT);
	assert_int_equal(look(VERB_KILL, &stopped), HOLDS);
	assert_int_equal(look(VERB_STOP, &running), HOLDS_NOT);
	assert_int_equal(look(VERB_REMOVE, &stopped), HOLDS_NOT);
	assert_int_equal(look(VERB_REMOVE, NULL), HOLDS);
	assert_int_equal(look(VERB_KILL, NULL), HOLDS);
	assert_int_equal(look(VERB_STOP, NULL), HOLDS);
	assert_int_equal(look(VERB_PAUSE, NULL), HOLDS_NOT);
	assert_int_equal(look(VERB_COMMIT, &running), HOLDS_UNKNOWN);
}

static void what_was_so_already_is_none_of_its_doing(void **state)
{
	AUTO(str_release) struct str why = STR_INIT(1024);
	struct subject paused = subject_in(STATE_PAUSED, in_both, 2);
	struct deed d = deed_of(VERB_PAUSE, RESULT_UNKNOWN);

	(void)state;
	assert_int_equal(deed_holds(&d, &paused, &why), HOLDS);
	d.before = STATE_PAUSED;
	str_reset(&why);
	assert_int_equal(deed_holds(&d, &paused, &why), HOLDS_NOT);
	assert_string_equal(why.buf, "it was paused already");
}

/* Somebody else's pause of a later run is not ours. */
static void another_run_holds_nothing_but_networks(void **state)
{
	struct subject paused = subject_in(STATE_PAUSED, in_front, 0);

	(void)state;
	paused.started = later;
	assert_int_equal(look(VERB_PAUSE, &paused), HOLDS_NOT);
	assert_int_equal(look(VERB_DISCONNECT, &paused), HOLDS);
}

static void networks_tell(void **state)
{
	struct subject none = subject_in(STATE_RUNNING, NULL, 0);
	struct subject one = subject_in(STATE_RUNNING, in_front, 1);
	struct subject all = subject_in(STATE_RUNNING, in_both, 2);

	(void)state;
	assert_int_equal(look(VERB_DISCONNECT, &none), HOLDS);
	assert_int_equal(look(VERB_ISOLATE, &one), HOLDS_PARTLY);
	assert_int_equal(look(VERB_DISCONNECT, &all), HOLDS_NOT);
	assert_int_equal(look(VERB_RECONNECT, &all), HOLDS);
	assert_int_equal(look(VERB_RECONNECT, &one), HOLDS_PARTLY);
	assert_int_equal(look(VERB_RECONNECT, &none), HOLDS_NOT);
}

static void what_came_to_nothing_does_not_stand(void **state)
{
	static const enum result_word stands[] = { RESULT_UNKNOWN, RESULT_DONE, RESULT_UNPROVEN,
						   RESULT_NOT_ISOLATED, RESULT_PARTIAL };
	static const enum result_word falls[] = { RESULT_NOTHING, RESULT_FAILED, RESULT_REFUSED };

	(void)state;
	for (size_t i = 0; i < sizeof(stands) / sizeof(stands[0]); i++) {
		struct deed d = deed_of(VERB_PAUSE, stands[i]);

		assert_true(deed_stands(&d));
		d.is_undone = true;
		assert_false(deed_stands(&d));
	}
	for (size_t i = 0; i < sizeof(falls) / sizeof(falls[0]); i++) {
		struct deed d = deed_of(VERB_PAUSE, falls[i]);

		assert_false(deed_stands(&d));
	}
}

/* Killed between unpause and pause: nobody decided that it runs. */
static void a_lost_pause_is_seen(void **state)
{
	struct deed all[2] = { deed_of(VERB_DISCONNECT, RESULT_UNKNOWN),
			       deed_of(VERB_UNPAUSE, RESULT_DONE) };
	struct history h = { .deeds = all, .deed_count = 1 };
	struct subject running = subject_in(STATE_RUNNING, NULL, 0);
	struct subject paused = subject_in(STATE_PAUSED, NULL, 0);

	(void)state;
	assert_false(deed_lost_pause(&all[0], &h, &running)); /* it ran before */
	all[0].before = STATE_PAUSED;
	assert_true(deed_lost_pause(&all[0], &h, &running));
	assert_false(deed_lost_pause(&all[0], &h, &paused));
	all[1].seq = 9; /* somebody let it run since */
	h.deed_count = 2;
	assert_false(deed_lost_pause(&all[0], &h, &running));
	h.deed_count = 1;
	all[0].result = RESULT_DONE;
	assert_false(deed_lost_pause(&all[0], &h, &running));
	all[0].result = RESULT_UNKNOWN;
	all[0].dialect = DIALECT_DOCKER; /* which needs no such detour */
	assert_false(deed_lost_pause(&all[0], &h, &running));
}

static void a_later_opposite_supersedes(void **state)
{
	struct deed all[2] = { deed_of(VERB_ISOLATE, RESULT_DONE),
			       deed_of(VERB_RECONNECT, RESULT_DONE) };
	struct history h = { .deeds = all, .deed_count = 2 };

	(void)state;
	all[1].seq = 7;
	assert_true(deed_is_superseded(&all[0], &h));
	assert_false(deed_is_superseded(&all[1], &h));
	all[1].network_count = 1; /* only one of two came back */
	assert_false(deed_is_superseded(&all[0], &h));
	all[1].network_count = 2;
	all[1].result = RESULT_FAILED;
	assert_false(deed_is_superseded(&all[0], &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_tell),
		cmocka_unit_test(what_was_so_already_is_none_of_its_doing),
		cmocka_unit_test(another_run_holds_nothing_but_networks),
		cmocka_unit_test(networks_tell),
		cmocka_unit_test(what_came_to_nothing_does_not_stand),
		cmocka_unit_test(a_lost_pause_is_seen),
		cmocka_unit_test(a_later_opposite_supersedes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
