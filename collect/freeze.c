/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"

#define PATIENCE_S 30
#define AGAIN_MS   200

/* What the guard is told, a byte each; READY is its own. */
enum word {
	READY = 'r',
	PAUSING = 'p', /* the request is on its way: the target may become frozen at any time now */
	FROZEN = 'f',
	SETTLED = 's', /* thawed, or to be left as it is: nothing is to be done any more */
};

struct freeze {
	struct engine *engine;
	const char *id;
	pid_t guard;
	int socket;
	bool is_frozen;
	struct timespec since;
};

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static int tell(int fd, enum word w)
{
	char byte = (char)w;

	return send(fd, &byte, 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int ask(struct engine *g, enum request what, const char *id, struct err *e)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	struct request_args args = { .id = id };

	return engine_fetch(g, what, &args, &body, e);
}

static int read_state(struct engine *g, const char *id, enum container_state *out, struct err *e)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	AUTO(container_release) struct container c = { 0 };
	struct request_args args = { .id = id };

	if (engine_fetch(g, ASK_INSPECT, &args, &body, e) < 0)
		return -1;
	doc = json_parse(body.buf, body.len, e);
	if (!doc || container_from_inspect(g->dialect, doc, &c, e) < 0)
		return -1;
	*out = c.state;
	return 0;
}

/*
 * Until it is seen not to be paused, or the patience ends. With MAY_COME a pause may still be on
 * its way through the engine, so that being seen not paused proves nothing before the patience has
 * ended.
 */
static int insist(struct engine *g, const char *id, bool may_come, struct err *e)
{
	struct timespec start;

	(void)clock_gettime(CLOCK_BOOTTIME, &start);
	for (;;) {
		enum container_state state = STATE_UNKNOWN;
		int seen = read_state(g, id, &state, e);

		if (seen < 0 && e->kind == ERR_ABSENT)
			return 0;
		if (seen == 0 && state == STATE_PAUSED && ask(g, ASK_UNPAUSE, id, e) == 0)
			return 0;
		if (seen == 0 && state != STATE_PAUSED && !may_come)
			return 0;
		if (seconds_since(&start) > PATIENCE_S)
			return seen == 0 && state != STATE_PAUSED ? 0 : -1;
		(void)poll(NULL, 0, AGAIN_MS);
	}
}

/* A Podman service that we had started has ended with us: another one is started for this. */
static int insist_anew(const char *id, bool may_come, struct err *e)
{
	struct engine_choice choice = { .names = &(struct words){ 0 } };
	AUTO(engines_release) struct engines all = { 0 };

	if (engines_find(&choice, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++) {
		enum container_state state;

		if (read_state(all.items[i], id, &state, e) == 0)
			return insist(all.items[i], id, may_come, e);
	}
	return err_set(e, ERR_ABSENT, "no engine has the container");
}

static void leave_everything_behind(int *fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	stop_accept();
	/* A reader of our output must not wait for the guard; nor may it hold the bundle's files.
	 */
	for (int i = 0; i <= 2 && null >= 0; i++)
		(void)dup2(null, i);
	*fd = dup2(*fd, 3);
	(void)close_range(4, ~0U, 0);
	(void)!chdir("/");
}

static _Noreturn void guard(struct engine *g, const char *id, int fd)
{
	enum word last = SETTLED;
	struct err e = { 0 };
	bool may_come;
	char byte;

	leave_everything_behind(&fd);
	if (tell(fd, READY) < 0)
		_exit(1);
	for (;;) {
		ssize_t n = read(fd, &byte, 1);

		if (n == 1)
			last = (enum word)byte;
		else if (n == 0 || errno != EINTR)
			break;
	}
	if (last == SETTLED)
		_exit(0);
	may_come = last == PAUSING;
	if (g->is_started_by_us)
		_exit(insist_anew(id, may_come, &e) < 0);
	_exit(insist(g, id, may_come, &e) < 0);
}

int freeze_prepare(struct engine *g, const char *id, struct freeze **out, struct err *e)
{
	AUTO(freeze_freep) struct freeze *f = xcalloc(1, sizeof(*f));
	int pair[2];
	char byte;
	ssize_t n;

	*f = (struct freeze){ .engine = g, .id = id, .guard = -1, .socket = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "socketpair");
	f->socket = pair[0];
	f->guard = fork();
	if (f->guard < 0) {
		(void)close(pair[1]);
		return err_sys(e, "fork");
	}
	if (f->guard == 0) {
		(void)close(pair[0]);
		guard(g, id, pair[1]);
	}
	(void)close(pair[1]);
	do
		n = read(f->socket, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return err_set(e, ERR_SYS,
			       "the process that would thaw the container did not start");
	*out = steal(&f);
	return 0;
}

/* Leaves the thawing to the guard, by closing our end, and waits for it. */
static int hand_over(struct freeze *f)
{
	int status = 0;
	pid_t ended;

	fd_closep(&f->socket);
	f->is_frozen = false;
	if (f->guard <= 0)
		return 0;
	do
		ended = waitpid(f->guard, &status, 0);
	while (ended < 0 && errno == EINTR);
	f->guard = -1;
	return ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int freeze_pause(struct freeze *f, struct err *e)
{
	if (f->socket < 0 || tell(f->socket, PAUSING) < 0)
		return err_set(e, ERR_SYS, "the process that would thaw the container is gone");
	(void)clock_gettime(CLOCK_BOOTTIME, &f->since);
	if (ask(f->engine, ASK_PAUSE, f->id, e) == 0) {
		f->is_frozen = true;
		/* If the guard has died meanwhile we still thaw by ourselves. */
		(void)tell(f->socket, FROZEN);
		return 0;
	}
	if (e->sys != 0 && (e->kind == ERR_ENGINE || e->kind == ERR_ABSENT))
		(void)tell(f->socket, SETTLED); /* the engine said no */
	else
		(void)hand_over(f); /* it may do it yet */
	return -1;
}

static bool runs_already(struct freeze *f)
{
	enum container_state state;
	struct err ignored = { 0 };

	return read_state(f->engine, f->id, &state, &ignored) == 0 && state == STATE_RUNNING;
}

int freeze_thaw(struct freeze *f, double *seconds, struct err *e)
{
	struct err first = { 0 };
	bool is_refused = ask(f->engine, ASK_UNPAUSE, f->id, &first) < 0;
	bool is_by_other = is_refused && first.sys != 0 && runs_already(f);

	if (is_refused && !is_by_other && insist(f->engine, f->id, false, &first) < 0 &&
	    hand_over(f) < 0) {
		*e = first;
		return -1;
	}
	f->is_frozen = false;
	*seconds = is_by_other ? -1 : seconds_since(&f->since);
	if (f->socket >= 0)
		(void)tell(f->socket, SETTLED);
	return 0;
}

int freeze_holds(struct freeze *f, struct err *e)
{
	enum container_state state;

	if (read_state(f->engine, f->id, &state, e) < 0)
		return err_wrap(e, "whether it still is cannot be seen");
	if (state != STATE_PAUSED)
		return err_set(e, ERR_ENGINE, "somebody else thawed it meanwhile");
	return 0;
}

void freeze_keep(struct freeze *f)
{
	f->is_frozen = false;
	if (f->socket >= 0)
		(void)tell(f->socket, SETTLED);
}

void freeze_freep(struct freeze **f)
{
	struct freeze *it = steal(f);
	double seconds;

	if (!it)
		return;
	/* hand_over() makes the guard insist where this fails. */
	if (it->is_frozen)
		(void)!freeze_thaw(it, &seconds, &(struct err){ 0 });
	(void)hand_over(it);
	free(it);
}
