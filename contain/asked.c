/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/asked.h"

#include <stdio.h>
#include <string.h>

#include "contain/confirm.h"
#include "lib/base/login.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

#define SYNOPSIS                                                                                   \
	"contain VERB CONTAINER... [OPTION]...\n"                                                  \
	"       impound contain status [CONTAINER...]\n"                                           \
	"       impound contain undo CONTAINER... | --case ID"

static void show_verbs(FILE *f)
{
	fputs("\nVerbs:\n", f);
	for (enum verb v = 0; v < VERB_COUNT; v++)
		fprintf(f, "  %-12s%s%s\n", action_of(v)->word, action_of(v)->what,
			action_of(v)->gate == GATE_DESTROYS ? " (needs evidence)" : "");
	fputs("  status      what was done, when, by whom, and what of it still holds\n"
	      "  undo        takes back the last action, or all of a case\n",
	      f);
}

void asked_release(struct asked *a)
{
	words_release(&a->operands);
	words_release(&a->engines);
	words_release(&a->networks);
	words_release(&a->trusted);
	trust_release(&a->order.trust);
}

static int parse(struct asked *a, int argc, char **argv, struct err *e)
{
	struct order *o = &a->order;
	const struct opt table[] = {
		{ "network", 0, OPT_LIST, &a->networks, "NET",
		  "only this network; again for more" },
		{ "image", 0, OPT_TEXT, &o->image, "NAME:TAG", "what commit calls the image" },
		{ "reason", 0, OPT_TEXT, &o->reason, "TEXT", "why, for the journal" },
		{ "case", 0, OPT_TEXT, &o->case_id, "ID", "the case it belongs to" },
		{ "operator", 0, OPT_TEXT, &o->operator_name, "NAME", "who acts (the login name)" },
		{ "collect", 0, OPT_CHOICE, &o->profile, "triage|standard|full",
		  "collect this much as evidence first" },
		{ "freeze", 0, OPT_FLAG, &o->freeze, NULL,
		  "and pause it while its files are read" },
		{ "output", 'o', OPT_TEXT, &o->output, "DIR", "make the bundle there (.)" },
		{ "key", 0, OPT_TEXT, &o->key, "FILE", "seal it with this private key" },
		{ "key-pass-file", 0, OPT_TEXT, &o->key_pass_file, "FILE",
		  "the key's passphrase is the first line here" },
		{ "bundle", 0, OPT_TEXT, &o->bundle, "DIR", "this is the evidence" },
		{ "trust", 0, OPT_LIST, &a->trusted, "PUB.pem", "believe this signer too" },
		{ "without-evidence", 0, OPT_TEXT, &o->without_evidence, "REASON",
		  "destroy what is not sealed, for this reason" },
		{ "if-started", 0, OPT_TEXT, &o->if_started, "TIME",
		  "only this run of the container" },
		{ "engine", 0, OPT_LIST, &a->engines, "ENGINE",
		  "docker, podman, unix:///path, /path or tcp://host:port" },
		{ "no-start", 0, OPT_FLAG, &a->no_start, NULL, "never start a Podman service" },
		{ "journal", 0, OPT_TEXT, &a->journal, "FILE", "another journal" },
		{ "stop-on-error", 0, OPT_FLAG, &o->stop_on_error, NULL,
		  "leave the rest where one fails" },
		{ "dry-run", 'n', OPT_FLAG, &o->dry_run, NULL, "only say what would be done" },
		{ "yes", 'y', OPT_FLAG, &o->yes, NULL, "do not ask" },
		{ "json", 0, OPT_FLAG, &o->json, NULL, "the result as one JSON object" },
		{ "quiet", 'q', OPT_FLAG, &o->quiet, NULL, "only what went wrong" },
		{ "verbose", 'v', OPT_FLAG, &o->verbose, NULL, "say each step" },
		OPT_END,
	};

	if (opt_parse(table, argc, argv, &a->operands, &a->help, e) < 0)
		return -1;
	if (!a->help)
		return 0;
	opt_help(stdout, SYNOPSIS, "Contain a suspect container: written down, proved, taken back.",
		 table);
	show_verbs(stdout);
	return 0;
}

static int unknown_verb(const char *word, struct err *e)
{
	static const char *const others[] = { "status", "undo" };
	const char *near = NULL;
	size_t best = 3;

	for (size_t i = 0; i < VERB_COUNT + 2; i++) {
		const char *known =
			i < VERB_COUNT ? action_of((enum verb)i)->word : others[i - VERB_COUNT];
		size_t d = text_distance(word, known);

		if (d < best) {
			best = d;
			near = known;
		}
	}
	if (near)
		return err_set(e, ERR_USAGE, "unknown verb '%s'; did you mean '%s'?", word, near);
	return err_set(e, ERR_USAGE, "unknown verb '%s'; --help lists them", word);
}

static int take_verb(struct asked *a, struct err *e)
{
	const char *word;

	if (!a->operands.count)
		return err_set(e, ERR_USAGE, "which verb? --help lists them");
	word = a->operands.items[0];
	a->verb_word = word;
	a->containers = a->operands.items + 1;
	a->container_count = a->operands.count - 1;
	a->order.action = action_find(word);
	if (!strcmp(word, "status"))
		a->verb = ASKED_STATUS;
	else if (!strcmp(word, "undo"))
		a->verb = ASKED_UNDO;
	else if (!a->order.action)
		return unknown_verb(word, e);
	return 0;
}

static bool is_one_of(const struct asked *a, enum verb one, enum verb two)
{
	const struct action *v = a->order.action;

	return v && (v->verb == one || v->verb == two);
}

/* Which words go with which verb. */
static int check_verb(const struct asked *a, struct err *e)
{
	const struct order *o = &a->order;
	const char *out_of_place = NULL;

	if (a->networks.count && !is_one_of(a, VERB_DISCONNECT, VERB_RECONNECT))
		out_of_place = "--network";
	else if (o->image && !is_one_of(a, VERB_COMMIT, VERB_COMMIT))
		out_of_place = "--image";
	else if (!o->action && (o->profile || o->bundle || o->without_evidence || o->if_started))
		out_of_place = o->profile            ? "--collect"
			       : o->bundle           ? "--bundle"
			       : o->without_evidence ? "--without-evidence"
						     : "--if-started";
	else if (a->verb == ASKED_STATUS && (o->dry_run || o->yes || o->reason))
		out_of_place = o->dry_run ? "--dry-run" : o->yes ? "--yes" : "--reason";
	if (out_of_place)
		return err_set(e, ERR_USAGE, "%s does not go with '%s'", out_of_place,
			       a->verb_word);
	if (!a->container_count && a->verb != ASKED_STATUS &&
	    !(a->verb == ASKED_UNDO && o->case_id))
		return err_set(e, ERR_USAGE, "%s which container?%s", a->verb_word,
			       a->verb == ASKED_UNDO ? " Or say --case" : "");
	if (o->image)
		return commit_check_image(o->image, e);
	return 0;
}

static int check_words(const struct asked *a, struct err *e)
{
	const struct order *o = &a->order;
	const char *needs = o->freeze          ? "--freeze"
			    : o->output        ? "--output"
			    : o->key           ? "--key"
			    : o->key_pass_file ? "--key-pass-file"
					       : NULL;
	struct timespec moment;

	if (needs && !o->profile)
		return err_set(e, ERR_USAGE, "%s needs --collect", needs);
	if (o->key_pass_file && !o->key)
		return err_set(e, ERR_USAGE, "--key-pass-file needs --key");
	if (o->bundle && o->profile)
		return err_set(e, ERR_USAGE, "--bundle and --collect: one or the other");
	if (a->container_count > 1 && (o->bundle || o->if_started))
		return err_set(e, ERR_USAGE, "%s goes with one container, and there are %zu",
			       o->bundle ? "--bundle" : "--if-started", a->container_count);
	if (o->without_evidence && !*o->without_evidence)
		return err_set(e, ERR_USAGE, "--without-evidence needs a reason");
	if (o->if_started && text_parse_time(o->if_started, &moment, e) < 0) {
		e->kind = ERR_USAGE;
		return err_wrap(e, "--if-started");
	}
	return 0;
}

int asked_parse(struct asked *a, int argc, char **argv, struct err *e)
{
	if (parse(a, argc, argv, e) < 0)
		return -1;
	if (a->help)
		return 0;
	if (take_verb(a, e) < 0 || check_verb(a, e) < 0 || check_words(a, e) < 0)
		return -1;
	a->order.networks = &a->networks;
	if (!a->order.operator_name)
		a->order.operator_name = login_name();
	if (a->verb != ASKED_STATUS && !a->order.yes && !a->order.dry_run && !confirm_is_possible())
		return err_set(
			e, ERR_USAGE,
			"there is no terminal to ask on: '%s' then needs --yes (or --dry-run)",
			a->verb_word);
	return 0;
}
