/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/opt.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/sandbox.h"
#include "lib/base/status.h"
#include "lib/base/text.h"
#include "lib/bundle/show.h"
#include "lib/bundle/verify.h"

#define BUNDLES_MAX 200 /* each holds a descriptor */

struct target {
	const char *path; /* as it was given */
	char *name;       /* the directory's own */
	int fd;           /* -1 where it could not be opened */
	struct report report;
};

struct run {
	struct verify_options opt;
	struct trust trust;
	struct target *targets;
	size_t count;
	const char *lacks; /* of the sandbox */
};

static void open_target(struct target *t, const char *path)
{
	t->path = path;
	report_init(&t->report);
	t->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->fd >= 0) {
		t->name = verify_name(path);
		return;
	}
	t->name = xstrdup(path);
	if (errno == ENOENT) {
		report_add(&t->report, "type", CHECK_ABSENT, NULL, "there is no such bundle");
	} else if (errno == ENOTDIR) {
		report_add(&t->report, "type", CHECK_LIMIT, NULL,
			   "is not a directory, so it is not a bundle");
	} else {
		report_add(&t->report, "type", CHECK_ERROR, NULL, "cannot be opened: %s",
			   strerror(errno));
	}
}

/* From here on nothing can be opened but what lies in the bundles. */
static int close_the_door(struct run *run, struct err *e)
{
	int fds[BUNDLES_MAX];
	unsigned n = 0;
	char sum[SHA256_HEX];

	for (size_t i = 0; i < run->count; i++)
		if (run->targets[i].fd >= 0)
			fds[n++] = run->targets[i].fd;
	if (!n)
		return 0;
	digest_of("", 0, sum); /* libcrypto reads its configuration at its first use */
	if (sandbox_enter(SANDBOX_READ, fds, n, &run->lacks, e) < 0)
		return -1;
	if (*run->lacks)
		log_debug("this kernel has no %s: verify runs with that much less around it",
			  run->lacks);
	else
		log_debug("sandboxed: nothing but the bundle can be opened");
	return 0;
}

static int worst(const struct run *run)
{
	int status = STATUS_DONE;

	for (size_t i = 0; i < run->count; i++)
		status = status_worse(status, run->targets[i].report.status);
	return status;
}

static void print_json(const struct run *run, int status)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	struct jsonw w;

	result_begin(&w, &out, "verify", status);
	if (run->count == 1) {
		show_json(&w, run->targets[0].path, run->targets[0].name, &run->targets[0].report);
	} else {
		jsonw_array(&w, "results");
		for (size_t i = 0; i < run->count; i++) {
			jsonw_object(&w, NULL);
			jsonw_i64(&w, "exit_code", run->targets[i].report.status);
			jsonw_text(&w, "status", status_word(run->targets[i].report.status));
			show_json(&w, run->targets[i].path, run->targets[i].name,
				  &run->targets[i].report);
			jsonw_end(&w);
			result_flush(&w);
		}
		jsonw_end(&w);
	}
	result_print(&w);
}

static int check_all(struct run *run, const struct words *paths, bool json, struct err *e)
{
	int status;

	run->targets = xcalloc(paths->count, sizeof(*run->targets));
	run->opt.trust = &run->trust;
	for (; run->count < paths->count; run->count++)
		open_target(&run->targets[run->count], paths->items[run->count]);
	if (close_the_door(run, e) < 0)
		return -1;
	for (size_t i = 0; i < run->count; i++)
		if (run->targets[i].fd >= 0)
			verify_bundle(run->targets[i].fd, run->targets[i].name, &run->opt,
				      &run->targets[i].report);
	status = worst(run);
	if (json)
		print_json(run, status);
	else
		for (size_t i = 0; i < run->count; i++)
			show_text(stdout, run->targets[i].path, &run->targets[i].report);
	return status;
}

static void run_release(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		fd_closep(&run->targets[i].fd);
		free(run->targets[i].name);
		report_release(&run->targets[i].report);
	}
	free(run->targets);
	trust_release(&run->trust);
}

/* 64 digits of either case, made lower. */
static int take_digest(const char *option, const char *given, char hex[SHA256_HEX],
		       const char **out, struct err *e)
{
	unsigned char bytes[SHA256_SIZE];

	if (!given)
		return 0;
	if (text_unhex(bytes, sizeof(bytes), given, e) < 0)
		return err_set(e, ERR_USAGE, "--%s takes 64 hexadecimal digits, not '%s'", option,
			       given);
	text_hex(hex, bytes, sizeof(bytes));
	*out = hex;
	return 0;
}

static int check_words(const struct words *paths, const char *seal, struct err *e)
{
	if (!paths->count)
		return err_set(e, ERR_USAGE, "which bundle?");
	if (paths->count > BUNDLES_MAX)
		return err_set(e, ERR_USAGE, "more than %d bundles at a time", BUNDLES_MAX);
	if (seal && paths->count > 1)
		return err_set(e, ERR_USAGE, "--seal pins one bundle, and there are %zu",
			       paths->count);
	return 0;
}

int cmd_verify(int argc, char **argv, struct err *e)
{
	AUTO(words_release) struct words paths = { 0 }, trusted = { 0 };
	AUTO(run_release) struct run run = { .lacks = "" };
	const char *fingerprint = NULL, *seal = NULL;
	char fingerprint_hex[SHA256_HEX], seal_hex[SHA256_HEX];
	bool help = false, json = false, quiet = false, verbose = false;
	const struct opt table[] = {
		{ "trust", 0, OPT_LIST, &trusted, "PUB.pem",
		  "believe seals made with this key too" },
		{ "fingerprint", 0, OPT_TEXT, &fingerprint, "HEX",
		  "the signer's key must have this fingerprint" },
		{ "seal", 0, OPT_TEXT, &seal, "HEX", "seal.json must have this SHA-256" },
		{ "json", 0, OPT_FLAG, &json, NULL, "print the result as one JSON object" },
		{ "quiet", 'q', OPT_FLAG, &quiet, NULL,
		  "print nothing about a bundle that is all right" },
		{ "verbose", 'v', OPT_FLAG, &verbose, NULL, "print what was checked, too" },
		OPT_END,
	};

	if (opt_parse(table, argc, argv, &paths, &help, e) < 0)
		return -1;
	if (help) {
		opt_help(stdout, "verify [OPTION]... BUNDLE...",
			 "Check that a bundle is what was sealed, and by whom.", table);
		return STATUS_DONE;
	}
	log_setup("verify", quiet ? LOG_QUIET : verbose ? LOG_VERBOSE : LOG_NORMAL);
	if (check_words(&paths, seal, e) < 0 ||
	    take_digest("fingerprint", fingerprint, fingerprint_hex, &run.opt.fingerprint, e) < 0 ||
	    take_digest("seal", seal, seal_hex, &run.opt.seal, e) < 0 ||
	    trust_load(&run.trust, &trusted, e) < 0)
		return -1;
	return check_all(&run, &paths, json, e);
}
