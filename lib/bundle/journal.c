/* SPDX-License-Identifier: Apache-2.0 */
/* Where the journal is, who may write to it, and whose turn it is. */
#include "lib/bundle/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"
#include "lib/bundle/journaling.h"

#define OF_ROOT    "/var/lib/impound/journal.jsonl"
#define SUFFIX     ".jsonl"
#define AGAIN_MS   20
#define PATIENCE_S 30

int journal_path(const char *named, char **out, struct err *e)
{
	const char *variable = getenv("IMPOUND_JOURNAL"), *state = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");
	const struct passwd *pw;

	if (named && !named[0])
		return err_set(e, ERR_USAGE, "--journal takes a file");
	if (!named && variable && variable[0])
		named = variable;
	if (named) {
		*out = xstrdup(named);
		return 0;
	}
	if (geteuid() == 0) {
		*out = xstrdup(OF_ROOT);
		return 0;
	}
	/* The XDG specification: a relative path there counts as none. */
	if (state && state[0] == '/') {
		*out = xasprintf("%s/impound/journal.jsonl", state);
		return 0;
	}
	if (!home || home[0] != '/') {
		pw = getpwuid(geteuid());
		home = pw ? pw->pw_dir : NULL;
	}
	if (!home || home[0] != '/')
		return err_set(
			e, ERR_USAGE,
			"this account has no home for the journal: name a file by --journal");
	*out = xasprintf("%s/.local/state/impound/journal.jsonl", home);
	return 0;
}

struct journal *journal_new(int fd, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name), suffix = strlen(SUFFIX);
	struct journal *j = xcalloc(1, sizeof(*j));

	if (len > suffix && !strcmp(name + len - suffix, SUFFIX))
		len -= suffix;
	j->path = xstrdup(path);
	j->lock_name = xasprintf("%.*s.lock", (int)len, name);
	j->dir = j->claim = -1;
	custody_init(&j->log, fd);
	j->log.what = "the journal";
	return j;
}

void journal_freep(struct journal **jp)
{
	struct journal *j = steal(jp);

	if (!j)
		return;
	journal_yield(j);
	custody_release(&j->log);
	fd_closep(&j->dir);
	free(j->lock_name);
	free(j->path);
	free(j);
}

const char *journal_where(const struct journal *j)
{
	return j->path;
}

/* Opens PATH's directory; where it is not there it is made, 0700, and first the one it is in. */
static int open_directory(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	AUTO(freep) char *above = NULL;
	AUTO(fd_closep) int parent = -1;
	int fd;

	if (!slash)
		return open_directory("./", e);
	above = xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT || slash == path)
		return fd >= 0 ? fd : err_sys(e, "open the directory '%s'", above);
	parent = open_directory(above, e);
	if (parent < 0)
		return -1;
	if (mkdir(above, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "make the directory '%s'", above);
	if (fsync(parent) < 0)
		return err_sys(e, "fsync the directory that '%s' is in", above);
	fd = open(above, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : err_sys(e, "open the directory '%s'", above);
}

/* What others may write to proves nothing: they could take lines away, or change the file. */
static int check_ours(const struct stat *st, const char *what, struct err *e)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return err_set(e, ERR_INTEGRITY,
			       "%s belongs to uid %u, who could rewrite the journal: name another "
			       "by --journal",
			       what, (unsigned)st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, ERR_INTEGRITY,
			       "others may write to %s (mode %04o): 'chmod go-w' it, or name "
			       "another journal by --journal",
			       what, (unsigned)(st->st_mode & 07777));
	return 0;
}

/* A file that is not there is made, and is there after a power failure. */
static int open_file(int dir, const char *name, struct err *e)
{
	const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	AUTO(fd_closep) int fd = openat(dir, name, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? steal_fd(&fd) : err_sys(e, "open");
	fd = openat(dir, name, flags | O_CREAT | O_EXCL, 0600);
	if (fd < 0 && errno == EEXIST)
		return open_file(dir, name, e);
	if (fd < 0)
		return err_sys(e, "create");
	if (fchmod(fd, 0600) < 0)
		return err_sys(e, "chmod");
	if (fsync(fd) < 0 || fsync(dir) < 0)
		return err_sys(e, "fsync");
	return steal_fd(&fd);
}

static int open_checked(int dir, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	AUTO(fd_closep) int fd = -1;
	struct stat st;

	if (fstat(dir, &st) < 0)
		return err_sys(e, "stat its directory");
	if (check_ours(&st, "its directory", e) < 0)
		return -1;
	fd = open_file(dir, slash ? slash + 1 : path, e);
	if (fd < 0)
		return e->sys == ELOOP ? err_set(e, ERR_INTEGRITY, "it is a link") : -1;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "it is not a regular file");
	return check_ours(&st, "the file", e) < 0 ? -1 : steal_fd(&fd);
}

int journal_open(const char *path, struct journal **out, struct err *e)
{
	AUTO(fd_closep) int dir = open_directory(path, e);
	int fd = dir < 0 ? -1 : open_checked(dir, path, e);

	if (fd < 0)
		return err_wrap(e, "the journal '%s'", path);
	*out = journal_new(fd, path);
	(*out)->dir = steal_fd(&dir);
	return 0;
}

int journal_open_reading(const char *path, struct journal **out, struct err *e)
{
	int fd = file_open_regular(AT_FDCWD, path, NULL, e);

	if (fd < 0) {
		if (e->kind == ERR_SYS && (e->sys == ENOENT || e->sys == ENOTDIR))
			return err_set(e, ERR_ABSENT, "there is no journal '%s'", path);
		return err_wrap(e, "the journal");
	}
	*out = journal_new(fd, path);
	return 0;
}

int journal_lock(struct journal *j, int how, struct err *e)
{
	for (int waited = 0; flock(j->log.fd, how | LOCK_NB) < 0; waited += AGAIN_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "lock the journal '%s'", j->path);
		if (waited >= PATIENCE_S * 1000)
			return err_set(e, ERR_SYS,
				       "another process has held the journal '%s' for %d s: 'fuser "
				       "-v' names it",
				       j->path, PATIENCE_S);
		(void)poll(NULL, 0, AGAIN_MS);
	}
	j->is_locked = true;
	return 0;
}

void journal_unlock(struct journal *j)
{
	if (j->is_locked)
		(void)flock(j->log.fd, LOCK_UN);
	j->is_locked = false;
}

int journal_size(const struct journal *j, uint64_t *out, struct err *e)
{
	struct stat st;

	if (fstat(j->log.fd, &st) < 0)
		return err_sys(e, "stat the journal '%s'", j->path);
	if ((uint64_t)st.st_size > JOURNAL_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "the journal '%s' has more than %llu bytes", j->path,
			       (unsigned long long)JOURNAL_BYTES_MAX);
	*out = (uint64_t)st.st_size;
	return 0;
}

/* Who has the lock says so in its file; a moment after it was taken, nothing. */
static pid_t holder(int fd)
{
	char text[24] = { 0 };
	struct err e = { 0 };
	uint64_t pid;

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return text_u64(text, INT32_MAX, &pid, &e) == 0 ? (pid_t)pid : 0;
}

static int wait_turn(int fd, void (*waiting)(pid_t pid), struct err *e)
{
	for (bool is_said = false; flock(fd, LOCK_EX | LOCK_NB) < 0;) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "lock");
		if (stop_requested())
			return stop_err(e);
		if (!is_said && waiting)
			waiting(holder(fd));
		is_said = true;
		(void)poll(NULL, 0, AGAIN_MS);
	}
	return 0;
}

static void sign(int fd)
{
	AUTO(freep) char *text = xasprintf("%ld\n", (long)getpid());

	/* It only helps whoever waits: the lock holds without it. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, strlen(text), 0);
}

int journal_claim(struct journal *j, void (*waiting)(pid_t pid), struct err *e)
{
	AUTO(fd_closep)
	int fd = openat(j->dir, j->lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, "open the lock '%s' beside '%s'", j->lock_name, j->path);
	if (wait_turn(fd, waiting, e) < 0)
		return err_wrap(e, "waiting for another impound that acts on containers");
	sign(fd);
	j->claim = steal_fd(&fd);
	return 0;
}

void journal_yield(struct journal *j)
{
	if (j->claim < 0)
		return;
	(void)!ftruncate(j->claim, 0);
	fd_closep(&j->claim);
}
