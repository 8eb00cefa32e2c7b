/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/cmd.h"
#include "analyze/evidence.h"
#include "analyze/examine.h"
#include "analyze/output.h"
#include "analyze/report_findings.h"
#include "lib/base/log.h"
#include "lib/base/opt.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

#define ANSWER_MAX ((size_t)256 << 20)

struct asked {
	const char *format, *fail_on, *output;
	struct words trust, bad, good, operands;
	bool even_if_tampered, show_secrets, brief, json, quiet, verbose, help;
};

static void asked_release(struct asked *a)
{
	words_release(&a->trust);
	words_release(&a->bad);
	words_release(&a->good);
	words_release(&a->operands);
}

static int parse(struct asked *a, int argc, char **argv, struct err *e)
{
	const struct opt table[] = {
		{ "format", 0, OPT_CHOICE, &a->format, "text|json|sarif", "how it is said (text)" },
		{ "json", 0, OPT_FLAG, &a->json, NULL, "the same as --format json" },
		{ "output", 'o', OPT_TEXT, &a->output, "FILE", "into this new file" },
		{ "brief", 0, OPT_FLAG, &a->brief, NULL,
		  "leave out the reasons, and what is only info" },
		{ "fail-on", 0, OPT_CHOICE, &a->fail_on, SEVERITY_WORDS,
		  "exit with 9 where there is one as bad as this" },
		{ "known-bad", 0, OPT_LIST, &a->bad, "FILE",
		  "report what is on this list, a SHA-256 a line" },
		{ "known-good", 0, OPT_LIST, &a->good, "FILE",
		  "what is on this list is not bad for its content" },
		{ "trust", 0, OPT_LIST, &a->trust, "FILE",
		  "the public key that the bundle must be sealed with" },
		{ "even-if-tampered", 0, OPT_FLAG, &a->even_if_tampered, NULL,
		  "go on where the bundle is not what was sealed" },
		{ "show-secrets", 0, OPT_FLAG, &a->show_secrets, NULL,
		  "do not take passwords and keys out of the evidence" },
		{ "quiet", 'q', OPT_FLAG, &a->quiet, NULL, "only errors" },
		{ "verbose", 'v', OPT_FLAG, &a->verbose, NULL, "say each step" },
		OPT_END,
	};

	if (opt_parse(table, argc, argv, &a->operands, &a->help, e) < 0)
		return -1;
	if (a->help) {
		opt_help(stdout, "analyze BUNDLE [OPTION]...",
			 "Say what in a bundle matters, why, and how it may be harmless.", table);
		return 0;
	}
	if (a->operands.count != 1)
		return err_set(e, ERR_USAGE,
			       a->operands.count ? "one bundle at a time, not '%s' too"
						 : "which bundle%s?",
			       a->operands.count ? a->operands.items[1] : "");
	if (a->json && strcmp(a->format, "text") != 0 && strcmp(a->format, "json") != 0)
		return err_set(e, ERR_USAGE, "--json and --format %s: one or the other", a->format);
	if (a->json)
		a->format = "json";
	return 0;
}

static int status_of(const struct asked *a, const struct examination *x)
{
	if (a->fail_on)
		for (size_t i = 0; i < x->findings.count; i++)
			if (x->findings.items[i].severity >= severity_of(a->fail_on))
				return STATUS_FINDINGS;
	return x->is_damaged ? STATUS_INCOMPLETE : STATUS_DONE;
}

static void add_heading(const struct examination *x, struct str *out)
{
	size_t counts[SEVERITY_CRITICAL + 1] = { 0 };
	AUTO(freep) char *name = text_fit(x->has_container ? x->container.name : "?", 40);

	for (size_t i = 0; i < x->findings.count; i++)
		counts[x->findings.items[i].severity]++;
	str_addf(out, "%s:", name);
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--)
		str_addf(out, " %zu %s%s", counts[s], severity_word((enum severity)s),
			 s > SEVERITY_INFO ? "," : "\n\n");
}

static void make_answer(const struct asked *a, const struct examination *x, int status,
			struct str *out)
{
	const char *path = a->operands.items[0];
	const struct findings_view view = { &x->findings, bundle_is_tampered(x->bundle) };
	struct jsonw w;

	if (!strcmp(a->format, "sarif")) {
		findings_sarif(&view, path, out);
	} else if (!strcmp(a->format, "json")) {
		result_begin(&w, out, "analyze", status);
		evidence_json(&w, path, x->bundle);
		findings_json(&view, &w);
		jsonw_line(&w);
	} else {
		add_heading(x, out);
		findings_text(&view, a->brief, out);
	}
}

/* Lists are opened before the sandbox, and read when the bundle's own hashes are known. */
struct lists {
	int *fds;
	size_t count;
};

static void lists_release(struct lists *l)
{
	for (size_t i = 0; i < l->count; i++)
		fd_closep(&l->fds[i]);
	free(l->fds);
}

static int lists_open(struct lists *l, const struct words *files, struct err *e)
{
	l->fds = xcalloc(files->count + 1, sizeof(*l->fds));
	for (; l->count < files->count; l->count++) {
		int fd = open(files->items[l->count], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return err_sys(e, "open '%s'", files->items[l->count]);
		l->fds[l->count] = fd;
	}
	return 0;
}

static int lists_compare(struct lists *l, const struct words *files, struct examination *x,
			 int (*fn)(struct known *k, int fd, const char *name, struct findings *out,
				   struct err *e),
			 struct err *e)
{
	for (size_t i = 0; i < l->count; i++)
		if (fn(&x->known, steal_fd(&l->fds[i]), files->items[i], &x->findings, e) < 0)
			return -1;
	return 0;
}

int cmd_analyze(int argc, char **argv, struct err *e)
{
	AUTO(asked_release) struct asked a = { .format = "text" };
	AUTO(bundle_reader_freep) struct bundle_reader *bundle = NULL;
	AUTO(examination_release) struct examination x = { 0 };
	AUTO(output_release) struct output output = { 0 };
	AUTO(lists_release) struct lists bad = { 0 };
	AUTO(lists_release) struct lists good = { 0 };
	AUTO(str_release) struct str answer = STR_INIT(ANSWER_MAX);
	int status;

	if (parse(&a, argc, argv, e) < 0)
		return -1;
	if (a.help)
		return STATUS_DONE;
	log_setup("analyze", a.quiet ? LOG_QUIET : a.verbose ? LOG_VERBOSE : LOG_NORMAL);
	stop_install();
	x.findings.shows_secrets = a.show_secrets;
	if (lists_open(&bad, &a.bad, e) < 0 || lists_open(&good, &a.good, e) < 0 ||
	    output_open(a.output, &output, e) < 0 || examination_prepare(&x, e) < 0 ||
	    evidence_open(a.operands.items[0],
			  &(struct evidence_options){ .trust = &a.trust,
						      .even_if_tampered = a.even_if_tampered },
			  &bundle, e) < 0 ||
	    examine(bundle, &x, e) < 0 || lists_compare(&bad, &a.bad, &x, known_bad, e) < 0 ||
	    lists_compare(&good, &a.good, &x, known_good, e) < 0)
		return -1;
	findings_sort(&x.findings);
	status = status_of(&a, &x);
	make_answer(&a, &x, status, &answer);
	if (str_ok(&answer, "the answer", e) < 0 ||
	    output_write(&output, answer.buf, answer.len, e) < 0 || output_finish(&output, e) < 0)
		return -1;
	return status;
}
