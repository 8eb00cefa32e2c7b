/* SPDX-License-Identifier: Apache-2.0 */
/* The command table, the exit status, and a checked stdout: nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/cmd.h"
#include "analyze/rpmdb.h"
#include "collect/cmd.h"
#include "contain/cmd.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/base/sandbox.h"
#include "lib/base/status.h"
#include "lib/base/stream.h"
#include "lib/base/tar.h"
#include "lib/base/text.h"
#include "lib/bundle/cmd.h"
#include "lib/engine/http.h"
#include "list/cmd.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv, struct err *e); /* an exit status, or -1 and the error */
	const char *what;
};

static const struct command commands[] = {
	{ "list", cmd_list, "list the containers of every engine" },
	{ "collect", cmd_collect, "seize a container as a sealed evidence bundle" },
	{ "contain", cmd_contain,
	  "pause, disconnect, isolate, commit, stop or remove one, with a way back" },
	{ "journal", cmd_journal, "show what was done to containers, and check the record of it" },
	{ "verify", cmd_verify,
	  "check a bundle: unchanged since sealing, and by whom it was sealed" },
	{ "analyze", cmd_analyze, "say what in a bundle matters, and why" },
	{ "diff", cmd_diff, "show what a container has that is not as its image has it" },
	{ "timeline", cmd_timeline, "what happened when, from all that a bundle knows" },
	{ "sbom", cmd_sbom, "list the packages of a container, for scanners" },
	{ "keygen", cmd_keygen, "make the operator's signing key" },
};

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void usage(FILE *f)
{
	fputs("usage: impound COMMAND [OPTION]... [ARGUMENT]...\n\n", f);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(f, "  %-10s%s\n", commands[i].name, commands[i].what);
	fputs("  help      show this, or the help of a COMMAND\n\n"
	      "impound COMMAND --help shows a command's options; impound --version, the version.\n",
	      f);
}

static int unknown(int argc, char **argv)
{
	const char *word = argv[0];
	struct err e = { 0 };
	const char *near = NULL;
	size_t best = 3;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		size_t d = text_distance(word, commands[i].name);

		if (d < best) {
			best = d;
			near = commands[i].name;
		}
	}
	if (near)
		(void)err_set(&e, ERR_USAGE, "unknown command '%s'; did you mean '%s'?", word,
			      near);
	else
		(void)err_set(&e, ERR_USAGE, "unknown command '%s'; 'impound help' lists them",
			      word);
	log_error("%s", e.text);
	if (result_is_wanted(argc, argv))
		result_error(word, STATUS_USAGE, &e);
	return STATUS_USAGE;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct err e = { 0 };
	int status;

	log_setup(c->name, LOG_NORMAL);
	status = c->run(argc, argv, &e);
	if (status >= 0)
		return status;
	log_error("%s", e.text);
	if (result_is_wanted(argc, argv))
		result_error(c->name, err_status(&e), &e);
	if (e.kind == ERR_USAGE)
		fprintf(stderr, "Try 'impound %s --help'.\n", c->name);
	return err_status(&e);
}

static int help(int argc, char **argv)
{
	static char flag[] = "--help";
	const struct command *c;

	if (argc < 2) {
		usage(stdout);
		return STATUS_DONE;
	}
	c = find(argv[1]);
	if (!c)
		return unknown(argc - 1, argv + 1);
	return run(c, 2, (char *[]){ argv[1], flag, NULL });
}

static void version(void)
{
	puts("impound " IMPOUND_VERSION);
	printf("with %s, %s, %s, %s, %s, %s\n", stream_library(), tar_library(), http_library(),
	       json_library(), sandbox_library(), rpmdb_library());
}

static int dispatch(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		usage(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		version();
		return STATUS_DONE;
	}
	c = find(argv[1]);
	return c ? run(c, argc - 1, argv + 1) : unknown(argc - 1, argv + 1);
}

/*
 * A descriptor that was closed for us is the next one that any open() returns, and what is printed
 * would go into a piece of evidence. The root directory takes its place: nothing can be read from
 * it or written to it, so that a missing stdout is still a failure.
 */
static void hold_standard(void)
{
	int fd;

	do
		fd = open("/", O_RDONLY | O_DIRECTORY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

int main(int argc, char **argv)
{
	int status;

	hold_standard();
	/* Names are bytes; a UTF-8 locale keeps libarchive and wcwidth from refusing them. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		(void)setlocale(LC_CTYPE, "");
	status = dispatch(argc, argv);
	/* A full disk behind stdout is never success. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status < STATUS_SIGNAL) {
		log_error("write to standard output: %s", strerror(errno));
		return STATUS_FAILED;
	}
	return status;
}
