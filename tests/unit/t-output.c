/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/result.h"
#include "lib/base/status.h"

/* What FN writes to the stream of FD, as text that the caller frees. */
static char *written(FILE *stream, void (*fn)(void))
{
	int store = memfd_create("t-output", MFD_CLOEXEC);
	int fd = fileno(stream), keep = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	char *text = xcalloc(1, 65536);

	assert_true(store >= 0);
	(void)fflush(stream);
	assert_true(dup2(store, fd) == fd);
	fn();
	(void)fflush(stream);
	assert_true(dup2(keep, fd) == fd);
	(void)close(keep);
	assert_true(pread(store, text, 65535, 0) >= 0);
	(void)close(store);
	return text;
}

static enum log_level level;

static void log_all(void)
{
	log_setup("collect", level);
	log_error("e '%s'", "a\n\x1b[2J");
	log_warn("w");
	log_info("i");
	log_debug("d");
	log_setup(NULL, LOG_NORMAL);
}

static void test_log(void **state)
{
	static const char *const want[] = {
		"impound: collect: e 'a\\n\\x1b[2J'\n",
		"impound: collect: e 'a\\n\\x1b[2J'\nimpound: collect: warning: w\nimpound: "
		"collect: i\n",
		"impound: collect: e 'a\\n\\x1b[2J'\nimpound: collect: warning: w\nimpound: "
		"collect: i\n"
		"impound: collect: d\n",
	};

	(void)state;
	for (level = LOG_QUIET; level <= LOG_VERBOSE; level++) {
		AUTO(freep) char *text = written(stderr, log_all);

		assert_string_equal(text, want[level]);
	}
}

static void log_long(void)
{
	log_error("%0100000d", 7);
}

static void test_log_is_cut(void **state)
{
	AUTO(freep) char *text = written(stderr, log_long);

	(void)state;
	assert_true(strlen(text) > 1000 && strlen(text) < 50000);
	assert_memory_equal(text, "impound: 0000", 13);
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void report(void)
{
	struct err e = { 0 };

	(void)err_set(&e, ERR_ABSENT, "no container '%s'", "x\xff\"");
	result_error("collect", err_status(&e), &e);
}

static void report_parts(void)
{
	AUTO(str_release) struct str out = STR_INIT(200);
	struct jsonw w;

	result_begin(&w, &out, "verify", STATUS_DONE);
	jsonw_array(&w, "results");
	for (int i = 0; i < 100; i++) {
		jsonw_object(&w, NULL);
		jsonw_i64(&w, "n", i);
		jsonw_end(&w);
		result_flush(&w);
	}
	result_print(&w);
}

/* One object, though it is far larger than what is kept of it at a time. */
static void test_result_parts(void **state)
{
	AUTO(freep) char *text = written(stdout, report_parts);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err e = { 0 };

	(void)state;
	doc = json_parse(text, strlen(text), &e);
	assert_string_equal(e.text, "");
	assert_int_equal(json_count(json_member(doc, "results")), 100);
}

static void test_result(void **state)
{
	AUTO(freep) char *text = written(stdout, report);
	char name[] = "c", json[] = "--json", end[] = "--";
	char *const yes[] = { name, json, NULL }, *const no[] = { name, end, json, NULL };

	(void)state;
	assert_string_equal(
		text, "{\"schema\":\"impound-result/1\",\"command\":\"collect\",\"exit_code\":8,"
		      "\"status\":\"absent\",\"tool\":\"impound " IMPOUND_VERSION
		      "\",\"error\":\"no container 'x\\\\xff\\\"'\"}\n");
	assert_true(result_is_wanted(2, yes));
	assert_false(result_is_wanted(3, no));
}

static enum progress_mode mode;

static void work(void)
{
	progress_start(mode, 2);
	progress_step("root\x1b");
	for (int i = 0; i < 1000; i++)
		progress_tick.fn(progress_tick.data, 1024);
	log_info("between");
	progress_step("logs");
	progress_stop();
	progress_bytes(1);
	log_info("after");
}

static void test_progress_json(void **state)
{
	AUTO(freep) char *text = NULL;
	char *save = NULL, *first, *last = NULL;
	int events = 0;

	(void)state;
	mode = PROGRESS_JSON;
	text = written(stderr, work);
	first = strtok_r(text, "\n", &save);
	for (char *line = first; line; line = strtok_r(NULL, "\n", &save)) {
		struct err e = { 0 };
		AUTO(json_freep) struct cJSON *doc = NULL;

		if (*line != '{')
			continue;
		doc = json_parse(line, strlen(line), &e);
		assert_non_null(doc);
		last = line;
		events++;
	}
	/* Two steps, the end, and at most ten lines a second between. */
	assert_in_range(events, 3, 30);
	assert_true(first &&
		    strstr(first, "{\"event\":\"step\",\"step\":\"root\\u001b\",\"n\":1,\"of\":2,"
				  "\"bytes\":\"0\",\"time\":\""));
	assert_true(last &&
		    strstr(last, "{\"event\":\"done\",\"step\":\"logs\",\"n\":2,\"of\":2,"));
}

/* What a terminal shows: a carriage return goes back over the line. */
static void render(const char *text, struct str *out)
{
	char line[512];
	size_t at = 0, end = 0;

	for (; *text; text++) {
		if (*text == '\r') {
			at = 0;
		} else if (*text == '\n') {
			while (end && line[end - 1] == ' ')
				end--;
			str_add(out, line, end);
			str_addc(out, '\n');
			at = end = 0;
		} else if (at < sizeof(line)) {
			line[at++] = *text;
			end = at > end ? at : end;
		}
	}
	while (end && line[end - 1] == ' ')
		end--;
	str_add(out, line, end);
}

static void test_progress_bar(void **state)
{
	AUTO(freep) char *text = NULL;
	AUTO(str_release) struct str screen = STR_INIT(10000);

	(void)state;
	mode = PROGRESS_BAR;
	text = written(stderr, work);
	assert_non_null(strstr(text, "[1/2] root\\x1b"));
	render(text, &screen);
	/* The bar is gone before any line, and at the end. */
	assert_string_equal(screen.buf, "impound: between\nimpound: after\n");
}

static void test_progress_none(void **state)
{
	(void)state;
	for (mode = PROGRESS_AUTO; mode <= PROGRESS_NONE; mode++) {
		AUTO(freep) char *text = NULL;

		if (mode == PROGRESS_BAR || mode == PROGRESS_JSON)
			continue;
		text = written(stderr, work);
		assert_string_equal(text, "impound: between\nimpound: after\n");
	}
	assert_int_equal(progress_mode_of("json"), PROGRESS_JSON);
	assert_int_equal(progress_mode_of("bar"), PROGRESS_BAR);
	assert_int_equal(progress_mode_of("none"), PROGRESS_NONE);
	assert_int_equal(progress_mode_of("auto"), PROGRESS_AUTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),           cmocka_unit_test(test_log_is_cut),
		cmocka_unit_test(test_result),        cmocka_unit_test(test_result_parts),
		cmocka_unit_test(test_progress_json), cmocka_unit_test(test_progress_bar),
		cmocka_unit_test(test_progress_none),
	};

	return cmocka_run_group_tests_name("log, result, progress", tests, NULL, NULL);
}
