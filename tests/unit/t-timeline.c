/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "lib/base/tar.h"
#include "tests/unit/scratch.h"
#include "tests/unit/telling.h"

#define ID "0123456789012345678901234567890123456789012345678901234567890123"

static void test_image(void **state)
{
	const struct piece pieces[] = {
		PIECE("image/inspect.json",
		      "{\"Id\":\"sha256:ab\",\"RepoTags\":[\"web:1\"],\"Created\":\"2026-01-02T03:"
		      "04:"
		      "05.6Z\","
		      "\"Metadata\":{\"LastTagTime\":\"0001-01-01T00:00:00Z\"}}"),
		PIECE("image/history.json",
		      "[{\"Id\":\"b\",\"Created\":1700000001,\"CreatedBy\":\"CMD "
		      "x\",\"Comment\":\"c\"},"
		      "{\"Id\":\"<missing>\",\"Created\":1700000001,\"CreatedBy\":\"ADD /\"},"
		      "{\"Id\":\"a\",\"Created\":0,\"CreatedBy\":\"reproducible\"}]"),
		PIECES_END
	};

	(void)state;
	tells(pieces, "1970-01-01T00:00:00Z     image     layer: reproducible\n"
		      "2023-11-14T22:13:21Z     image     layer: ADD /\n"
		      "2023-11-14T22:13:21Z     image     layer: CMD x; c\n"
		      "2026-01-02T03:04:05.6Z   image     image web:1 created\n");
}

static void test_container(void **state)
{
	const struct piece pieces[] = {
		PIECE("container/inspect.json",
		      "{\"Id\":\"" ID
		      "\",\"Name\":\"/web\",\"Created\":\"2026-01-02T03:04:05.6Z\",\"State\":"
		      "{\"StartedAt\":\"2026-01-02T03:04:06.123456789Z\",\"ExitCode\":137,"
		      "\"FinishedAt\":\"2026-01-02T03:05:06Z\",\"RestoredAt\":\"0001-01-01T00:00:"
		      "00Z\"}"
		      "}"),
		PIECES_END
	};

	(void)state;
	tells(pieces,
	      "2026-01-02T03:04:05.6Z   container container web created\n"
	      "2026-01-02T03:04:06.123Z container container web started\n"
	      "2026-01-02T03:05:06Z     container container web finished, exit status 137\n");
}

/* Docker's form; a label that looks like the time; Podman's own form; one without any time. */
static void test_engine(void **state)
{
	const struct piece pieces[] = {
		PIECE("events/events.jsonl",
		      "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"x\","
		      "\"Attributes\":{"
		      "\"exitCode\":\"137\",\"signal\":\"9\",\"timeNano\":\"1795325123000000000\","
		      "\"a\":\"\\\"timeNano\\\":1795325123000000001\"}},"
		      "\"time\":1795325123,\"timeNano\":1795325123493269459}\n"
		      "{\"status\":\"exec_create: "
		      "sh\",\"time\":1795325123,\"timeNano\":1795325123437694326}\n"
		      "{\"ID\":\"x\",\"Status\":\"remove\",\"Time\":\"2026-11-22T05:25:23.9Z\","
		      "\"Type\":\"container\"}\n"
		      "{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"Attributes\":{"
		      "\"container\":\"x\"}},"
		      "\"time\":1795325124}\n\n"),
		PIECES_END
	};
	const struct piece timeless[] = { PIECE("events/events.jsonl", "{\"Action\":\"die\"}\n"),
					  PIECES_END };

	(void)state;
	tells(pieces, "2026-11-22T05:25:23.437Z engine    exec_create: sh\n"
		      "2026-11-22T05:25:23.493Z engine    die (exitCode 137, signal 9)\n"
		      "2026-11-22T05:25:23.9Z   engine    remove\n"
		      "2026-11-22T05:25:24Z     engine    network connect (container x)\n");
	tells_damaged(timeless, "", "events/events.jsonl", "without a time", 1);
}

static void test_processes(void **state)
{
	const struct piece pieces[] = { PIECE("process/processes.jsonl",
					      "{\"pid\":759,\"ns_pid\":1,\"started\":\"2026-01-"
					      "01T00:00:01.174Z\",\"comm\":\"sh\","
					      "\"uid\":{\"real\":0,\"effective\":33},\"cmdline\":["
					      "\"sh\",\"-c\",{\"text_b64\":\"/w==\"}],"
					      "\"exe\":{\"path\":\"/tmp/x\",\"deleted\":true}}\n"
					      "{\"pid\":760,\"started\":\"2026-01-01T00:00:02Z\","
					      "\"comm\":\"kworker\",\"uid\":null}\n"
					      "{\"pid\":761,\"comm\":\"gone\"}\n"),
					PIECES_END };

	(void)state;
	tells(pieces, "2026-01-01T00:00:01.174Z process   pid 759 (1 in it) uid 33: sh -c \\xff "
		      "(its executable was deleted)\n"
		      "2026-01-01T00:00:02Z     process   pid 760 uid 0: kworker\n");
}

static void test_logs(void **state)
{
	const struct piece pieces[] = {
		PIECE("logs/stdout.log", "2026-01-01T00:00:02.5Z two\r\n2026-01-01T00:00:01Z "
					 "one\nbelongs to it\n@5 so does this\n"),
		PIECE("logs/stderr.log",
		      "2026-01-01T00:00:02.4Z \x1b[31mred\n2026-01-01T00:00:03Z \n"),
		PIECES_END
	};
	const struct piece timeless[] = { PIECE("logs/tty.log", "$ ls\r\n2026-01-01T00:00:01Z x\n"),
					  PIECES_END };

	(void)state;
	tells(pieces, "2026-01-01T00:00:01Z     log       stdout: one\n"
		      "2026-01-01T00:00:01Z     log       stdout: belongs to it\n"
		      "2026-01-01T00:00:01Z     log       stdout: @5 so does this\n"
		      "2026-01-01T00:00:02.4Z   log       stderr: \\x1b[31mred\n"
		      "2026-01-01T00:00:02.5Z   log       stdout: two\n"
		      "2026-01-01T00:00:03Z     log       stderr: \n");
	tells_damaged(timeless, "2026-01-01T00:00:01Z     log       tty: x\n", "logs/tty.log",
		      "line 1: has no time", 1);
}

/* The journal is of all containers; ours are those of the same id. */
static void test_contain(void **state)
{
	const struct piece pieces[] = {
		PIECE("container/inspect.json", "{\"Id\":\"" ID "\",\"Name\":\"web\"}"),
		PIECE("contain/journal.jsonl",
		      "{\"seq\":1,\"time\":\"2026-01-01T00:00:01Z\",\"event\":\"intent\",\"verb\":"
		      "\"pause\","
		      "\"operator\":\"eve\",\"reason\":\"miner\",\"container\":{\"id\":\"" ID
		      "\"}}\n"
		      "{\"seq\":2,\"time\":\"2026-01-01T00:00:02Z\",\"event\":\"intent\",\"verb\":"
		      "\"kill\","
		      "\"container\":{\"id\":\"other\"}}\n"
		      "{\"seq\":3,\"time\":\"2026-01-01T00:00:03Z\",\"event\":\"outcome\",\"of\":2,"
		      "\"result\":\"done\"}\n"
		      "{\"seq\":4,\"time\":\"2026-01-01T00:00:04Z\",\"event\":\"outcome\",\"of\":1,"
		      "\"result\":\"failed\",\"error\":\"no freezer\"}\n"
		      "{\"seq\":5,\"time\":\"2026-01-01T00:00:05Z\",\"event\":\"refused\",\"verb\":"
		      "\"remove\","
		      "\"container\":{\"id\":\"" ID "\"},\"error\":\"no bundle\"}\n"
		      "{\"seq\":6,\"time\":\"2026-01-01T00:00:06Z\",\"event\":\"collected\","
		      "\"container\":{\"id\":\"" ID "\"},\"bundle\":{\"id\":\"ab\"}}\n"
		      "{\"seq\":7,\"time\":\"2026-01-01T00:00:07Z\",\"event\":\"begun\"}\n"),
		PIECES_END
	};

	(void)state;
	tells(pieces, "2026-01-01T00:00:01Z     contain   pause: intent by eve: miner\n"
		      "2026-01-01T00:00:04Z     contain   pause: failed: no freezer\n"
		      "2026-01-01T00:00:05Z     contain   remove: refused: no bundle\n"
		      "2026-01-01T00:00:06Z     contain   collected: bundle ab\n");
}

static void put_member(struct tar_writer *w, const char *path, const char *text, mode_t type)
{
	const struct tar_entry entry = { .path = path,
					 .link = type == S_IFLNK ? text : NULL,
					 .mode = type | 0644,
					 .size = type == S_IFREG ? strlen(text) : 0,
					 .atime = { .tv_nsec = -1 },
					 .ctime = { .tv_nsec = -1 } };
	struct err e = { 0 };

	assert_int_equal(tar_put(w, &entry, &e), 0);
	if (type == S_IFREG)
		assert_int_equal(tar_data(w, text, strlen(text), &e), 0);
}

/* Members as NAME, TEXT, NAME, TEXT…; a link where the text begins with '>'. */
static void make_tar(struct str *out, const char *const *members)
{
	AUTO(sink_closep) struct sink *to = sink_to_str(out);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	struct err e = { 0 };

	for (; members[0]; members += 2)
		put_member(w, members[0], members[1], members[1][0] == '>' ? S_IFLNK : S_IFREG);
	assert_int_equal(tar_writer_finish(w, &e), 0);
}

static void test_tars(void **state)
{
	AUTO(str_release)
	struct str changes = STR_INIT(1 << 20), tmpfs = STR_INIT(1 << 20),
		   rootfs = STR_INIT(1 << 20);
	const char *const changed[] = {
		"./root/.bash_history",
		"#1700000000\nls\n",
		"root/.zsh_history",
		"> /etc/passwd",
		"var/log/dpkg.log",
		"2023-11-14 22:13:20 install nc\n",
		NULL,
	};
	const char *const in_memory[] = { ".ash_history", "#1700000001\nid\n", NULL };
	const char *const whole[] = { "/root/.bash_history", "#1700000000\nls\n",
				      "/home/x/.bash_history", "#1700000002\nw\n", NULL };

	(void)state;
	make_tar(&changes, changed);
	make_tar(&tmpfs, in_memory);
	make_tar(&rootfs, whole);
	const struct piece pieces[] = { { "filesystem/changes.tar", changes.buf, changes.len },
					PIECE("filesystem/tmpfs-1.jsonl", "{\"mount\":\"/tmp\"}\n"),
					{ "filesystem/tmpfs-1.tar", tmpfs.buf, tmpfs.len },
					{ "filesystem/rootfs.tar", rootfs.buf, rootfs.len },
					PIECES_END };
	const char want[] = "2023-11-14T22:13:20Z     shell     /root/.bash_history: ls\n"
			    "2023-11-14T22:13:20      package   /var/log/dpkg.log: install nc\n"
			    "2023-11-14T22:13:21Z     shell     /tmp/.ash_history: id\n"
			    "2023-11-14T22:13:22Z     shell     /home/x/.bash_history: w\n";

	tells(pieces, want);
}

/* A tar that ends too early: what came before is told, and that it ended is said. */
static void test_cut_tar(void **state)
{
	AUTO(str_release) struct str tar = STR_INIT(1 << 20);
	const char *const members[] = { "a_history", "#1700000000\nls\n", "b_history",
					"#1700000001\nid\n", NULL };

	(void)state;
	make_tar(&tar, members);
	for (size_t len = 1; len < tar.len; len += 100) {
		AUTO(view_release) struct view v = { 0 };
		const struct piece pieces[] = { { "filesystem/changes.tar", tar.buf, len },
						PIECES_END };

		view_open(&v, pieces);
		view_take(&v, EVENT_CUSTODY);
		assert_true(v.t.damage_count == 1);
		assert_string_equal(v.t.damage[0].path, "filesystem/changes.tar");
		if (len > 1536)
			assert_non_null(strstr(v.text.buf, "a_history: ls\n"));
	}
}

static void test_custody(void **state)
{
	const struct piece pieces[] = { PIECE("logs/stdout.log", "2026-01-01T00:00:02Z x\n"),
					PIECES_END };
	AUTO(view_release) struct view v = { 0 };

	(void)state;
	view_open(&v, pieces);
	view_take(&v, EVENT_LOG);
	assert_int_equal(v.t.counts[EVENT_CUSTODY], 3);
	assert_non_null(strstr(v.text.buf, " custody   collecting began"));
	assert_non_null(strstr(v.text.buf, " custody   files: whole, data/logs/stdout.log\n"));
	assert_non_null(strstr(v.text.buf, " custody   bundle sealed, complete\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_image, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_container, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_engine, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_processes, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_logs, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_contain, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_tars, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_cut_tar, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_custody, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
