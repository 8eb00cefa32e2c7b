/* SPDX-License-Identifier: Apache-2.0 */
/* The survey and the rows of real processes: children of this test. Needs no root. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/process.h"
#include "collect/survey.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/stream.h"

static char hostile[] = "a\n1 (b) R";
static char some_id[] = "3f1c0ffee0000000000000000000000000000000000000000000000000000abc";

struct family {
	pid_t parent, child, zombie;
	int ready; /* the parent writes to it once all is in place */
	ino_t socket, memfd;
};

static _Noreturn void parent(int ready)
{
	char path[] = "/tmp/t-survey-XXXXXX";
	int file = mkstemp(path), memory = memfd_create("e\nvil", 0), pair[2];
	struct family f = { .parent = getpid() };
	struct stat st;

	if (file < 0 || memory < 0 || write(file, "gone", 4) != 4 || unlink(path) < 0 ||
	    write(memory, "memory", 6) != 6 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		_exit(1);
	f.socket = fstat(pair[0], &st) == 0 ? st.st_ino : 0;
	f.memfd = fstat(memory, &st) == 0 ? st.st_ino : 0;
	f.child = fork();
	if (f.child == 0) {
		(void)prctl(PR_SET_NAME, hostile);
		for (;;)
			pause();
	}
	f.zombie = fork();
	if (f.zombie == 0)
		_exit(0);
	/* Dead, and not yet waited for. */
	(void)waitid(P_PID, (id_t)f.zombie, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	/* The name is set before its owner's first pause; it shows in its own comm. */
	for (char now[32] = ""; strncmp(now, hostile, 9) != 0;) {
		char name[64];
		int fd;

		(void)snprintf(name, sizeof(name), "/proc/%d/comm", (int)f.child);
		fd = open(name, O_RDONLY);
		if (fd < 0 || read(fd, now, sizeof(now) - 1) < 0)
			_exit(1);
		(void)close(fd);
	}
	if (write(ready, &f, sizeof(f)) != sizeof(f))
		_exit(1);
	for (;;)
		pause();
}

static struct family family;

static int setup(void **state)
{
	int ready[2];
	pid_t pid;

	(void)state;
	if (pipe(ready) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0)
		parent(ready[1]);
	(void)close(ready[1]);
	if (read(ready[0], &family, sizeof(family)) != sizeof(family))
		return -1;
	family.ready = ready[0];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)kill(family.child, SIGKILL);
	(void)kill(family.parent, SIGKILL);
	(void)waitpid(family.parent, NULL, 0);
	return 0;
}

static struct survey *made(void)
{
	const struct container c = { .id = some_id, .pid = family.parent };
	struct survey *s = NULL;
	struct err e = { 0 };

	if (survey_make(&c, &s, &e) < 0)
		fail_msg("%s", e.text);
	return s;
}

static const struct member *member(const struct survey *s, pid_t pid)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->members[i].pid == pid)
			return &s->members[i];
	return NULL;
}

static void test_members(void **state)
{
	AUTO(survey_freep) struct survey *s = made();

	(void)state;
	assert_int_equal(s->count, 3);
	assert_true(member(s, family.parent)->by & BY_ENGINE);
	assert_int_equal(member(s, family.child)->by, BY_CHILD);
	assert_int_equal(member(s, family.zombie)->by, BY_CHILD);
	assert_int_equal(s->mounts.count, 1);
	assert_int_equal(s->nets.count, 1);
	assert_int_equal(s->nets.inodes[0], s->host_net_ns);
	assert_false(s->is_cut);
}

static void test_finds(void **state)
{
	AUTO(survey_freep) struct survey *s = made();
	size_t files = 0, memory = 0;

	(void)state;
	for (size_t i = 0; i < s->find_count; i++) {
		const struct find *f = &s->finds[i];
		char name[FIND_NAME_SIZE];

		assert_int_equal(f->kind, FIND_FD);
		assert_true(f->held >= 0);
		assert_ptr_equal(survey_find(s, f->pid, FIND_FD, (uint64_t)f->fd), f);
		find_member(f, name);
		assert_non_null(strchr(name, '/'));
		files += f->node.size == 4;
		memory += f->node.inode == family.memfd;
	}
	/* The child has inherited both. */
	assert_int_equal(files, 2);
	assert_int_equal(memory, 2);
}

static void test_owners(void **state)
{
	AUTO(survey_freep) struct survey *s = made();
	size_t owners = 0;

	(void)state;
	for (size_t i = 0; i < s->owner_count; i++) {
		owners += s->owners[i].inode == family.socket;
		assert_true(i == 0 || s->owners[i - 1].inode <= s->owners[i].inode);
	}
	assert_int_equal(owners, 2);
}

static void test_gone(void **state)
{
	const struct container c = { .id = some_id, .pid = INT32_MAX };
	struct survey *s = NULL;
	struct process_stat st;
	struct err e = { 0 };
	AUTO(fd_closep) int dir = -1;

	(void)state;
	assert_int_equal(survey_make(&c, &s, &e), -1);
	assert_int_equal(e.kind, ERR_ABSENT);
	assert_null(s);
	dir = proc_open(family.parent, 0, &st, &e);
	assert_true(dir >= 0);
	/* Another start time is another process. */
	assert_int_equal(proc_open(family.parent, st.start_ticks + 1, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_ABSENT);
}

static struct cJSON *row_of(struct survey *s, const struct member *m, struct str *row)
{
	AUTO(hash_cache_freep) struct hash_cache *hashes = hash_cache_new(s->patience);
	AUTO(process_release) struct process p;
	struct cJSON *doc;
	struct err e = { 0 };

	process_init(&p, s, hashes);
	process_load(&p, m);
	process_row(&p, row);
	assert_int_equal(row->buf[row->len - 1], '\n');
	assert_null(memchr(row->buf, '\n', row->len - 1));
	doc = json_parse(row->buf, row->len, &e);
	if (!doc)
		fail_msg("%s: %s", e.text, row->buf);
	return doc;
}

static void own_hash(char hex[SHA256_HEX])
{
	AUTO(str_release) struct str text = STR_INIT((size_t)64 << 20);
	int fd = open("/proc/self/exe", O_RDONLY);
	char *to;
	ssize_t n;

	while ((to = str_room(&text, 65536)) && (n = read(fd, to, 65536)) > 0)
		str_grew(&text, (size_t)n);
	(void)close(fd);
	digest_of(text.buf, text.len, hex);
}

static void test_row(void **state)
{
	AUTO(survey_freep) struct survey *s = made();
	AUTO(str_release) struct str row = STR_INIT(PROCESS_ROW_MAX);
	AUTO(json_freep) struct cJSON *doc = row_of(s, member(s, family.child), &row);
	struct err e = { 0 };
	struct obj o = obj_begin(doc, "row", &e), exe = obj_in(&o, "exe"),
		   caps = obj_in(&o, "capabilities");
	char hex[SHA256_HEX];
	size_t recovered = 0;

	(void)state;
	own_hash(hex);
	assert_int_equal(obj_u64(&o, "pid"), family.child);
	assert_int_equal(obj_u64(&o, "ppid"), family.parent);
	assert_string_equal(obj_text(&o, "comm"), hostile);
	assert_string_equal(obj_text(&exe, "sha256"), hex);
	assert_int_equal(strlen(obj_text(&caps, "effective")), 16);
	assert_true(json_count(obj_list_or(&o, "cmdline")) >= 1);
	for (const struct cJSON *d = json_first(obj_list_or(&o, "descriptors")); d;
	     d = json_next(d))
		recovered += json_member(d, "recovered") != NULL;
	assert_int_equal(recovered, 2);
	assert_null(json_member(doc, "gone"));
	assert_null(json_member(doc, "errors"));
	assert_int_equal(obj_end(&o), 0);
}

static void test_row_of_zombie(void **state)
{
	AUTO(survey_freep) struct survey *s = made();
	AUTO(str_release) struct str row = STR_INIT(PROCESS_ROW_MAX);
	AUTO(json_freep) struct cJSON *doc = row_of(s, member(s, family.zombie), &row);

	(void)state;
	assert_string_equal(json_text(json_member(doc, "state")), "Z");
	assert_null(json_member(doc, "exe"));
	assert_null(json_member(doc, "gone"));
	/* Only root may ask what memory a zombie has, and hears that it has none. */
	if (geteuid() == 0)
		assert_null(json_member(doc, "errors"));
}

/* The process that the survey saw has ended; its number may be anybody's. */
static void test_row_of_gone(void **state)
{
	AUTO(survey_freep) struct survey *s = made();
	AUTO(str_release) struct str row = STR_INIT(PROCESS_ROW_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct member m = *member(s, family.child);
	const struct cJSON *gone;

	(void)state;
	m.start_ticks++;
	doc = row_of(s, &m, &row);
	gone = json_member(doc, "gone");
	assert_non_null(gone);
	assert_null(json_member(doc, "comm"));
	assert_non_null(json_member(doc, "started"));
}

/* A row past its limit is written again without its lists, and says so. */
static void test_row_cut(void **state)
{
	AUTO(survey_freep) struct survey *s = made();
	AUTO(str_release) struct str row = STR_INIT(2600);
	AUTO(json_freep) struct cJSON *doc = row_of(s, member(s, family.child), &row);
	const struct cJSON *cut = json_member(doc, "cut"), *last = NULL;

	(void)state;
	for (const struct cJSON *c = json_first(cut); c; c = json_next(c))
		last = c;
	assert_non_null(last);
	assert_string_equal(json_text(last), "row");
	assert_null(json_member(doc, "maps"));
	assert_non_null(json_member(doc, "exe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),     cmocka_unit_test(test_finds),
		cmocka_unit_test(test_owners),      cmocka_unit_test(test_gone),
		cmocka_unit_test(test_row),         cmocka_unit_test(test_row_of_zombie),
		cmocka_unit_test(test_row_of_gone), cmocka_unit_test(test_row_cut),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
