/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/cmd.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "analyze/evidence.h"
#include "analyze/output.h"
#include "analyze/report_timeline.h"
#include "analyze/timeline.h"
#include "lib/base/log.h"
#include "lib/base/opt.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"

#define COLUMNS_DEFAULT 80

enum format { FORMAT_TEXT, FORMAT_JSONL, FORMAT_BODYFILE };

struct options {
	const char *bundle, *file, *since, *until;
	enum format format;
	bool wants_all, even_if_tampered, show_secrets;
	struct words trust;
};

struct run {
	const struct options *o;
	struct bundle_reader *b;
	struct timeline timeline;
	struct output out;
	struct report_style style;
};

static size_t terminal_columns(FILE *f)
{
	struct winsize size = { 0 };

	if (!isatty(fileno(f)))
		return 0;
	if (ioctl(fileno(f), TIOCGWINSZ, &size) < 0 || size.ws_col < 40)
		return COLUMNS_DEFAULT;
	return size.ws_col;
}

static int bounds(struct timeline *t, const struct options *o, struct err *e)
{
	if ((o->since && when_parse_bound(o->since, false, &t->since, e) < 0) ||
	    (o->until && when_parse_bound(o->until, true, &t->until, e) < 0)) {
		e->kind = ERR_USAGE;
		return -1;
	}
	t->has_since = o->since != NULL;
	t->has_until = o->until != NULL;
	if (o->since && o->until && when_compare(&t->since, &t->until) > 0)
		return err_set(e, ERR_USAGE, "--since is after --until");
	return 0;
}

static int print_events(struct run *run, struct err *e)
{
	AUTO(str_release) struct str line = STR_INIT(REPORT_LINE_MAX);
	struct event ev;
	int more;

	while ((more = timeline_next(&run->timeline, &ev, e)) > 0) {
		str_reset(&line);
		if (run->o->format == FORMAT_JSONL)
			report_event_jsonl(&line, &ev, &run->style);
		else if (run->o->format == FORMAT_BODYFILE)
			report_event_body(&line, &ev, &run->style);
		else
			report_event_text(&line, &ev, &run->style);
		if (output_write(&run->out, line.buf, line.len, e) < 0)
			return -1;
		if (stop_requested())
			return stop_err(e);
	}
	return more;
}

static void warn(const struct timeline *t)
{
	for (size_t i = 0; i < t->damage_count; i++) {
		const struct damage *d = &t->damage[i];

		if (d->count > 1)
			log_warn("%s: %s, and %llu more", d->path, d->first,
				 (unsigned long long)d->count - 1);
		else
			log_warn("%s: %s", d->path, d->first);
	}
	if (t->is_over)
		log_warn("there are more than %d events: the rest is left out",
			 TIMELINE_EVENTS_MAX);
}

static void print_result(const struct run *run, int status)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	const struct timeline *t = &run->timeline;
	struct jsonw w;

	result_begin(&w, &out, "timeline", status);
	evidence_json(&w, run->o->bundle, run->b);
	jsonw_u64(&w, "events", sort_count(t->sort));
	jsonw_object(&w, "sources");
	for (unsigned i = 0; i < EVENT_SOURCES; i++)
		if (t->counts[i])
			jsonw_u64(&w, event_source_word((enum event_source)i), t->counts[i]);
	jsonw_end(&w);
	jsonw_array(&w, "damaged");
	for (size_t i = 0; i < t->damage_count; i++) {
		AUTO(str_release) struct str shown = STR_INIT(8 * sizeof(((struct err *)0)->text));

		text_show(&shown, t->damage[i].first, strlen(t->damage[i].first));
		jsonw_object(&w, NULL);
		jsonw_bytes(&w, "path", t->damage[i].path, strlen(t->damage[i].path));
		jsonw_text(&w, "first", shown.buf);
		jsonw_u64(&w, "count", t->damage[i].count);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	if (run->o->file)
		jsonw_bytes(&w, "file", run->o->file, strlen(run->o->file));
	result_print(&w);
}

/* Everything that is to be written to is open before the first byte of the bundle is read. */
static int prepare(struct run *run, struct err *e)
{
	const struct options *o = run->o;
	const struct evidence_options how = { .trust = &o->trust,
					      .even_if_tampered = o->even_if_tampered };

	if (timeline_open(&run->timeline, e) < 0 || bounds(&run->timeline, o, e) < 0 ||
	    output_open(o->file, &run->out, e) < 0)
		return -1;
	if (o->format == FORMAT_TEXT)
		run->style.columns = terminal_columns(run->out.f);
	if (evidence_open(o->bundle, &how, &run->b, e) < 0)
		return -1;
	run->style.shows_secrets = o->show_secrets;
	run->style.is_tampered = bundle_is_tampered(run->b);
	return 0;
}

static int make(struct run *run, struct err *e)
{
	struct timeline *t = &run->timeline;
	int status;

	if (prepare(run, e) < 0)
		return -1;
	t->b = run->b;
	t->wants_all = run->o->wants_all;
	t->is_one_line = run->o->format == FORMAT_BODYFILE;
	if (timeline_take(t, e) < 0 || print_events(run, e) < 0 || output_finish(&run->out, e) < 0)
		return -1;
	warn(t);
	status = t->damage_count || t->is_over ? STATUS_INCOMPLETE : STATUS_DONE;
	if (run->o->format == FORMAT_JSONL)
		print_result(run, status);
	else if (run->o->file)
		log_info("%llu events in '%s'", (unsigned long long)sort_count(t->sort),
			 run->o->file);
	return status;
}

static void run_release(struct run *run)
{
	timeline_release(&run->timeline);
	bundle_reader_freep(&run->b);
	output_release(&run->out);
}

static enum format format_of(const char *word)
{
	if (!strcmp(word, "jsonl"))
		return FORMAT_JSONL;
	return strcmp(word, "bodyfile") ? FORMAT_TEXT : FORMAT_BODYFILE;
}

static int parse(int argc, char **argv, struct options *o, bool *help, struct err *e)
{
	AUTO(words_release) struct words bundles = { 0 };
	const char *format = NULL;
	bool quiet = false, verbose = false, json = false, failed;
	const struct opt table[] = {
		{ "format", 0, OPT_CHOICE, &format, "text|jsonl|bodyfile",
		  "for people, for Timesketch, for mactime (text)" },
		{ "json", 0, OPT_FLAG, &json, NULL, "the same as --format jsonl" },
		{ "since", 0, OPT_TEXT, &o->since, "TIME", "nothing before this time or date" },
		{ "until", 0, OPT_TEXT, &o->until, "TIME", "nothing after it" },
		{ "all", 'a', OPT_FLAG, &o->wants_all, NULL,
		  "files that are the image's too, and those of volumes" },
		{ "output", 'o', OPT_TEXT, &o->file, "FILE", "write the events there" },
		{ "trust", 0, OPT_LIST, &o->trust, "PUB.pem",
		  "refuse a bundle that was not sealed by this key or a trusted one" },
		{ "even-if-tampered", 0, OPT_FLAG, &o->even_if_tampered, NULL,
		  "read what is not what was sealed, and mark each line" },
		{ "show-secrets", 0, OPT_FLAG, &o->show_secrets, NULL,
		  "print passwords and keys as they are" },
		{ "quiet", 'q', OPT_FLAG, &quiet, NULL, "only errors" },
		{ "verbose", 'v', OPT_FLAG, &verbose, NULL, "say what is done" },
		OPT_END,
	};

	failed = opt_parse(table, argc, argv, &bundles, help, e) < 0;
	/* Known also where the words after it are wrong. */
	o->format = format_of(format ? format : json ? "jsonl" : "text");
	if (failed)
		return -1;
	if (json && o->format != FORMAT_JSONL)
		return err_set(e, ERR_USAGE, "--json and --format %s: one or the other", format);
	if (*help) {
		opt_help(stdout, "timeline [OPTION]... BUNDLE",
			 "What happened when: one sorted stream of all that a bundle knows.",
			 table);
		return 0;
	}
	log_setup("timeline", quiet ? LOG_QUIET : verbose ? LOG_VERBOSE : LOG_NORMAL);
	if (bundles.count != 1)
		return err_set(e, ERR_USAGE,
			       bundles.count ? "one bundle at a time" : "which bundle?");
	o->bundle = bundles.items[0];
	return 0;
}

static void options_release(struct options *o)
{
	words_release(&o->trust);
}

/* A stream ends in the result, also where it failed; main() knows of --json alone. */
int cmd_timeline(int argc, char **argv, struct err *e)
{
	AUTO(options_release) struct options o = { 0 };
	AUTO(run_release) struct run run = { .o = &o, .timeline = TIMELINE_NONE };
	bool help = false;
	int status = parse(argc, argv, &o, &help, e);

	if (help)
		return STATUS_DONE;
	if (status == 0) {
		stop_install();
		status = make(&run, e);
	}
	if (status < 0 && o.format == FORMAT_JSONL && !result_is_wanted(argc, argv))
		result_error("timeline", err_status(e), e);
	return status;
}
