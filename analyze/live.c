/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/live.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/child.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"

bool live_is_container(const char *word)
{
	return !strchr(word, '/') && access(word, F_OK) < 0;
}

static char *make_directory(struct err *e)
{
	const char *dir = getenv("TMPDIR");
	AUTO(freep) char *path = xasprintf("%s/impound-XXXXXX", dir && *dir ? dir : "/tmp");

	if (!mkdtemp(path)) {
		(void)err_sys(e, "make a directory like '%s'", path);
		return NULL;
	}
	return steal(&path);
}

/* The bundle in the result object of collect; what went wrong where there is none. */
static char *bundle_of(const struct str *answer, int status, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct err unused = { 0 };
	struct obj o, bundle;
	const char *path, *why;

	doc = json_parse(answer->buf, answer->len, &unused);
	o = obj_begin(doc, "the result", &unused);
	bundle = obj_in_or(&o, "bundle");
	path = obj_text_or(&bundle, "path", NULL);
	why = obj_text_or(&o, "error", "it gave no reason");
	if ((status == STATUS_DONE || status == STATUS_INCOMPLETE) && path)
		return xstrdup(path);
	(void)err_set(e, status == STATUS_ABSENT ? ERR_ABSENT : ERR_ENGINE, "%s", why);
	return NULL;
}

/* Changes against the image, by content, and what lies in memory; the journal is another's. */
static char *collect(const char *container, const char *dir, bool quiet, struct err *e)
{
	AUTO(str_release) struct str answer = STR_INIT(RESULT_MAX);
	AUTO(freep) char *journal = xasprintf("%s/journal.jsonl", dir);
	const char *words[] = {
		"impound",   "collect",
		"--json",    "--yes",
		"--profile", "triage",
		"--with",    "files,tmpfs,index",
		"--without", "processes,sockets,recovered,mounts,logs,events,stats,network,journal",
		"--journal", journal,
		"--output",  dir,
		"--quiet",   !quiet && isatty(STDERR_FILENO) ? "--progress=bar" : "--progress=none",
		"--",        container,
		NULL
	};
	int status = child_run(words, &answer, e);

	if (status < 0 || str_ok(&answer, "the result of impound collect", e) < 0)
		return NULL;
	return bundle_of(&answer, status, e);
}

static int run_on(int argc, char **argv, const char *container, const char *bundle, struct err *e)
{
	AUTO(freep) const char **words = xcalloc((size_t)argc + 4, sizeof(*words));
	AUTO(freep) char *key = xasprintf("%s/seal/signer.pub.pem", bundle);
	size_t n = 0;

	words[n++] = "impound";
	words[n++] = argv[0];
	/* It was sealed for us a moment ago, where nobody else may write. */
	words[n++] = "--trust";
	words[n++] = key;
	for (int i = 1; i < argc; i++)
		words[n++] = argv[i] == container ? bundle : argv[i];
	return child_run(words, NULL, e);
}

int live_run(int argc, char **argv, const char *container, bool quiet, struct err *e)
{
	AUTO(freep) char *dir = make_directory(e);
	AUTO(freep) char *bundle = NULL;
	struct err why = { 0 };
	int status = -1;

	if (!dir)
		return -1;
	bundle = collect(container, dir, quiet, e);
	if (bundle)
		status = run_on(argc, argv, container, bundle, e);
	if (file_remove_tree(AT_FDCWD, dir, &why) < 0)
		log_warn("what was collected for this is still there: %s", why.text);
	return status;
}
