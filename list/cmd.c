/* SPDX-License-Identifier: Apache-2.0 */
#include "list/cmd.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/jsonw.h"
#include "lib/base/log.h"
#include "lib/base/opt.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"
#include "lib/engine/engine.h"
#include "list/report.h"
#include "list/watch.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)

struct settings {
	bool all, json, watch, no_start, quiet, verbose;
	struct words engines;
};

struct listed {
	struct container_list *lists; /* one an engine */
	size_t count;
};

static void settings_release(struct settings *s)
{
	words_release(&s->engines);
}

static void listed_release(struct listed *l)
{
	for (size_t i = 0; i < l->count; i++)
		container_list_release(&l->lists[i]);
	free(l->lists);
	*l = (struct listed){ 0 };
}

static void write_container(struct jsonw *w, const char *key, const struct engine *g,
			    const struct container *c)
{
	jsonw_object(w, key);
	jsonw_text(w, "engine", g->label);
	jsonw_text(w, "name", c->name);
	jsonw_text(w, "id", c->id);
	jsonw_text(w, "image", c->image);
	jsonw_text(w, "image_id", c->image_id);
	jsonw_text(w, "state", container_state_word(c->state));
	jsonw_text(w, "status", c->status);
	jsonw_text(w, "created", c->created);
	jsonw_text(w, "started", c->started);
	jsonw_text(w, "finished", c->finished);
	jsonw_text(w, "ports", c->ports ? c->ports : "");
	jsonw_end(w);
}

static void write_engine(struct jsonw *w, const struct engine *g)
{
	jsonw_object(w, NULL);
	jsonw_text(w, "label", g->label);
	jsonw_text(w, "address", g->address);
	jsonw_text(w, "kind", dialect_word(g->dialect));
	jsonw_text(w, "version", g->version);
	jsonw_text(w, "api", g->api);
	jsonw_bool(w, "rootless", g->is_rootless);
	jsonw_bool(w, "started_by_us", g->is_started_by_us);
	jsonw_end(w);
}

static int print_json(const struct engines *all, const struct listed *listed, int status,
		      struct err *e)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	struct jsonw w;

	result_begin(&w, &out, "list", status);
	jsonw_array(&w, "engines");
	for (size_t i = 0; i < all->count; i++)
		write_engine(&w, all->items[i]);
	jsonw_end(&w);
	if (listed) {
		jsonw_array(&w, "containers");
		for (size_t i = 0; i < listed->count; i++)
			for (size_t k = 0; k < listed->lists[i].count; k++)
				write_container(&w, NULL, all->items[i],
						&listed->lists[i].items[k]);
		jsonw_end(&w);
	}
	/* One that is cut would be no JSON. */
	if (str_ok(&out, "the result", e) < 0)
		return -1;
	result_print(&w);
	return status;
}

/* Each in a line of its own: one engine that fails does not hide the others. */
static bool tell_sick(const struct engines *all)
{
	for (const char *p = all->sick.buf; *p; p += strcspn(p, "\n"), p += *p == '\n')
		log_error("%.*s", (int)strcspn(p, "\n"), p);
	for (const char *p = all->tried.buf; *p; p += strcspn(p, "\n"), p += *p == '\n')
		log_debug("tried %.*s", (int)strcspn(p, "\n"), p);
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i]->is_started_by_us)
			log_info("started 'podman system service' on %s; it ends with this command",
				 all->items[i]->address);
	return all->sick.len != 0;
}

static int list_once(const struct settings *s, const struct engines *all, bool sick, struct err *e)
{
	AUTO(listed_release) struct listed listed = { 0 };
	struct err failed = { 0 };
	size_t answered = 0;

	listed.lists = xcalloc(all->count, sizeof(*listed.lists));
	for (; listed.count < all->count; listed.count++) {
		struct container_list *list = &listed.lists[listed.count];

		if (engine_list(all->items[listed.count], s->all, list, &failed) == 0) {
			answered++;
			if (engine_list_times(all->items[listed.count], list, e) < 0)
				return -1;
			continue;
		}
		if (failed.kind == ERR_STOPPED || (all->count == 1 && !sick)) {
			*e = failed;
			return -1;
		}
		log_error("%s", failed.text);
		sick = true;
	}
	if (answered == 0)
		return err_set(e, ERR_ENGINE, "no engine gave its list of containers");
	if (s->json)
		return print_json(all, &listed, sick ? STATUS_INCOMPLETE : STATUS_DONE, e);
	report_print(all, listed.lists, isatty(STDOUT_FILENO) ? report_columns() : 0);
	return sick ? STATUS_INCOMPLETE : STATUS_DONE;
}

static void change_as_json(enum change_kind kind, const struct engine *g, const struct container *c)
{
	AUTO(str_release) struct str out = STR_INIT(LINE_MAX_BYTES);
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "event", change_word(kind));
	write_container(&w, "container", g, c);
	jsonw_line(&w);
	(void)fwrite(out.buf, 1, out.len, stdout);
	(void)fflush(stdout);
}

static void change_as_line(enum change_kind kind, const struct engine *g, const struct container *c)
{
	printf("%-8s", change_word(kind));
	report_line(g, c);
	(void)fflush(stdout);
}

static void tell_engine(const struct engine *g, const struct err *e)
{
	if (e)
		log_error("%s", e->text);
	else
		log_info("%s: answers again", g->label);
}

/* Who went away is not noticed by writing alone: a quiet engine gives nothing to write. */
static bool has_no_reader(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return ferror(stdout) || poll(&out, 1, 0) > 0;
}

static int watch(const struct settings *s, const struct engines *all, bool sick, struct err *e)
{
	const struct watch w = { .all = s->all,
				 .is_over = has_no_reader,
				 .on_change = s->json ? change_as_json : change_as_line,
				 .on_engine = tell_engine };

	if (watch_run(all, &w, &sick, e) < 0)
		return -1;
	/* A signal is how a watch ends: nothing went wrong. */
	stop_accept();
	if (!s->json)
		return sick ? STATUS_INCOMPLETE : STATUS_DONE;
	return print_json(all, NULL, sick ? STATUS_INCOMPLETE : STATUS_DONE, e);
}

static int parse(struct settings *s, int argc, char **argv, bool *help, struct err *e)
{
	AUTO(words_release) struct words operands = { 0 };
	const struct opt table[] = {
		{ "all", 'a', OPT_FLAG, &s->all, NULL, "stopped and created ones too" },
		{ "engine", 0, OPT_LIST, &s->engines, "ENGINE",
		  "docker, podman, unix:///PATH, /PATH or tcp://HOST:PORT; repeatable" },
		{ "json", 0, OPT_FLAG, &s->json, NULL, "one JSON object on standard output" },
		{ "watch", 'w', OPT_FLAG, &s->watch, NULL, "go on, and say what changes" },
		{ "no-start", 0, OPT_FLAG, &s->no_start, NULL, "do not start Podman's service" },
		{ "quiet", 'q', OPT_FLAG, &s->quiet, NULL, "errors only" },
		{ "verbose", 'v', OPT_FLAG, &s->verbose, NULL, "say what is tried" },
		OPT_END,
	};

	if (opt_parse(table, argc, argv, &operands, help, e) < 0)
		return -1;
	if (*help)
		opt_help(stdout, "list [OPTION]...",
			 "Lists the containers of every engine that answers.", table);
	else if (operands.count)
		return err_set(e, ERR_USAGE, "list takes no operand, not '%s'", operands.items[0]);
	return 0;
}

int cmd_list(int argc, char **argv, struct err *e)
{
	AUTO(settings_release) struct settings s = { 0 };
	AUTO(engines_release) struct engines all = { .tried = STR_INIT(1), .sick = STR_INIT(1) };
	struct engine_choice choice = { .names = &s.engines };
	bool help = false, sick;

	if (parse(&s, argc, argv, &help, e) < 0)
		return -1;
	if (help)
		return STATUS_DONE;
	log_setup("list", s.quiet ? LOG_QUIET : s.verbose ? LOG_VERBOSE : LOG_NORMAL);
	stop_install();
	choice.no_start = s.no_start;
	if (engines_find(&choice, &all, e) < 0)
		return -1;
	sick = tell_sick(&all);
	return s.watch ? watch(&s, &all, sick, e) : list_once(&s, &all, sick, e);
}
