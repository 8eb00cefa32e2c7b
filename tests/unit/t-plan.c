/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect/plan.h"
#include "lib/base/own.h"

/* "step" taken through the API, "step+" from the host, "-step" by choice, "!step" impossible,
 * "0step" absent. */
static void describe(const struct plan *p, struct str *out)
{
	static const char *const marks[] = {
		[FATE_DO] = "", [FATE_ABSENT] = "0", [FATE_CHOICE] = "-", [FATE_IMPOSSIBLE] = "!"
	};

	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];

		str_addf(out, "%s%s%s%s", i ? " " : "", marks[s->fate], step_word(s->id),
			 s->how == HOW_HOST ? "+" : "");
		if (s->fate == FATE_DO)
			assert_non_null(s->effect);
		else
			assert_true(s->reason[0] != '\0');
	}
}

static const struct facts docker_inside = {
	.dialect = DIALECT_DOCKER,
	.state = STATE_RUNNING,
	.has_experimental = true,
	.has_processes = true,
	.has_files = true,
	.volumes = 1,
	.binds = 1,
	.has_journal = true,
};

static const struct facts podman_outside = {
	.dialect = DIALECT_PODMAN,
	.state = STATE_RUNNING,
	.why_not = "not root",
	.volumes = 1,
	.binds = 1,
};

static struct facts with_state(struct facts f, enum container_state s)
{
	f.state = s;
	return f;
}

static void expect(const struct wish *w, const struct facts *f, const char *steps)
{
	AUTO(str_release) struct str got = STR_INIT(4096);
	struct plan p;

	plan_make(w, f, &p);
	describe(&p, &got);
	assert_string_equal(got.buf, steps);
}

static void triage_leaves_contents_alone(void **state)
{
	(void)state;
	expect(&(struct wish){ .profile = PROFILE_TRIAGE }, &docker_inside,
	       "inspect journal processes+ sockets+ recovered+ mounts+ top stats -tmpfs "
	       "-checkpoint "
	       "-memory "
	       "changes+ -files -volumes -binds -rootfs -index logs events engine network image "
	       "-image-archive "
	       "inspect-after");
}

static void standard_on_the_host(void **state)
{
	(void)state;
	expect(&(struct wish){ .profile = PROFILE_STANDARD }, &docker_inside,
	       "inspect journal processes+ sockets+ recovered+ mounts+ top stats tmpfs+ "
	       "-checkpoint "
	       "-memory "
	       "changes+ files+ -volumes -binds -rootfs index+ logs events engine network image "
	       "-image-archive "
	       "inspect-after");
}

static void full_takes_the_most_volatile_first(void **state)
{
	(void)state;
	expect(&(struct wish){ .profile = PROFILE_FULL, .freeze = true }, &docker_inside,
	       "inspect journal processes+ sockets+ recovered+ mounts+ top stats tmpfs+ checkpoint "
	       "-memory "
	       "freeze changes+ files+ volumes+ -binds rootfs+ index+ thaw logs events engine "
	       "network "
	       "image "
	       "image-archive inspect-after");
}

static void from_outside_the_gaps_are_named(void **state)
{
	struct plan p;

	(void)state;
	expect(&(struct wish){ .profile = PROFILE_FULL }, &podman_outside,
	       "inspect 0journal !processes !sockets !recovered !mounts top stats !tmpfs "
	       "checkpoint "
	       "-memory "
	       "changes files !volumes -binds rootfs !index logs events engine network image "
	       "image-archive "
	       "inspect-after");
	plan_make(&(struct wish){ .profile = PROFILE_FULL }, &podman_outside, &p);
	assert_string_equal(plan_find(&p, STEP_TMPFS)->reason, "not root");
}

static void a_stopped_container_has_no_processes(void **state)
{
	struct facts f = with_state(podman_outside, STATE_STOPPED);

	(void)state;
	expect(&(struct wish){ .profile = PROFILE_STANDARD, .freeze = true }, &f,
	       "inspect 0journal 0processes 0sockets 0recovered 0mounts 0stats 0tmpfs -checkpoint "
	       "-memory "
	       "0freeze changes files -volumes -binds -rootfs !index logs events engine network "
	       "image "
	       "-image-archive "
	       "inspect-after");
	f.state = STATE_CREATED;
	f.volumes = f.binds = 0;
	expect(&(struct wish){ .profile = PROFILE_FULL, .with = KIND_BIT(KIND_BINDS) }, &f,
	       "inspect 0journal 0processes 0sockets 0recovered 0mounts 0stats 0tmpfs 0checkpoint "
	       "-memory "
	       "changes files 0volumes 0binds rootfs !index 0logs events engine network image "
	       "image-archive "
	       "inspect-after");
}

static void checkpoints_have_conditions(void **state)
{
	static const struct {
		struct facts facts;
		enum step_fate fate;
		const char *reason;
	} cases[] = {
		{ { .dialect = DIALECT_PODMAN, .state = STATE_RUNNING }, FATE_DO, "" },
		{ { .dialect = DIALECT_PODMAN, .state = STATE_PAUSED }, FATE_IMPOSSIBLE, "paused" },
		{ { .dialect = DIALECT_PODMAN, .state = STATE_RUNNING, .is_rootless = true },
		  FATE_IMPOSSIBLE,
		  "rootless" },
		{ { .dialect = DIALECT_DOCKER, .state = STATE_RUNNING, .has_files = true },
		  FATE_IMPOSSIBLE,
		  "--experimental" },
		{ { .dialect = DIALECT_DOCKER, .state = STATE_RUNNING, .has_experimental = true },
		  FATE_IMPOSSIBLE,
		  "daemon's host" },
		{ { .dialect = DIALECT_DOCKER,
		    .state = STATE_PAUSED,
		    .has_experimental = true,
		    .has_files = true },
		  FATE_DO,
		  "" },
		{ { .dialect = DIALECT_DOCKER, .state = STATE_STOPPED },
		  FATE_ABSENT,
		  "not running" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct facts f = cases[i].facts;
		struct wish w = { .profile = PROFILE_STANDARD, .with = KIND_BIT(KIND_CHECKPOINT) };
		const struct step *s;
		struct plan p;

		f.why_not = "not root";
		plan_make(&w, &f, &p);
		s = plan_find(&p, STEP_CHECKPOINT);
		assert_int_equal(s->fate, cases[i].fate);
		assert_non_null(strstr(s->reason, cases[i].reason));
		w.no_checkpoint = true;
		plan_make(&w, &f, &p);
		s = plan_find(&p, STEP_CHECKPOINT);
		assert_int_not_equal(s->fate, FATE_DO);
	}
}

static void with_and_without_change_the_profile(void **state)
{
	(void)state;
	expect(&(struct wish){ .profile = PROFILE_TRIAGE,
			       .with = KIND_BIT(KIND_MEMORY) | KIND_BIT(KIND_BINDS),
			       .without = KIND_BIT(KIND_PROCESSES) | KIND_BIT(KIND_LOGS) },
	       &docker_inside,
	       "inspect journal -processes sockets+ recovered+ mounts+ stats -tmpfs -checkpoint "
	       "!memory "
	       "changes+ -files -volumes binds+ -rootfs -index -logs events engine network image "
	       "-image-archive "
	       "inspect-after");
}

static void podmans_top_is_asked_only_from_outside(void **state)
{
	struct facts f = with_state(podman_outside, STATE_PAUSED);
	struct plan p;

	(void)state;
	plan_make(&(struct wish){ .profile = PROFILE_TRIAGE }, &f, &p);
	assert_int_equal(plan_find(&p, STEP_TOP)->fate, FATE_IMPOSSIBLE);
	f.has_processes = true;
	plan_make(&(struct wish){ .profile = PROFILE_TRIAGE }, &f, &p);
	assert_int_equal(plan_find(&p, STEP_TOP)->fate, FATE_CHOICE);
	assert_int_equal(plan_find(&p, STEP_PROCESSES)->fate, FATE_DO);
	f.state = STATE_RUNNING;
	plan_make(&(struct wish){ .profile = PROFILE_TRIAGE }, &f, &p);
	assert_int_equal(plan_find(&p, STEP_TOP)->fate, FATE_CHOICE);
}

static void freezing_needs_something_to_freeze(void **state)
{
	struct facts paused = with_state(docker_inside, STATE_PAUSED);
	struct plan p;

	(void)state;
	plan_make(&(struct wish){ .profile = PROFILE_STANDARD, .freeze = true }, &paused, &p);
	assert_int_equal(plan_find(&p, STEP_FREEZE)->fate, FATE_ABSENT);
	assert_null(plan_find(&p, STEP_THAW));
	plan_make(&(struct wish){ .profile = PROFILE_TRIAGE,
				  .freeze = true,
				  .without = KIND_BIT(KIND_CHANGES) },
		  &docker_inside, &p);
	assert_int_equal(plan_find(&p, STEP_FREEZE)->fate, FATE_ABSENT);
	assert_null(plan_find(&p, STEP_THAW));
	plan_make(&(struct wish){ .profile = PROFILE_STANDARD }, &docker_inside, &p);
	assert_null(plan_find(&p, STEP_FREEZE));
}

static void what_is_left_frozen_is_not_thawed(void **state)
{
	struct wish w = { .profile = PROFILE_STANDARD, .keep_frozen = true };
	struct err e = { 0 };
	struct plan p;

	(void)state;
	assert_int_equal(wish_check(&w, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	w.freeze = true;
	assert_int_equal(wish_check(&w, &e), 0);
	plan_make(&w, &docker_inside, &p);
	assert_int_equal(plan_find(&p, STEP_FREEZE)->fate, FATE_DO);
	assert_non_null(strstr(plan_find(&p, STEP_FREEZE)->effect, "left so"));
	assert_null(plan_find(&p, STEP_THAW));
}

static void a_journal_that_cannot_be_read_is_a_gap(void **state)
{
	struct facts f = docker_inside;
	struct plan p;

	(void)state;
	f.journal_error = "permission denied";
	plan_make(&(struct wish){ .profile = PROFILE_TRIAGE }, &f, &p);
	assert_int_equal(plan_find(&p, STEP_JOURNAL)->fate, FATE_IMPOSSIBLE);
	assert_string_equal(plan_find(&p, STEP_JOURNAL)->reason, "permission denied");
}

static void contradictions_are_refused(void **state)
{
	struct wish w = { .with = KIND_BIT(KIND_LOGS), .without = KIND_BIT(KIND_LOGS) };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(wish_check(&w, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.text, "'logs'"));
	w = (struct wish){ .without = KIND_BIT(KIND_INSPECT) };
	assert_int_equal(wish_check(&w, &e), -1);
	w = (struct wish){ .with = KIND_BIT(KIND_LOGS), .without = KIND_BIT(KIND_STATS) };
	assert_int_equal(wish_check(&w, &e), 0);
}

static void kinds_are_read_from_lists(void **state)
{
	const char *items[] = { "files,logs", "image-archive" };
	struct words lists = { .items = items, .count = 2 };
	struct err e = { 0 };
	uint32_t set = 7;

	(void)state;
	assert_int_equal(kinds_parse(&lists, "with", &set, &e), 0);
	assert_int_equal(set,
			 KIND_BIT(KIND_FILES) | KIND_BIT(KIND_LOGS) | KIND_BIT(KIND_IMAGE_ARCHIVE));
	items[1] = "logs,hostname";
	assert_int_equal(kinds_parse(&lists, "with", &set, &e), -1);
	assert_non_null(strstr(e.text, "--with: unknown kind 'hostname'"));
	for (enum kind k = 0; k < KIND_COUNT; k++)
		assert_non_null(strstr(e.text, kind_word(k)));
	items[1] = "";
	assert_int_equal(kinds_parse(&lists, "with", &set, &e), -1);
	items[1] = "log";
	assert_int_equal(kinds_parse(&lists, "with", &set, &e), -1);
}

static void profiles_grow(void **state)
{
	uint32_t triage = profile_kinds(PROFILE_TRIAGE), standard = profile_kinds(PROFILE_STANDARD);
	uint32_t full = profile_kinds(PROFILE_FULL);

	(void)state;
	assert_int_equal(triage & ~standard, 0);
	assert_int_equal(standard & ~full, 0);
	assert_int_equal(standard & ~triage,
			 KIND_BIT(KIND_FILES) | KIND_BIT(KIND_TMPFS) | KIND_BIT(KIND_INDEX));
	assert_int_equal(full & ~standard, KIND_BIT(KIND_ROOTFS) | KIND_BIT(KIND_CHECKPOINT) |
						   KIND_BIT(KIND_VOLUMES) |
						   KIND_BIT(KIND_IMAGE_ARCHIVE));
	for (enum profile p = PROFILE_TRIAGE; p <= PROFILE_FULL; p++)
		assert_int_equal(profile_of(profile_word(p)), p);
}

static void a_plan_fits_on_eighty_columns(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(65536);
	struct plan p;

	(void)state;
	plan_make(&(struct wish){ .profile = PROFILE_FULL, .freeze = true }, &podman_outside, &p);
	plan_print(&p, &out);
	assert_int_equal(str_ok(&out, "plan", &(struct err){ 0 }), 0);
	for (const char *line = out.buf; *line;) {
		size_t len = strcspn(line, "\n");

		assert_in_range(len, 0, 79);
		line += len + 1;
	}
	assert_non_null(strstr(out.buf, "sleeping system calls"));
	assert_non_null(strstr(out.buf, "not root"));
}

static void a_plan_is_json(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(65536);
	struct jsonw w;
	struct plan p;

	(void)state;
	plan_make(&(struct wish){ .profile = PROFILE_TRIAGE }, &podman_outside, &p);
	jsonw_init(&w, &out);
	jsonw_object(&w, NULL);
	plan_json(&p, &w, "plan");
	jsonw_line(&w);
	assert_non_null(
		strstr(out.buf,
		       "{\"step\":\"inspect\",\"kind\":\"inspect\",\"plan\":\"take\",\"how\":"
		       "\"api\",\"effect\":\"nothing\"}"));
	assert_non_null(
		strstr(out.buf,
		       "{\"step\":\"sockets\",\"kind\":\"sockets\",\"plan\":\"skip\",\"by\":"
		       "\"impossible\",\"reason\":\"not root\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(triage_leaves_contents_alone),
		cmocka_unit_test(standard_on_the_host),
		cmocka_unit_test(full_takes_the_most_volatile_first),
		cmocka_unit_test(from_outside_the_gaps_are_named),
		cmocka_unit_test(a_stopped_container_has_no_processes),
		cmocka_unit_test(checkpoints_have_conditions),
		cmocka_unit_test(with_and_without_change_the_profile),
		cmocka_unit_test(podmans_top_is_asked_only_from_outside),
		cmocka_unit_test(freezing_needs_something_to_freeze),
		cmocka_unit_test(what_is_left_frozen_is_not_thawed),
		cmocka_unit_test(a_journal_that_cannot_be_read_is_a_gap),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(kinds_are_read_from_lists),
		cmocka_unit_test(profiles_grow),
		cmocka_unit_test(a_plan_fits_on_eighty_columns),
		cmocka_unit_test(a_plan_is_json),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
