/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "contain/deed.h"
#include "lib/base/own.h"
#include "tests/unit/journals.h"
#include "tests/unit/scratch.h"

#define ID    "8b1a9953c4611296a827abf8c47804d7e7ab8b1a9953c4611296a827abf8c478"
#define SEAL  "abababababababababababababababababababababababababababababababab"
#define PAIRS 5

static const char quoted_seal[] = "\"" SEAL "\"";
static const char web[] = "{\"id\":\"" ID "\",\"name\":\"web\","
			  "\"started\":\"2026-01-02T03:00:00Z\",\"state\":\"running\"}";

/* A line: its event, then keys and what stands under them as JSON. */
struct row {
	const char *event;
	const char *pairs[2 * PAIRS];
};

static uint64_t write_line(struct journal *j, const struct row *row)
{
	struct err e = { 0 };
	struct jsonw *w = journal_begin(j, row->event, &e);
	uint64_t seq = 0;

	for (size_t i = 0; w && i < 2 * PAIRS && row->pairs[i]; i += 2)
		jsonw_raw(w, row->pairs[i], row->pairs[i + 1], strlen(row->pairs[i + 1]));
	if (!w || journal_commit(j, &seq, &e) < 0)
		fail_msg("%s", e.text);
	return seq;
}

static uint64_t intend(struct journal *j, const char *verb, uint64_t undoes)
{
	AUTO(freep) char *quoted = xasprintf("\"%s\"", verb);
	AUTO(freep) char *number = xasprintf("%llu", (unsigned long long)undoes);
	const struct row row = { "intent",
				 { "verb", quoted, "container", web, "operator", "\"alice\"",
				   "undoes", number } };

	return write_line(j, &row);
}

static void result(struct journal *j, uint64_t of, const char *word)
{
	AUTO(freep) char *quoted = xasprintf("\"%s\"", word);
	AUTO(freep) char *number = xasprintf("%llu", (unsigned long long)of);
	const struct row row = { "outcome", { "of", number, "result", quoted } };

	(void)write_line(j, &row);
}

static void read_back(struct journal *j, struct history *h)
{
	struct err e = { 0 };

	if (history_read(j, h, &e) < 0)
		fail_msg("%s", e.text);
}

static void an_action_without_an_outcome_is_unknown(void **state)
{
	AUTO(journal_freep) struct journal *j = journal_opened();
	AUTO(history_release) struct history h = { 0 };
	uint64_t first, second;

	(void)state;
	first = intend(j, "pause", 0);
	second = intend(j, "unpause", first);
	result(j, first, "done");
	read_back(j, &h);
	assert_int_equal(h.deed_count, 2);
	assert_int_equal(h.not_understood, 0);
	assert_int_equal(h.deeds[0].seq, first);
	assert_int_equal(h.deeds[0].result, RESULT_DONE);
	assert_int_equal(h.deeds[0].action->verb, VERB_PAUSE);
	assert_int_equal(h.deeds[0].before, STATE_RUNNING);
	assert_string_equal(h.deeds[0].id, ID);
	assert_string_equal(h.deeds[0].operator_name, "alice");
	assert_false(h.deeds[0].is_undone);
	assert_int_equal(h.deeds[1].seq, second);
	assert_int_equal(h.deeds[1].result, RESULT_UNKNOWN);
	assert_int_equal(h.state.lines, 4);
}

static void only_what_came_about_takes_back(void **state)
{
	static const struct {
		const char *word;
		bool is_undone;
	} results[] = {
		{ "failed", false },  { "partial", false }, { "not-isolated", false },
		{ "unknown", false }, { "done", true },     { "nothing", true },
		{ "unproven", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		AUTO(journal_freep) struct journal *j = NULL;
		AUTO(history_release) struct history h = { 0 };
		uint64_t first;

		(void)journal_setup(NULL);
		j = journal_opened();
		first = intend(j, "disconnect", 0);
		result(j, first, "done");
		result(j, intend(j, "reconnect", first), results[i].word);
		read_back(j, &h);
		assert_int_equal(h.deeds[0].is_undone, results[i].is_undone);
		assert_string_equal(result_text(h.deeds[1].result), results[i].word);
	}
}

static void what_was_refused_needs_no_container(void **state)
{
	static const struct row refused = {
		"refused", { "verb", "\"remove\"", "error", "\"no such container\"" }
	};
	AUTO(journal_freep) struct journal *j = journal_opened();
	AUTO(history_release) struct history h = { 0 };

	(void)state;
	(void)write_line(j, &refused);
	read_back(j, &h);
	assert_int_equal(h.deed_count, 1);
	assert_int_equal(h.deeds[0].result, RESULT_REFUSED);
	assert_string_equal(h.deeds[0].error, "no such container");
	assert_null(h.deeds[0].id);
}

static void networks_and_endpoints_come_back(void **state)
{
	static const struct row intent = {
		"intent",
		{ "verb", "\"disconnect\"", "container", web, "networks", "[\"front\",\"back\"]",
		  "endpoints", "[{\"network\":\"front\",\"aliases\":[\"web\"]}]", "engine",
		  "{\"label\":\"podman\",\"dialect\":\"podman\",\"address\":\"unix:///x\"}" }
	};
	AUTO(journal_freep) struct journal *j = journal_opened();
	AUTO(history_release) struct history h = { 0 };
	const struct deed *d;

	(void)state;
	(void)write_line(j, &intent);
	read_back(j, &h);
	assert_int_equal(h.deed_count, 1);
	d = h.deeds;
	assert_int_equal(d->network_count, 2);
	assert_string_equal(d->networks[1], "back");
	assert_int_equal(d->endpoints.count, 1);
	assert_string_equal(d->endpoints.items[0].aliases[0], "web");
	assert_int_equal(d->dialect, DIALECT_PODMAN);
	assert_string_equal(d->address, "unix:///x");
}

static void bundles_are_known_whatever_their_path(void **state)
{
	static const char bundle[] = "{\"id\":\"00\",\"path_b64\":\"L2X/\",\"state\":\"complete\","
				     "\"profile\":\"full\"}";
	static const struct row collected = { "collected",
					      { "container", web, "bundle", bundle, "seal",
						quoted_seal, "left_paused", "true" } };
	AUTO(journal_freep) struct journal *j = journal_opened();
	AUTO(history_release) struct history h = { 0 };

	(void)state;
	(void)write_line(j, &collected);
	read_back(j, &h);
	assert_int_equal(h.evidence_count, 1);
	assert_string_equal(h.evidence[0].path, "/e\xff");
	assert_string_equal(h.evidence[0].seal, SEAL);
	assert_string_equal(h.evidence[0].profile, "full");
	assert_string_equal(h.evidence[0].started, "2026-01-02T03:00:00Z");
	assert_true(h.evidence[0].left_paused);
}

static const struct row senseless[] = {
	{ "intent", { NULL } },
	{ "intent", { "verb", "7", "container", web } },
	{ "intent", { "verb", "\"explode\"", "container", web } },
	{ "intent", { "verb", "\"pause\"" } },
	{ "intent", { "verb", "\"pause\"", "container", "{}" } },
	{ "intent", { "verb", "\"pause\"", "container", "[]" } },
	{ "intent", { "verb", "\"pause\"", "container", "{\"id\":\"../../etc\"}" } },
	{ "intent", { "verb", "\"pause\"", "container", web, "undoes", "-1" } },
	{ "intent", { "verb", "\"pause\"", "container", web, "reason", "{}" } },
	{ "intent", { "verb", "\"pause\"", "container", web, "reason_b64", "\"*\"" } },
	{ "intent", { "verb", "\"pause\"", "container", web, "networks", "[1]" } },
	{ "intent", { "verb", "\"pause\"", "container", web, "networks", "\"all\"" } },
	{ "intent", { "verb", "\"pause\"", "container", web, "endpoints", "[7]" } },
	{ "intent", { "verb", "\"pause\"", "container", web, "engine", "\"docker\"" } },
	{ "refused", { "verb", "\"pause\"", "container", "{\"id\":\"1\"}" } },
	{ "outcome", { NULL } },
	{ "outcome", { "of", "1", "result", "\"splendid\"" } },
	{ "outcome", { "of", "1", "result", "\"refused\"" } },
	{ "outcome", { "of", "0", "result", "\"done\"" } },
	{ "outcome", { "of", "4711", "result", "\"done\"" } },
	{ "collected", { NULL } },
	{ "collected", { "container", web, "bundle", "{}", "seal", quoted_seal } },
	{ "collected",
	  { "container", web, "bundle", "{\"id\":\"00\",\"path\":\"/e\",\"profile\":\"full\"}",
	    "seal", "\"ab\"" } },
};

static void what_makes_no_sense_is_passed_over(void **state)
{
	const size_t count = sizeof(senseless) / sizeof(senseless[0]);
	AUTO(journal_freep) struct journal *j = journal_opened();
	AUTO(history_release) struct history h = { 0 };
	uint64_t first;

	(void)state;
	first = intend(j, "pause", 0);
	for (size_t i = 0; i < count; i++)
		(void)write_line(j, &senseless[i]);
	result(j, first, "done");
	journal_must_append(j, "of a later version");
	read_back(j, &h);
	assert_int_equal(h.not_understood, count);
	assert_int_equal(h.evidence_count, 0);
	assert_int_equal(h.deed_count, 1);
	assert_int_equal(h.deeds[0].result, RESULT_DONE);
}

/* A line behind one that was changed is not believed; what was before it and what comes is. */
static void what_does_not_follow_is_passed_over(void **state)
{
	AUTO(journal_freep) struct journal *j = journal_opened();
	AUTO(history_release) struct history h = { 0 };
	struct journal_state before;
	struct err e = { 0 };

	(void)state;
	(void)intend(j, "pause", 0);
	assert_int_equal(journal_each(j, NULL, NULL, &before, &e), 0);
	(void)intend(j, "unpause", 0);
	(void)intend(j, "stop", 0);
	(void)intend(j, "kill", 0);
	journal_change(before.bytes + 40);
	read_back(j, &h);
	assert_true(h.state.broken > 0);
	assert_int_equal(h.deed_count, 2);
	assert_int_equal(h.deeds[0].action->verb, VERB_PAUSE);
	assert_int_equal(h.deeds[1].action->verb, VERB_KILL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_action_without_an_outcome_is_unknown, journal_setup),
		cmocka_unit_test_setup(only_what_came_about_takes_back, journal_setup),
		cmocka_unit_test_setup(what_was_refused_needs_no_container, journal_setup),
		cmocka_unit_test_setup(networks_and_endpoints_come_back, journal_setup),
		cmocka_unit_test_setup(bundles_are_known_whatever_their_path, journal_setup),
		cmocka_unit_test_setup(what_makes_no_sense_is_passed_over, journal_setup),
		cmocka_unit_test_setup(what_does_not_follow_is_passed_over, journal_setup),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
