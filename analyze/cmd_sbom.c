/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/bundleroot.h"
#include "analyze/cmd.h"
#include "analyze/evidence.h"
#include "analyze/output.h"
#include "analyze/packages.h"
#include "analyze/report_packages.h"
#include "analyze/sbom.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/opt.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/sandbox.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

struct asked {
	const char *rootfs, *format, *output;
	struct words trust, operands;
	bool verify, json, even_if_tampered, quiet, verbose, help;
};

/* What there is while it runs. */
struct job {
	struct asked asked;
	struct output output;
	struct bundle_reader *bundle;
	struct bundle_root files; /* of the bundle */
	struct root *root;        /* of --rootfs */
	struct packages *packages;
	struct sbom sbom;
};

static void job_release(struct job *j)
{
	words_release(&j->asked.trust);
	words_release(&j->asked.operands);
	output_release(&j->output);
	packages_freep(&j->packages);
	root_freep(&j->root);
	bundle_root_release(&j->files);
	bundle_reader_freep(&j->bundle);
}

static int check(const struct asked *a, struct err *e)
{
	if (a->operands.count > 1)
		return err_set(e, ERR_USAGE, "one bundle at a time, not '%s' too",
			       a->operands.items[1]);
	if (a->rootfs && a->operands.count)
		return err_set(e, ERR_USAGE, "either a bundle or --rootfs");
	if (!a->rootfs && !a->operands.count)
		return err_set(e, ERR_USAGE, "which bundle, or which --rootfs?");
	if ((a->json || a->verify) && (!a->output || !strcmp(a->output, "-")))
		return err_set(e, ERR_USAGE,
			       "%s needs -o FILE: standard output has the document else",
			       a->json ? "--json" : "--verify");
	return 0;
}

static int parse(struct asked *a, int argc, char **argv, struct err *e)
{
	const struct opt table[] = {
		{ "rootfs", 0, OPT_TEXT, &a->rootfs, "TAR|DIR",
		  "a root file system instead of a bundle" },
		{ "format", 0, OPT_CHOICE, &a->format, "cyclonedx|spdx",
		  "of the document (cyclonedx)" },
		{ "output", 'o', OPT_TEXT, &a->output, "FILE", "into this new file" },
		{ "verify", 0, OPT_FLAG, &a->verify, NULL,
		  "show the files that are not as their packages delivered them" },
		{ "json", 0, OPT_FLAG, &a->json, NULL, "the result as one JSON object" },
		{ "trust", 0, OPT_LIST, &a->trust, "FILE",
		  "the public key that the bundle must be sealed with" },
		{ "even-if-tampered", 0, OPT_FLAG, &a->even_if_tampered, NULL,
		  "go on where the bundle is not what was sealed" },
		{ "quiet", 'q', OPT_FLAG, &a->quiet, NULL, "only errors" },
		{ "verbose", 'v', OPT_FLAG, &a->verbose, NULL, "say each step" },
		OPT_END,
	};

	if (opt_parse(table, argc, argv, &a->operands, &a->help, e) < 0)
		return -1;
	if (!a->help)
		return check(a, e);
	opt_help(stdout,
		 "sbom [OPTION]... BUNDLE\n       impound sbom [OPTION]... --rootfs TAR|DIR",
		 "Lists the packages that a container has, for scanners to read.", table);
	return 0;
}

/* From here on nothing can be opened but what lies in the directory, if it is one. */
static int close_the_door(const struct root *root, struct err *e)
{
	const int dir = root_dirfd(root);
	const char *lacks = "";
	char sum[SHA256_HEX];

	digest_of("", 0, sum); /* libcrypto reads its configuration at its first use */
	if (sandbox_enter(SANDBOX_READ, &dir, dir >= 0, &lacks, e) < 0)
		return -1;
	if (*lacks)
		log_debug("this kernel has no %s: there is that much less around what is read",
			  lacks);
	return 0;
}

/* What the custody log says of whom this was taken from. */
static int describe(struct job *j, struct err *e)
{
	const struct cJSON *opening = bundle_opening(j->bundle);
	struct obj o = obj_begin(opening, "custody line 0", e);
	struct obj target = obj_in_or(&o, "target"), container = obj_in_or(&target, "container");
	struct sbom *s = &j->sbom;
	const char *time = obj_text_or(&o, "time", NULL);
	struct timespec t;
	struct err unused = { 0 };

	s->name = obj_text_or(&container, "name", NULL);
	if (!s->name)
		s->name = obj_text_or(&o, "name", "container");
	s->image = obj_text_or(&container, "image", NULL);
	s->bundle = obj_text_or(&o, "id", NULL);
	if (time && text_parse_time(time, &t, &unused) == 0)
		s->created = t.tv_sec;
	return opening ? obj_end(&o) : 0;
}

static int open_bundle(struct job *j, struct err *e)
{
	const struct evidence_options options = {
		.trust = &j->asked.trust,
		.even_if_tampered = j->asked.even_if_tampered,
	};

	if (bundle_root_new(&j->files, e) < 0 ||
	    evidence_open(j->asked.operands.items[0], &options, &j->bundle, e) < 0 ||
	    describe(j, e) < 0)
		return -1;
	if (bundle_root_open(&j->files, j->bundle, j->packages, e) < 0)
		return err_wrap(e, "'%s'", j->asked.operands.items[0]);
	j->sbom.source = j->files.source;
	return 0;
}

/* Not the clock's: a build that is to be repeated says it, or the databases do. */
static int64_t created_of(const struct job *j)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	struct err unused = { 0 };
	uint64_t n;

	if (j->bundle)
		return j->sbom.created;
	if (epoch && text_u64(epoch, INT32_MAX, &n, &unused) == 0)
		return (int64_t)n;
	return packages_changed(j->packages);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static int open_rootfs(struct job *j, struct err *e)
{
	j->sbom.name = last_part(j->asked.rootfs);
	j->sbom.source = j->sbom.name;
	if (root_open(j->asked.rootfs, &j->root, e) < 0)
		return -1;
	return close_the_door(j->root, e);
}

static int read_packages(struct job *j, struct err *e)
{
	struct root *root = j->bundle ? j->files.root : j->root;

	if (packages_read(j->packages, root, e) < 0 ||
	    (j->asked.verify && packages_verify(j->packages, root, e) < 0))
		return -1;
	/* All that was parsed is what was sealed, or nothing is written. */
	if (j->bundle && bundle_check(j->bundle, e) < 0)
		return -1;
	if (!packages_os(j->packages))
		packages_add_note(j->packages, "there is no os-release: scanners cannot tell "
					       "which distribution the packages are of");
	if (!packages_have_database(j->packages))
		packages_add_note(j->packages, "there is no package database");
	j->sbom.packages = j->packages;
	j->sbom.is_complete = !packages_note(j->packages, 0);
	j->sbom.is_tampered = j->bundle && bundle_is_tampered(j->bundle);
	j->sbom.created = created_of(j);
	return 0;
}

struct output_sink {
	struct sink sink;
	struct output *to;
};

static int output_sink_write(struct sink *s, const void *p, size_t len, struct err *e)
{
	return output_write(((struct output_sink *)s)->to, p, len, e);
}

static int write_document(struct job *j, struct err *e)
{
	struct output_sink to = { .sink = { .write = output_sink_write }, .to = &j->output };
	enum sbom_format format = strcmp(j->asked.format, "spdx") ? SBOM_CYCLONEDX : SBOM_SPDX;

	if (sbom_write(&j->sbom, format, &to.sink, e) < 0)
		return -1;
	return output_finish(&j->output, e);
}

static int print_json(struct job *j, int status, struct err *e)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	const struct asked *a = &j->asked;
	struct jsonw w;

	result_begin(&w, &out, "sbom", status);
	if (j->bundle)
		evidence_json(&w, a->operands.items[0], j->bundle);
	jsonw_bytes(&w, "output", a->output, strlen(a->output));
	jsonw_text(&w, "format", a->format);
	jsonw_bytes(&w, "source", j->sbom.source, strlen(j->sbom.source));
	if (report_packages_json(&w, j->packages, a->verify, e) < 0)
		return -1;
	result_print(&w);
	return 0;
}

static int answer(struct job *j, struct err *e)
{
	int status = j->sbom.is_complete ? STATUS_DONE : STATUS_INCOMPLETE;
	const char *note;

	for (size_t i = 0; (note = packages_note(j->packages, i)) != NULL; i++)
		log_warn("%s", note);
	if (packages_more_notes(j->packages))
		log_warn("and %llu more of these",
			 (unsigned long long)packages_more_notes(j->packages));
	if (write_document(j, e) < 0)
		return -1;
	if (j->asked.json)
		return print_json(j, status, e) < 0 ? -1 : status;
	if (j->asked.verify && report_packages_text(stdout, j->packages, e) < 0)
		return -1;
	return status;
}

int cmd_sbom(int argc, char **argv, struct err *e)
{
	AUTO(job_release) struct job j = { .asked = { .format = "cyclonedx" } };
	const struct asked *a = &j.asked;

	if (parse(&j.asked, argc, argv, e) < 0)
		return -1;
	if (a->help)
		return STATUS_DONE;
	log_setup("sbom", a->quiet ? LOG_QUIET : a->verbose ? LOG_VERBOSE : LOG_NORMAL);
	stop_install();
	if (output_open(a->output, &j.output, e) < 0 || packages_new(&j.packages, e) < 0 ||
	    (a->rootfs ? open_rootfs(&j, e) : open_bundle(&j, e)) < 0 || read_packages(&j, e) < 0)
		return -1;
	return answer(&j, e);
}
