/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/cache.h"
#include "analyze/classify.h"
#include "analyze/cmd.h"
#include "analyze/evidence.h"
#include "analyze/live.h"
#include "analyze/report_diff.h"
#include "analyze/sources.h"
#include "analyze/walkdir.h"
#include "lib/base/log.h"
#include "lib/base/opt.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/sandbox.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"
#include "lib/base/stream.h"

struct settings {
	const char *bundle, *image, *rootfs, *ref, *only, *glob;
	struct words trust;
	bool even_if_tampered, no_cache, json, stat, quiet, verbose;
	unsigned classes;
};

struct job {
	const struct settings *s;
	struct sources sources;
	int image, container; /* descriptors; -1 of a bundle */
	struct bundle_reader *bundle;
};

static void settings_release(struct settings *s)
{
	words_release(&s->trust);
}

static void job_release(struct job *j)
{
	sources_release(&j->sources);
	fd_closep(&j->image);
	fd_closep(&j->container);
	bundle_reader_freep(&j->bundle);
}

static int parse_classes(struct settings *s, struct err *e)
{
	s->classes = s->verbose ? (1u << CHANGE_CLASSES) - 1 : CHANGE_SHOWN;
	if (!s->only)
		return 0;
	s->classes = 0;
	for (const char *word = s->only; *word;) {
		size_t len = strcspn(word, ",");
		unsigned class = class_of_word(word, len);

		if (!class)
			return err_set(e, ERR_USAGE, "--only: no class '%.*s'", (int)len, word);
		s->classes |= class;
		word += len + (word[len] == ',');
	}
	return 0;
}

static int check(struct settings *s, const struct words *operands, struct err *e)
{
	if (operands->count > 1)
		return err_set(e, ERR_USAGE, "one bundle at a time, not '%s'", operands->items[1]);
	if (operands->count)
		s->bundle = operands->items[0];
	if (s->bundle && (s->image || s->rootfs))
		return err_set(e, ERR_USAGE, "either a bundle or --image and --rootfs");
	if (!s->bundle && (!s->image || !s->rootfs))
		return err_set(e, ERR_USAGE, "diff needs a bundle, or both --image and --rootfs");
	return parse_classes(s, e);
}

static int parse(struct settings *s, int argc, char **argv, bool *help, struct err *e)
{
	AUTO(words_release) struct words operands = { 0 };
	const struct opt table[] = {
		{ "image", 0, OPT_TEXT, &s->image, "IMAGE",
		  "an archive or layout of it, a tar of its files, or an index" },
		{ "ref", 0, OPT_TEXT, &s->ref, "REF",
		  "which image: a name, a digest's beginning, os/arch" },
		{ "rootfs", 0, OPT_TEXT, &s->rootfs, "TAR|DIR",
		  "the container's files; - is standard input" },
		{ "only", 0, OPT_TEXT, &s->only, "CLASS,...",
		  "added, deleted, type, content, metadata, touched, mtime" },
		{ "path", 0, OPT_TEXT, &s->glob, "GLOB", "paths from / that fit; * takes / too" },
		{ "stat", 0, OPT_FLAG, &s->stat, NULL, "the numbers alone" },
		{ "json", 0, OPT_FLAG, &s->json, NULL, "a JSON object a line, the result last" },
		{ "trust", 0, OPT_LIST, &s->trust, "PUB.pem", "believe this signer; repeatable" },
		{ "even-if-tampered", 0, OPT_FLAG, &s->even_if_tampered, NULL,
		  "read a bundle that is not what was sealed" },
		{ "no-cache", 0, OPT_FLAG, &s->no_cache, NULL, "neither use nor keep layers" },
		{ "quiet", 'q', OPT_FLAG, &s->quiet, NULL, "errors only" },
		{ "verbose", 'v', OPT_FLAG, &s->verbose, NULL,
		  "show what was only touched, or has another time" },
		OPT_END,
	};

	if (opt_parse(table, argc, argv, &operands, help, e) < 0)
		return -1;
	if (!*help)
		return check(s, &operands, e);
	opt_help(stdout,
		 "diff [OPTION]... BUNDLE|CONTAINER\n       impound diff [OPTION]... --image IMAGE "
		 "--rootfs "
		 "TAR|DIR",
		 "Shows what a container has that is not as its image has it.", table);
	return 0;
}

/* As a bundle that is not there. */
static int is_absent(int fd, struct err *e)
{
	if (fd < 0 && e->kind == ERR_SYS && e->sys == ENOENT)
		e->kind = ERR_ABSENT;
	return fd;
}

static int open_rootfs(const char *path, struct err *e)
{
	int fd = !strcmp(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				    : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? err_sys(e, "open '%s'", path) : fd;
}

static bool is_directory(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Nothing is opened from here on but the cache, a layout's blobs, the files of a root file system.
 */
static int close_the_door(struct job *j, struct err *e)
{
	const int all[] = { j->image, j->container, cache_dirfd(j->sources.cache) };
	int dirs[3];
	unsigned count = 0;
	const char *lacks = "";
	char sum[SHA256_HEX];

	for (unsigned i = 0; i < 3; i++)
		if (all[i] >= 0 && is_directory(all[i]))
			dirs[count++] = all[i];
	digest_of("", 0, sum); /* libcrypto reads its configuration at its first use */
	if (sandbox_enter(SANDBOX_READ, dirs, count, &lacks, e) < 0)
		return -1;
	if (*lacks)
		log_debug("this kernel has no %s: there is that much less around what is read",
			  lacks);
	return 0;
}

static int read_bundle(struct job *j, struct err *e)
{
	const int dir = cache_dirfd(j->sources.cache);
	const struct evidence_options options = { .trust = &j->s->trust,
						  .even_if_tampered = j->s->even_if_tampered,
						  .dirs = &dir,
						  .dir_count = dir >= 0 };

	if (evidence_open(j->s->bundle, &options, &j->bundle, e) < 0)
		return -1;
	return sources_read_bundle(&j->sources, j->bundle, e);
}

static void warn_of(const char *side, const struct notes *n)
{
	for (size_t i = 0; i < n->kept; i++) {
		const struct note *note = &n->items[i];

		if (note->name)
			log_warn("%s: '%s': %s", side, note->name, note->text);
		else
			log_warn("%s: %s", side, note->text);
	}
	if (n->count > n->kept)
		log_warn("%s: and %llu more of these", side,
			 (unsigned long long)(n->count - n->kept));
}

static void warn(const struct sources *s)
{
	const struct image_finding *f;

	for (size_t i = 0; s->archive && (f = image_finding(s->archive, i)) != NULL; i++)
		log_warn("image: %s: %s%s%s%s%s", f->id, f->object ? f->object : "",
			 f->expected ? " should be " : "", f->expected ? f->expected : "",
			 f->found ? ", is " : "", f->found ? f->found : "");
	warn_of("image", &s->image.notes);
	warn_of("container", &s->container.notes);
	warn_of("tmpfs", &s->mounted.notes);
	if (s->image.notes.is_truncated)
		log_warn("what the image lacks here shows as added");
}

static void print_sources(const struct sources *s)
{
	if (s->is_told)
		puts("image: not in the bundle; compared when the container was collected");
	else
		printf("image: %s, %s\n", s->image_from,
		       sources_are_verified(s) ? "every layer verified"
					       : "as stored: nothing vouches for it");
	printf("container: %s\n", s->container_from);
}

static int print_result(const struct job *j, const struct report_diff *report,
			const struct counts *counts, int status, struct err *e)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	struct jsonw w;

	if (!j->s->json) {
		report_counts(report, counts);
		print_sources(&j->sources);
		return status;
	}
	result_begin(&w, &out, "diff", status);
	if (j->bundle)
		evidence_json(&w, j->s->bundle, j->bundle);
	sources_json(&j->sources, &w);
	report_counts_json(&w, counts);
	if (str_ok(&out, "the result", e) < 0)
		return -1;
	result_print(&w);
	return status;
}

static bool has_findings(const struct sources *s)
{
	return s->archive && image_finding(s->archive, 0);
}

/* In the cache's child, or here where there is none. */
static int work(void *data, struct err *e)
{
	struct job *j = data;
	AUTO(report_diff_release) struct report_diff report = { 0 };
	struct classify c = {
		.glob = j->s->glob, .classes = j->s->classes, .fn = report_change, .data = &report
	};
	struct counts counts = { 0 };
	int status = STATUS_DONE;

	if (j->s->bundle) {
		if (read_bundle(j, e) < 0)
			return -1;
	} else if (close_the_door(j, e) < 0 ||
		   sources_read_files(&j->sources, j->image, j->container, e) < 0) {
		return -1;
	}
	report_diff_init(&report);
	report.as_json = j->s->json;
	report.is_stat = j->s->stat;
	report.is_verbose = j->s->verbose;
	warn(&j->sources);
	sources_sides(&j->sources, &c);
	if (classify(&c, &counts, e) < 0)
		return -1;
	if (sources_are_incomplete(&j->sources) || has_findings(&j->sources))
		status = STATUS_INCOMPLETE;
	return print_result(j, &report, &counts, status, e);
}

int cmd_diff(int argc, char **argv, struct err *e)
{
	AUTO(settings_release) struct settings s = { 0 };
	AUTO(job_release) struct job j = { .s = &s, .image = -1, .container = -1 };
	AUTO(cache_freep) struct cache *cache = NULL;
	bool help = false;

	if (parse(&s, argc, argv, &help, e) < 0)
		return -1;
	if (help)
		return STATUS_DONE;
	log_setup("diff", s.quiet ? LOG_QUIET : s.verbose ? LOG_VERBOSE : LOG_NORMAL);
	stop_install();
	if (s.bundle && live_is_container(s.bundle))
		return live_run(argc, argv, s.bundle, s.quiet, e);
	walkdir_prepare();
	if (sources_open(&j.sources, e) < 0)
		return -1;
	if (!s.bundle && ((j.image = is_absent(image_path(s.image, e), e)) < 0 ||
			  (j.container = is_absent(open_rootfs(s.rootfs, e), e)) < 0))
		return -1;
	if (!s.no_cache)
		cache = cache_open(SIDE_CACHE_VERSION);
	j.sources.ref = s.ref;
	j.sources.cache = cache;
	return cache_work(cache, work, &j, e);
}
