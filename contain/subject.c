/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/subject.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

static int look(struct engine *g, const char *id, struct container *c, struct endpoints *all,
		struct err *e)
{
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	AUTO(json_freep) struct cJSON *doc = NULL;
	AUTO(container_release) struct container fresh = { 0 };
	struct request_args args = { .id = id };

	if (engine_fetch(g, ASK_INSPECT, &args, &body, e) < 0)
		return -1;
	doc = json_parse(body.buf, body.len, e);
	if (!doc || container_from_inspect(g->dialect, doc, &fresh, e) < 0 ||
	    endpoints_from_inspect(g->dialect, doc, all, e) < 0)
		return err_wrap(e, "the engine's inspect answer");
	*c = fresh;
	fresh = (struct container){ 0 };
	return 0;
}

/* NULL for one that never ran, in whatever way the engine says that. */
static const char *run_of(const char *started)
{
	return started && strncmp(started, "0001-", 5) != 0 ? started : NULL;
}

bool moment_is_same(const char *a, const char *b)
{
	struct timespec one, two;
	struct err ignored = { 0 };

	a = run_of(a);
	b = run_of(b);
	if (!a || !b)
		return a == b;
	if (!strcmp(a, b))
		return true;
	return text_parse_time(a, &one, &ignored) == 0 && text_parse_time(b, &two, &ignored) == 0 &&
	       file_same_time(&one, &two);
}

static int another_run(const struct container *c, const char *pinned, struct err *e)
{
	const char *now = run_of(c->started);

	return err_set(e, ERR_INTEGRITY,
		       "it is not the same run of the container any more: started %.40s, was %.40s",
		       now ? now : "never", pinned ? pinned : "never");
}

int subject_read(struct engine *g, const char *id, const char *if_started, struct subject *out,
		 struct err *e)
{
	AUTO(subject_release) struct subject s = { .engine = g };
	const char *run;

	if (look(g, id, &s.container, &s.endpoints, e) < 0)
		return -1;
	if (strcmp(s.container.id, id) != 0)
		return err_set(e, ERR_ENGINE, "asked for '%.64s', the engine answered of '%.64s'",
			       id, s.container.id);
	run = run_of(s.container.started);
	if (if_started && !moment_is_same(run, if_started))
		return another_run(&s.container, if_started, e);
	s.started = run ? xstrdup(run) : NULL;
	host_look(g, &s.container, &s.host);
	*out = s;
	s = (struct subject){ 0 };
	return 0;
}

int subject_again(struct subject *s, struct err *e)
{
	AUTO(container_release) struct container c = { 0 };
	AUTO(endpoints_release) struct endpoints all = { 0 };

	if (look(s->engine, s->container.id, &c, &all, e) < 0)
		return -1;
	if (strcmp(c.id, s->container.id) != 0)
		return err_set(e, ERR_ENGINE, "the engine answered of another container, '%.64s'",
			       c.id);
	if (!moment_is_same(c.started, s->started))
		return another_run(&c, s->started, e);
	container_release(&s->container);
	endpoints_release(&s->endpoints);
	s->container = c;
	s->endpoints = all;
	c = (struct container){ 0 };
	all = (struct endpoints){ 0 };
	host_look(s->engine, &s->container, &s->host);
	return 0;
}

void subject_release(struct subject *s)
{
	container_release(&s->container);
	endpoints_release(&s->endpoints);
	free(s->started);
	*s = (struct subject){ 0 };
}
