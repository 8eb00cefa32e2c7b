/* SPDX-License-Identifier: Apache-2.0 */
/* `impound collect` as a child: its result is read through a pipe, its words go where ours go. */
#include <string.h>

#include "contain/sealed.h"
#include "lib/base/child.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"

#define WORDS_MAX 40

struct command {
	const char *words[WORDS_MAX];
	size_t count;
};

static void add(struct command *c, const char *word)
{
	c->words[c->count++] = word;
}

static void add_option(struct command *c, const char *name, const char *value)
{
	if (!value)
		return;
	add(c, name);
	add(c, value);
}

/* A Podman service that we started ends with us, and is nobody else's. */
static const char *address_of(const struct engine *g)
{
	return g->is_started_by_us ? dialect_word(g->dialect) : g->address;
}

static void make_command(const struct subject *s, const struct collecting *how, struct command *c)
{
	add(c, "impound");
	add(c, "collect");
	add(c, "--json");
	add(c, "--yes");
	add_option(c, "--profile", how->profile);
	if (how->freeze)
		add(c, "--freeze");
	if (how->keep_frozen)
		add(c, "--keep-frozen");
	add_option(c, "--if-started", s->started);
	add_option(c, "--engine", address_of(s->engine));
	add_option(c, "--case", how->case_id);
	add_option(c, "--operator", how->operator_name);
	add_option(c, "--journal", how->journal_path);
	add_option(c, "--key", how->key);
	add_option(c, "--key-pass-file", how->key_pass_file);
	add_option(c, "--output", how->output);
	if (how->quiet)
		add(c, "--quiet");
	if (how->verbose)
		add(c, "--verbose");
	add(c, "--");
	add(c, s->container.id);
}

static char *copy(const char *text)
{
	return text && *text ? xstrdup(text) : NULL;
}

/* The bundle in the result object; its error where there is none. */
static int read_result(const struct str *answer, int status, struct sealed *out, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err ignored = { 0 };
	struct obj o, bundle, seal;
	const char *why, *path;

	if (str_ok(answer, "the result of impound collect", e) < 0)
		return -1;
	doc = json_parse(answer->buf, answer->len, &ignored);
	o = obj_begin(doc, "the result", &ignored);
	bundle = obj_in_or(&o, "bundle");
	seal = obj_in_or(&o, "seal");
	out->id = copy(obj_text_or(&bundle, "id", NULL));
	path = obj_text_or(&bundle, "path", NULL);
	out->path = path && *path ? file_absolute(path) : NULL;
	out->seal = copy(obj_text_or(&seal, "sha256", NULL));
	out->is_complete = !strcmp(obj_text_or(&bundle, "state", ""), "complete");
	why = obj_text_or(&o, "error", NULL);
	if ((status == STATUS_DONE || status == STATUS_INCOMPLETE) && out->path && out->seal)
		return 0;
	return err_set(e, ERR_SYS, "impound collect ended with %d: %s", status,
		       why ? why : "it gave no reason");
}

int sealed_collect(const struct subject *s, const struct collecting *how, struct sealed *out,
		   struct err *e)
{
	AUTO(sealed_release) struct sealed made = { .is_had = true, .is_new = true };
	AUTO(str_release) struct str answer = STR_INIT(RESULT_MAX);
	struct command c = { 0 };
	int status;

	make_command(s, how, &c);
	status = child_run(c.words, &answer, e);
	if (status < 0 || read_result(&answer, status, &made, e) < 0)
		return -1;
	made.profile = copy(how->profile);
	*out = made;
	made = (struct sealed){ 0 };
	return 0;
}
