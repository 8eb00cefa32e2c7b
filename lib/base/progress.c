/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/jsonw.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define INTERVAL_MS 100

/* One command shows one progress; `lock` keeps everything but the two atomics. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum progress_mode mode = PROGRESS_NONE;
static char step[128]; /* its name, cut: escaped when it is shown */
static unsigned count, total;
static uint64_t step_began_ms;
static size_t on_screen; /* columns the bar takes now */
static _Atomic uint64_t bytes;
static _Atomic uint64_t next_ms; /* not to be shown again before */

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

enum progress_mode progress_mode_of(const char *word)
{
	if (!strcmp(word, "bar"))
		return PROGRESS_BAR;
	if (!strcmp(word, "json"))
		return PROGRESS_JSON;
	if (!strcmp(word, "none"))
		return PROGRESS_NONE;
	return PROGRESS_AUTO;
}

static size_t columns(void)
{
	struct winsize size;

	/* The last column stays free: a terminal may wrap when it is filled. */
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		return size.ws_col - 1u;
	return 79;
}

static void clear_bar(void)
{
	if (on_screen)
		fprintf(stderr, "\r%*s\r", (int)on_screen, "");
	on_screen = 0;
}

static void draw_bar(void)
{
	uint64_t done = atomic_load(&bytes), ms = now_ms() - step_began_ms;
	AUTO(str_release) struct str line = STR_INIT(1024);
	AUTO(freep) char *shown = NULL;

	str_addf(&line, "[%u/%u] %s", count, total, step);
	if (done) {
		str_adds(&line, "  ");
		text_size(&line, done);
	}
	if (done && ms >= 1000) {
		str_adds(&line, "  ");
		text_size(&line, done / ms * 1000 + done % ms * 1000 / ms);
		str_adds(&line, "/s");
	}
	shown = text_fit(line.buf, columns());
	clear_bar();
	on_screen = text_width(shown);
	fputs(shown, stderr);
	(void)fflush(stderr);
}

static void put_event(const char *event)
{
	AUTO(str_release) struct str line = STR_INIT(4096);
	char time[TEXT_TIME_SIZE];
	struct jsonw w;

	text_now(time);
	jsonw_init(&w, &line);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "event", event);
	jsonw_text(&w, "step", step);
	jsonw_u64(&w, "n", count);
	jsonw_u64(&w, "of", total);
	jsonw_u64_text(&w, "bytes", atomic_load(&bytes));
	jsonw_text(&w, "time", time);
	jsonw_line(&w);
	(void)fwrite(line.buf, 1, line.len, stderr);
}

static void show(const char *event)
{
	atomic_store(&next_ms, now_ms() + INTERVAL_MS);
	if (mode == PROGRESS_BAR)
		draw_bar();
	else if (mode == PROGRESS_JSON)
		put_event(event);
}

static void before_log_line(void)
{
	(void)pthread_mutex_lock(&lock);
	clear_bar();
	(void)pthread_mutex_unlock(&lock);
}

void progress_start(enum progress_mode wanted, unsigned steps)
{
	if (wanted == PROGRESS_AUTO)
		wanted = isatty(STDERR_FILENO) ? PROGRESS_BAR : PROGRESS_NONE;
	(void)pthread_mutex_lock(&lock);
	mode = wanted;
	count = 0;
	total = steps;
	step[0] = '\0';
	atomic_store(&bytes, 0);
	(void)pthread_mutex_unlock(&lock);
	log_on_line(wanted == PROGRESS_BAR ? before_log_line : NULL);
}

void progress_step(const char *name)
{
	(void)pthread_mutex_lock(&lock);
	(void)snprintf(step, sizeof(step), "%s", name);
	count++;
	step_began_ms = now_ms();
	atomic_store(&bytes, 0);
	show("step");
	(void)pthread_mutex_unlock(&lock);
}

void progress_bytes(uint64_t more)
{
	(void)atomic_fetch_add(&bytes, more);
	/* Who finds it taken leaves it: the one in there shows these bytes too. */
	if (mode == PROGRESS_NONE || now_ms() < atomic_load(&next_ms) ||
	    pthread_mutex_trylock(&lock) != 0)
		return;
	show("bytes");
	(void)pthread_mutex_unlock(&lock);
}

void progress_stop(void)
{
	(void)pthread_mutex_lock(&lock);
	clear_bar();
	if (mode == PROGRESS_JSON)
		put_event("done");
	mode = PROGRESS_NONE;
	(void)pthread_mutex_unlock(&lock);
	log_on_line(NULL);
}

static void on_tick(void *data, uint64_t more)
{
	(void)data;
	progress_bytes(more);
}

const struct tick progress_tick = { .fn = on_tick };
