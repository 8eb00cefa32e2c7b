/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "tests/unit/journals.h"
#include "tests/unit/scratch.h"

static void expect_path(const char *named, const char *want)
{
	AUTO(freep) char *got = NULL;
	struct err e = { 0 };

	assert_int_equal(journal_path(named, &got, &e), 0);
	assert_string_equal(got, want);
}

static void its_path_is_the_named_one_then_the_variable_then_the_accounts(void **state)
{
	char *none = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(setenv("IMPOUND_JOURNAL", "/else/where", 1), 0);
	expect_path("here.jsonl", "here.jsonl");
	expect_path(NULL, "/else/where");
	assert_int_equal(journal_path("", &none, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_int_equal(setenv("IMPOUND_JOURNAL", "", 1), 0);
	assert_int_equal(setenv("XDG_STATE_HOME", "/state", 1), 0);
	expect_path(NULL,
		    geteuid() ? "/state/impound/journal.jsonl" : "/var/lib/impound/journal.jsonl");
	assert_int_equal(unsetenv("IMPOUND_JOURNAL"), 0);
	assert_int_equal(unsetenv("XDG_STATE_HOME"), 0);
}

static void it_is_made_for_its_owner_alone(void **state)
{
	const mode_t masks[] = { 0, 0777 };
	struct stat st;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *slash;
		mode_t old = umask(masks[i]);
		AUTO(journal_freep) struct journal *j = NULL;

		(void)snprintf(journal_file, sizeof(journal_file),
			       "%s/deep%zu/state/impound/journal.jsonl", scratch_dir, i);
		if (geteuid() == 0 || masks[i] == 0)
			j = journal_opened();
		(void)umask(old);
		if (!j)
			continue;
		assert_int_equal(stat(journal_file, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		slash = strrchr(journal_file, '/');
		*slash = '\0';
		assert_int_equal(stat(journal_file, &st), 0);
		assert_int_equal(st.st_mode & 07077, 0);
	}
}

static int count_events(const struct journal_line *line, void *data, struct err *e)
{
	uint64_t *next = data;

	(void)e;
	assert_int_equal(line->number, *next + 1);
	assert_int_equal(line->seq, *next);
	assert_null(line->fault);
	assert_non_null(line->doc);
	++*next;
	return 0;
}

static void several_write_at_once(void **state)
{
	enum { WRITERS = 3, LINES = 40 };
	struct journal_state now;
	pid_t pids[WRITERS];
	uint64_t next = 0;
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct journal *j = NULL;
			int failed = journal_open(journal_file, &j, &e);

			for (int n = 0; n < LINES && !failed; n++)
				failed = journal_append(j, "intent", NULL, &e);
			_exit(failed < 0);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	AUTO(journal_freep) struct journal *j = journal_opened();
	assert_int_equal(journal_each(j, count_events, &next, &now, &e), 0);
	assert_int_equal(now.lines, WRITERS * LINES + 1);
	assert_int_equal(now.broken + now.torn, 0);
}

static void set_size_limit(rlim_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	if (getrlimit(RLIMIT_FSIZE, &limit) == 0)
		limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk is full at each byte of a line in its turn. */
static void a_full_disk_leaves_nothing_half_written(void **state)
{
	AUTO(journal_freep) struct journal *j = journal_opened();
	struct journal_state before, now;
	struct err e = { 0 };
	rlim_t room = 0;

	(void)state;
	set_size_limit(10);
	assert_int_equal(journal_append(j, "intent", NULL, &e), -1);
	set_size_limit(RLIM_INFINITY);
	assert_int_equal(journal_state_of(j).bytes, 0);
	journal_must_append(j, "intent");
	before = journal_state_of(j);
	for (;; room++) {
		int failed;

		set_size_limit(before.bytes + room);
		e = (struct err){ 0 };
		failed = journal_append(j, "outcome", NULL, &e);
		set_size_limit(RLIM_INFINITY);
		if (failed == 0)
			break;
		assert_non_null(strstr(e.text, journal_file));
		now = journal_state_of(j);
		assert_int_equal(now.bytes, before.bytes);
		assert_string_equal(now.head, before.head);
	}
	assert_true(room > 100);
	now = journal_state_of(j);
	assert_int_equal(now.lines, 3);
	assert_int_equal(now.broken + now.torn + now.ends_torn, 0);
}

static void expect_refused(const char *word)
{
	struct journal *j = NULL;
	struct err e = { 0 };

	assert_int_equal(journal_open(journal_file, &j, &e), -1);
	assert_null(j);
	if (!strstr(e.text, word))
		fail_msg("'%s' does not say '%s'", e.text, word);
}

static void what_is_not_ours_alone_is_refused(void **state)
{
	char dir[256];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(journal_file, '/') - journal_file),
		       journal_file);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(symlink("/etc/passwd", journal_file), 0);
	expect_refused("link");
	assert_int_equal(unlink(journal_file), 0);
	assert_int_equal(mkfifo(journal_file, 0600), 0);
	expect_refused("not a regular file");
	assert_int_equal(unlink(journal_file), 0);
	assert_int_equal(mkdir(journal_file, 0700), 0);
	expect_refused("directory");
	assert_int_equal(rmdir(journal_file), 0);
	{
		AUTO(journal_freep) struct journal *j = journal_opened();

		journal_must_append(j, "intent");
	}
	assert_int_equal(chmod(journal_file, 0620), 0);
	expect_refused("others may write to the file (mode 0620)");
	assert_int_equal(chmod(journal_file, 0600), 0);
	assert_int_equal(chmod(dir, 0770), 0);
	expect_refused("others may write to its directory (mode 0770)");
	assert_int_equal(chmod(dir, 0700), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(journal_file, 4711, 0), 0);
	expect_refused("the file belongs to uid 4711");
	assert_int_equal(chown(journal_file, 0, 0), 0);
	assert_int_equal(chown(dir, 4711, 0), 0);
	expect_refused("its directory belongs to uid 4711");
}

static void reading_makes_nothing(void **state)
{
	struct journal *j = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(journal_open_reading(journal_file, &j, &e), -1);
	assert_int_equal(e.kind, ERR_ABSENT);
	assert_int_equal(access(journal_file, F_OK), -1);
}

static pid_t waited_for;

static void note_pid(pid_t pid)
{
	waited_for = pid;
}

/* Its pid, once it has the right to act; it keeps it until it is killed. */
static pid_t claim_in_child(void)
{
	struct err e = { 0 };
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct journal *j = journal_opened();

		if (journal_claim(j, NULL, &e) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static void kill_and_reap(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static pid_t victim;

static void kill_holder(pid_t pid)
{
	note_pid(pid);
	kill_and_reap(victim);
}

static void one_acts_at_a_time_and_a_killed_one_no_longer(void **state)
{
	AUTO(journal_freep) struct journal *j = journal_opened();
	struct err e = { 0 };

	(void)state;
	victim = claim_in_child();
	/* Appending needs no turn. */
	journal_must_append(j, "collected");
	assert_int_equal(journal_claim(j, kill_holder, &e), 0);
	assert_int_equal(waited_for, victim);
	journal_yield(j);
	waited_for = -1;
	assert_int_equal(journal_claim(j, note_pid, &e), 0);
	assert_int_equal(waited_for, -1);
}

static void stop_waiting(pid_t pid)
{
	(void)pid;
	stop_ask();
}

static void a_signal_ends_the_wait(void **state)
{
	AUTO(journal_freep) struct journal *j = journal_opened();
	struct err e = { 0 };
	pid_t pid = claim_in_child();

	(void)state;
	assert_int_equal(journal_claim(j, stop_waiting, &e), -1);
	assert_int_equal(e.kind, ERR_STOPPED);
	stop_accept();
	kill_and_reap(pid);
}

static void it_says_who(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(4096);
	struct jsonw w;

	(void)state;
	assert_int_equal(setenv("SUDO_USER", "alice", 1), 0);
	assert_int_equal(setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22", 1), 0);
	jsonw_init(&w, &text);
	jsonw_object(&w, NULL);
	journal_who(&w, NULL);
	jsonw_line(&w);
	assert_non_null(strstr(text.buf, "\"operator\":\"alice\""));
	assert_non_null(strstr(text.buf, "\"sudo_user\":\"alice\""));
	assert_non_null(strstr(text.buf, "\"ssh_connection\":\"192.0.2.1 1 192.0.2.2 22\""));
	str_reset(&text);
	jsonw_init(&w, &text);
	jsonw_object(&w, NULL);
	journal_who(&w, "b\xff"
			"b");
	jsonw_line(&w);
	assert_non_null(strstr(text.buf, "\"operator_b64\":\"Yv9i\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_path_is_the_named_one_then_the_variable_then_the_accounts),
		cmocka_unit_test_setup(it_is_made_for_its_owner_alone, journal_setup),
		cmocka_unit_test_setup(several_write_at_once, journal_setup),
		cmocka_unit_test_setup(a_full_disk_leaves_nothing_half_written, journal_setup),
		cmocka_unit_test_setup(what_is_not_ours_alone_is_refused, journal_setup),
		cmocka_unit_test_setup(reading_makes_nothing, journal_setup),
		cmocka_unit_test_setup(one_acts_at_a_time_and_a_killed_one_no_longer,
				       journal_setup),
		cmocka_unit_test_setup(a_signal_ends_the_wait, journal_setup),
		cmocka_unit_test(it_says_who),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
