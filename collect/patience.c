/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/patience.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/engine/proc.h"

#define LOOK_MS 100 /* how often a signal is looked for meanwhile */

enum call { CALL_TEXT, CALL_OPEN, CALL_PREAD, CALL_SEEK };

/* One call, with nothing in it that the caller still owns: the thread may be left alone with it. */
struct errand {
	enum call call;
	int fd;
	char path[128];
	int flags;
	off_t at;
	size_t len;
	char *block;
	size_t block_size;
	struct str text;
	bool cut;
	off_t result;
	struct err why;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum { IDLE, ASKED, ANSWERED, LEFT } state; /* LEFT: nobody waits any more */
	struct errand errand;
};

struct patience {
	struct worker *worker; /* NULL: none yet, or the last one was left */
	unsigned first_ms, late;
};

static void run(struct errand *it)
{
	it->why = (struct err){ 0 };
	it->result = 0;
	switch (it->call) {
	case CALL_TEXT:
		it->result = proc_read(it->fd, it->path, &it->text, &it->cut, &it->why);
		return;
	case CALL_OPEN:
		it->result = open(it->path, it->flags);
		break;
	case CALL_PREAD:
		it->result = pread(it->fd, it->block, it->len, it->at);
		break;
	case CALL_SEEK:
		it->result = lseek(it->fd, it->at, it->flags);
		break;
	}
	if (it->result < 0)
		(void)err_sys(&it->why, it->call == CALL_OPEN ? "open" : "read");
}

static void worker_free(struct worker *w)
{
	fd_closep(&w->errand.fd);
	free(w->errand.block);
	str_release(&w->errand.text);
	(void)pthread_cond_destroy(&w->changed);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

static void *work(void *data)
{
	struct worker *w = data;
	bool is_left;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->state != ASKED && w->state != LEFT)
			(void)pthread_cond_wait(&w->changed, &w->lock);
		if (w->state == LEFT)
			break;
		(void)pthread_mutex_unlock(&w->lock);
		run(&w->errand);
		(void)pthread_mutex_lock(&w->lock);
		is_left = w->state == LEFT;
		if (is_left && w->errand.call == CALL_OPEN && w->errand.result >= 0)
			(void)close((int)w->errand.result);
		if (is_left)
			break;
		w->state = ANSWERED;
		(void)pthread_cond_broadcast(&w->changed);
	}
	(void)pthread_mutex_unlock(&w->lock);
	worker_free(w);
	return NULL;
}

/* Signals are for the thread that looks at stop_requested(). */
static int worker_start(struct worker **out, struct err *e)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	pthread_condattr_t attr;
	sigset_t all, before;
	int failed;

	w->errand.fd = -1;
	str_init(&w->errand.text, 0);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&w->thread, NULL, work, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		worker_free(w);
		errno = failed;
		return err_sys(e, "start a thread");
	}
	(void)pthread_detach(w->thread);
	*out = w;
	return 0;
}

struct patience *patience_new(unsigned first_ms)
{
	struct patience *p = xcalloc(1, sizeof(*p));

	p->first_ms = first_ms;
	return p;
}

/* The thread frees itself: at once if it is idle, when its call comes back otherwise. */
static void leave(struct patience *p)
{
	struct worker *w = steal(&p->worker);

	w->state = LEFT;
	(void)pthread_cond_broadcast(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

void patience_freep(struct patience **pp)
{
	struct patience *p = steal(pp);

	if (!p)
		return;
	if (p->worker) {
		(void)pthread_mutex_lock(&p->worker->lock);
		leave(p);
	}
	free(p);
}

static struct timespec in_ms(unsigned ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* The errand to fill in for the next call; -1 only if there can be no thread. */
static int errand(struct patience *p, enum call call, int fd, struct errand **out, struct err *e)
{
	struct errand *it;

	if (!p->worker && worker_start(&p->worker, e) < 0)
		return -1;
	it = &p->worker->errand;
	it->call = call;
	fd_closep(&it->fd);
	if (fd >= 0 && (it->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return err_sys(e, "duplicate a descriptor");
	*out = it;
	return 0;
}

/* Waits for the errand; -1 if it failed, or was left behind. */
static int ask(struct patience *p, struct err *e)
{
	struct worker *w = p->worker;
	unsigned wait_ms = p->late < PATIENCE_LATER ? p->first_ms : PATIENCE_LATE_MS;

	(void)pthread_mutex_lock(&w->lock);
	w->state = ASKED;
	(void)pthread_cond_broadcast(&w->changed);
	for (unsigned waited = 0; w->state != ANSWERED;) {
		struct timespec until = in_ms(LOOK_MS);

		if (pthread_cond_timedwait(&w->changed, &w->lock, &until) != ETIMEDOUT ||
		    w->state == ANSWERED)
			continue;
		waited += LOOK_MS;
		if (!stop_requested() && waited < wait_ms)
			continue;
		leave(p);
		p->late++;
		if (stop_requested())
			return stop_err(e);
		return err_set(e, ERR_LIMIT, "no answer within %u ms", wait_ms);
	}
	w->state = IDLE;
	(void)pthread_mutex_unlock(&w->lock);
	if (w->errand.why.kind == ERR_NONE)
		return 0;
	*e = w->errand.why;
	return -1;
}

int patience_text(struct patience *p, int dir, const char *name, struct str *out, bool *cut,
		  struct err *e)
{
	struct errand *it;

	if (errand(p, CALL_TEXT, dir, &it, e) < 0)
		return -1;
	(void)snprintf(it->path, sizeof(it->path), "%s", name);
	str_reset(&it->text);
	it->text.max = out->max - out->len;
	if (ask(p, e) < 0)
		return -1;
	str_add(out, it->text.buf, it->text.len);
	*cut = it->cut;
	return 0;
}

int patience_open(struct patience *p, const char *path, int flags, struct err *e)
{
	struct errand *it;

	if (errand(p, CALL_OPEN, -1, &it, e) < 0)
		return -1;
	(void)snprintf(it->path, sizeof(it->path), "%s", path);
	it->flags = flags;
	return ask(p, e) < 0 ? -1 : (int)it->result;
}

ssize_t patience_pread(struct patience *p, int fd, void *to, size_t len, off_t at, struct err *e)
{
	struct errand *it;

	if (errand(p, CALL_PREAD, fd, &it, e) < 0)
		return -1;
	if (it->block_size < len) {
		it->block = xrealloc(it->block, len, 1);
		it->block_size = len;
	}
	it->len = len;
	it->at = at;
	if (ask(p, e) < 0)
		return -1;
	if (it->result)
		memcpy(to, it->block, (size_t)it->result);
	return (ssize_t)it->result;
}

off_t patience_seek(struct patience *p, int fd, off_t at, int whence, struct err *e)
{
	struct errand *it;

	if (errand(p, CALL_SEEK, fd, &it, e) < 0)
		return -1;
	it->at = at;
	it->flags = whence;
	return ask(p, e) < 0 ? -1 : it->result;
}
