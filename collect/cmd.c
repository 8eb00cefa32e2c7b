/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/result.h"
#include "collect/run.h"
#include "lib/base/log.h"
#include "lib/base/login.h"
#include "lib/base/opt.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"
#include "lib/bundle/journal.h"
#include "lib/engine/targets.h"

/* The command line, as it was said. */
struct asked {
	const char *profile, *key, *key_pass_file, *progress, *journal;
	char *journal_path;
	struct words engines, with, without, containers;
	bool all_running, no_start, dry_run, yes, json, quiet, verbose, help;
	struct order order;
};

static void asked_release(struct asked *a)
{
	words_release(&a->engines);
	words_release(&a->with);
	words_release(&a->without);
	words_release(&a->containers);
	free(a->journal_path);
}

static int parse(struct asked *a, int argc, char **argv, struct err *e)
{
	struct order *o = &a->order;
	const struct opt table[] = {
		{ "output", 'o', OPT_TEXT, &o->parent, "DIR",
		  "make the bundle in this directory (.)" },
		{ "profile", 'p', OPT_CHOICE, &a->profile, PROFILE_WORDS,
		  "how much to take (standard)" },
		{ "with", 0, OPT_LIST, &a->with, "KIND,…", "and these kinds of evidence" },
		{ "without", 0, OPT_LIST, &a->without, "KIND,…", "but not these" },
		{ "freeze", 0, OPT_FLAG, &o->wish.freeze, NULL,
		  "pause the container while its file system is read" },
		{ "keep-frozen", 0, OPT_FLAG, &o->wish.keep_frozen, NULL, "and leave it paused" },
		{ "if-started", 0, OPT_TEXT, &o->if_started, "TIME",
		  "only if it was started then" },
		{ "all-running", 0, OPT_FLAG, &a->all_running, NULL,
		  "every running container, a bundle each" },
		{ "engine", 0, OPT_LIST, &a->engines, "ENGINE",
		  "docker, podman, unix:///path, /path or tcp://host:port" },
		{ "no-start", 0, OPT_FLAG, &a->no_start, NULL, "never start a Podman service" },
		{ "case", 0, OPT_TEXT, &o->case_id, "ID", "the case it belongs to" },
		{ "exhibit", 0, OPT_TEXT, &o->exhibit, "ID", "the exhibit's number" },
		{ "operator", 0, OPT_TEXT, &o->operator_name, "NAME",
		  "who collects (the login name)" },
		{ "note", 0, OPT_TEXT, &o->note, "TEXT", "a remark for the custody log" },
		{ "key", 0, OPT_TEXT, &a->key, "FILE", "seal with this private key" },
		{ "key-pass-file", 0, OPT_TEXT, &a->key_pass_file, "FILE",
		  "its passphrase is the first line here" },
		{ "journal", 0, OPT_TEXT, &a->journal, "FILE", "of containment (see the manual)" },
		{ "limit", 0, OPT_SIZE, &o->limit, "SIZE",
		  "the bundle's data at most (the free space)" },
		{ "dry-run", 'n', OPT_FLAG, &a->dry_run, NULL, "only say what would be done" },
		{ "yes", 'y', OPT_FLAG, &a->yes, NULL, "take a checkpoint without asking" },
		{ "json", 0, OPT_FLAG, &a->json, NULL, "the result as one JSON object" },
		{ "progress", 0, OPT_CHOICE, &a->progress, "auto|bar|json|none",
		  "on standard error (auto)" },
		{ "quiet", 'q', OPT_FLAG, &a->quiet, NULL, "only errors" },
		{ "verbose", 'v', OPT_FLAG, &a->verbose, NULL, "say each step" },
		OPT_END,
	};

	if (opt_parse(table, argc, argv, &a->containers, &a->help, e) < 0)
		return -1;
	if (a->help)
		opt_help(stdout, "collect CONTAINER... [OPTION]...",
			 "Seize containers as sealed evidence bundles, most volatile first.",
			 table);
	return 0;
}

static int check(struct asked *a, struct err *e)
{
	struct wish *w = &a->order.wish;

	if (a->all_running && a->containers.count > 0)
		return err_set(e, ERR_USAGE, "--all-running and '%s': one or the other",
			       a->containers.items[0]);
	if (!a->all_running && a->containers.count == 0)
		return err_set(e, ERR_USAGE, "which container? Name one, or say --all-running");
	if (a->order.if_started && (a->all_running || a->containers.count > 1))
		return err_set(e, ERR_USAGE, "--if-started is about one container");
	if (a->order.if_started &&
	    text_parse_time(a->order.if_started, &(struct timespec){ 0 }, e) < 0) {
		e->kind = ERR_USAGE;
		return err_wrap(e, "--if-started");
	}
	if (a->key_pass_file && !a->key)
		return err_set(e, ERR_USAGE, "--key-pass-file needs --key");
	w->profile = profile_of(a->profile);
	if (kinds_parse(&a->with, "with", &w->with, e) < 0 ||
	    kinds_parse(&a->without, "without", &w->without, e) < 0)
		return -1;
	return wish_check(w, e);
}

/* --key, else the operator's own if there is one, else none: made for the bundle. */
static int read_key(const struct asked *a, struct seal_key **out, struct err *e)
{
	AUTO(freep) char *own = NULL;

	if (a->key)
		return seal_key_read(a->key, a->key_pass_file, out, e);
	own = seal_config_path("seal.key");
	if (!own || access(own, F_OK) < 0)
		return 0;
	return seal_key_read(own, NULL, out, e);
}

/*
 * A checkpoint can end what the container runs. Naming it says yes; who only took the whole profile
 * is asked, on a terminal.
 */
static void ask_checkpoint(struct asked *a)
{
	struct wish *w = &a->order.wish;
	char line[16];

	if (a->yes || a->dry_run || (w->with | w->without) & KIND_BIT(KIND_CHECKPOINT) ||
	    !(profile_kinds(w->profile) & KIND_BIT(KIND_CHECKPOINT)) || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return;
	fputs("The profile 'full' takes a checkpoint: it interrupts sleeping system calls,\n"
	      "which can end a program that does not expect that. Take it? [y/N] ",
	      stderr);
	if (!fgets(line, sizeof(line), stdin) || (line[0] != 'y' && line[0] != 'Y'))
		w->no_checkpoint = true;
}

/* The JSON result: one container's keys stand in it directly, several have an object each in
 * `results`. */
struct tally {
	struct jsonw w;
	struct str out;
	int status;
	bool is_json, is_single;
};

static void open_result(struct tally *t, const struct target *target, int status)
{
	t->status = status_worse(t->status, status);
	if (t->is_single) {
		result_begin(&t->w, &t->out, "collect", status);
	} else {
		jsonw_object(&t->w, NULL);
		jsonw_i64(&t->w, "exit_code", status);
		jsonw_text(&t->w, "status", status_word(status));
	}
	if (target->word)
		jsonw_bytes(&t->w, "asked", target->word, strlen(target->word));
}

static void add_result(struct tally *t, const struct run *r, const struct target *target,
		       int status, const struct err *e)
{
	open_result(t, target, status);
	if (e->kind != ERR_NONE)
		jsonw_bytes(&t->w, "error", e->text, strlen(e->text));
	run_json(r, &t->w);
	if (!t->is_single)
		jsonw_end(&t->w);
}

static void print_results(struct tally *t)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	struct jsonw w;

	if (t->is_single) {
		result_print(&t->w);
		return;
	}
	jsonw_end(&t->w);
	result_begin(&w, &out, "collect", t->status);
	jsonw_raw(&w, "results", t->out.buf, t->out.len);
	result_print(&w);
}

static void say_sealed(const struct asked *a, const struct run *r)
{
	AUTO(str_release) struct str text = STR_INIT(1 << 20);

	if (!a->quiet) {
		run_summary(r, &text);
		fputs(text.buf, stderr);
	}
	if (!a->json) {
		printf("%s\n", bundle_path(r->seizure.bundle));
		(void)fflush(stdout);
	}
}

static void show_plan(const struct asked *a, const struct run *r, const struct target *target,
		      struct tally *t)
{
	AUTO(str_release) struct str text = STR_INIT(1 << 20);
	AUTO(freep) char *name = text_fit(r->seizure.target.name, 0);
	const char *profile = profile_word(a->order.wish.profile);

	if (t->is_json) {
		open_result(t, target, STATUS_DONE);
		run_json(r, &t->w);
		jsonw_text(&t->w, "profile", profile);
		plan_json(&r->plan, &t->w, "plan");
		if (!t->is_single)
			jsonw_end(&t->w);
		return;
	}
	plan_print(&r->plan, &text);
	printf("%s (%s, %s), profile %s; with --dry-run nothing is done\n\n%s\n", name,
	       r->seizure.engine->label, container_state_word(r->seizure.target.state), profile,
	       text.buf);
}

static void collect_one(const struct asked *a, const struct target *target, struct tally *t)
{
	AUTO(run_release) struct run r = { 0 };
	struct err e = target->why;

	if (e.kind == ERR_NONE && stop_signal())
		(void)stop_err(&e);
	if (e.kind == ERR_NONE && run_prepare(&r, &a->order, target->engine, target->id, &e) == 0) {
		if (a->dry_run) {
			show_plan(a, &r, target, t);
			return;
		}
		if (run_collect(&r, &e) == 0) {
			say_sealed(a, &r);
			add_result(t, &r, target,
				   r.receipt.complete ? STATUS_DONE : STATUS_INCOMPLETE, &e);
			return;
		}
	}
	log_error("%s: %s", target->word ? target->word : target->id, e.text);
	add_result(t, &r, target, err_status(&e), &e);
}

static int collect_all(const struct asked *a, const struct targets *all)
{
	struct tally t = { .status = STATUS_DONE,
			   .is_json = a->json,
			   .is_single = a->containers.count == 1 };

	str_init(&t.out, RESULT_MAX);
	if (!t.is_single) {
		jsonw_init(&t.w, &t.out);
		jsonw_array(&t.w, NULL);
	}
	for (size_t i = 0; i < all->count; i++)
		collect_one(a, &all->items[i], &t);
	if (a->json)
		print_results(&t);
	str_release(&t.out);
	return t.status;
}

/* No journal stops a collection, but a word that is wrong does. */
static int find_journal(struct asked *a, struct err *e)
{
	struct err why = { 0 };

	if (a->journal)
		return journal_path(a->journal, &a->journal_path, e);
	if (journal_path(NULL, &a->journal_path, &why) < 0)
		log_warn("%s", why.text);
	return 0;
}

static bool is_any_found(const struct targets *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].why.kind == ERR_NONE)
			return true;
	return false;
}

int cmd_collect(int argc, char **argv, struct err *e)
{
	AUTO(asked_release) struct asked a = { .profile = "standard", .progress = "auto" };
	AUTO(seal_key_freep) struct seal_key *key = NULL;
	AUTO(engines_release) struct engines engines = { 0 };
	AUTO(targets_release) struct targets targets = { 0 };
	struct engine_choice choice = { .names = &a.engines };

	a.order.parent = ".";
	a.order.limit = UINT64_MAX;
	a.order.argc = argc;
	a.order.argv = argv;
	if (parse(&a, argc, argv, e) < 0)
		return -1;
	if (a.help)
		return STATUS_DONE;
	if (check(&a, e) < 0)
		return -1;
	log_setup("collect", a.quiet ? LOG_QUIET : a.verbose ? LOG_VERBOSE : LOG_NORMAL);
	a.order.progress = a.quiet && !strcmp(a.progress, "auto") ? PROGRESS_NONE
								  : progress_mode_of(a.progress);
	if (!a.order.operator_name)
		a.order.operator_name = login_name();
	if (find_journal(&a, e) < 0)
		return -1;
	a.order.journal = a.journal_path;
	if (!a.dry_run && read_key(&a, &key, e) < 0)
		return -1;
	a.order.key = key;
	stop_install();
	choice.no_start = a.no_start;
	if (engines_find(&choice, &engines, e) < 0)
		return -1;
	if (targets_find(&targets, &engines, a.all_running ? NULL : &a.containers, e) < 0)
		return -1;
	if (is_any_found(&targets))
		ask_checkpoint(&a);
	return collect_all(&a, &targets);
}
