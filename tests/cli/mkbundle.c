/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkbundle - make a bundle without an engine, for tests: mkbundle DIR KEY|- [FILES SIZE [KILL-AT]]
 *
 * Prints the bundle's path, its id, the seal's digest and the key's fingerprint. FILES files of
 * SIZE bytes come besides the usual ones; at step KILL-AT the program is gone as with kill -9. With
 * PARTIAL in the environment one piece fails. DATA in it is a folder with more pieces, as they are
 * to lie below data/.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/bundle/seal.h"
#include "lib/bundle/write.h"

#define BLOCK ((size_t)1 << 20)

static long steps_left = -1;

static void step(void)
{
	if (steps_left >= 0 && steps_left-- == 0)
		(void)raise(SIGKILL);
}

static int put(struct bundle *b, const char *path, const void *p, size_t len, struct err *e)
{
	struct artifact *a = artifact_begin(b, "files", "a test", path);
	const struct ending whole = { .outcome = OUTCOME_WHOLE };
	size_t half = len / 2;

	step();
	if (sink_write(artifact_sink(a), p, half, e) < 0)
		return -1;
	step();
	if (sink_write(artifact_sink(a), (const char *)p + half, len - half, e) < 0)
		return -1;
	step();
	return artifact_end(a, &whole, e);
}

/* SIZE bytes; without ZEROS the disk has to hold them. */
static int put_big(struct bundle *b, unsigned n, size_t size, struct err *e)
{
	AUTO(freep) char *path = xasprintf("volumes/%u.tar", n);
	AUTO(freep) char *block = xmalloc(BLOCK);
	struct artifact *a = artifact_begin(b, "volumes", "a test", path);
	const struct ending whole = { .outcome = OUTCOME_WHOLE };

	memset(block, getenv("ZEROS") ? 0 : 'a' + (int)(n % 26), BLOCK);
	while (size) {
		size_t len = size < BLOCK ? size : BLOCK;

		if (sink_write(artifact_sink(a), block, len, e) < 0)
			return -1;
		size -= len;
	}
	return artifact_end(a, &whole, e);
}

/* Those of a container's and an image's files that are there. */
static int put_data(struct bundle *b, const char *dir, struct err *e)
{
	static const char *const paths[] = {
		"image/files.jsonl",        "image/image.tar",          "filesystem/rootfs.jsonl",
		"filesystem/changes.jsonl", "filesystem/tmpfs-1.jsonl",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		AUTO(freep) char *from = xasprintf("%s/%s", dir, paths[i]);
		AUTO(str_release) struct str text = STR_INIT((size_t)64 << 20);

		if (access(from, F_OK) == 0 && (file_slurp(AT_FDCWD, from, &text, e) < 0 ||
						put(b, paths[i], text.buf, text.len, e) < 0))
			return -1;
	}
	return 0;
}

static int fill(struct bundle *b, unsigned files, size_t size, struct err *e)
{
	const struct ending skipped = { .outcome = OUTCOME_SKIPPED,
					.by = SKIP_CHOICE,
					.reason = "not asked for" };
	const struct ending failed = { .outcome = OUTCOME_FAILED, .reason = "the engine is gone" };

	if (put(b, "container/inspect.json", "{\"Id\":\"0123\"}\n", 14, e) < 0 ||
	    put(b, "logs/stdout.log", "hello\nworld\n", 12, e) < 0 ||
	    put(b, "logs/stderr.log", "", 0, e) < 0)
		return -1;
	step();
	if (bundle_action(b, "frozen", "for 1.2 s", e) < 0 ||
	    bundle_record(b, "memory", "nothing", &skipped, e) < 0)
		return -1;
	if (getenv("PARTIAL") && bundle_record(b, "events", "GET /events", &failed, e) < 0)
		return -1;
	if (getenv("DATA") && put_data(b, getenv("DATA"), e) < 0)
		return -1;
	for (unsigned n = 0; n < files; n++)
		if (put_big(b, n, size, e) < 0)
			return -1;
	step();
	return 0;
}

static int make(int argc, char **argv, struct err *e)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	AUTO(seal_key_freep) struct seal_key *key = NULL;
	struct bundle_meta meta = {
		.container = "web",
		.case_id = "case-7",
		.operator_name = "J. Doe",
		.exhibit = "EX-1",
		.note = "first line\nsecond line",
		.argv = argv,
		.argc = argc,
		.limit = UINT64_MAX,
	};
	struct receipt r;

	if (strcmp(argv[2], "-") != 0 && seal_key_read(argv[2], NULL, &key, e) < 0)
		return -1;
	if (bundle_create(argv[1], &meta, &b, e) < 0)
		return -1;
	printf("%s\n", bundle_path(b));
	(void)fflush(stdout);
	if (fill(b, argc > 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0,
		 argc > 4 ? strtoul(argv[4], NULL, 10) : 0, e) < 0 ||
	    bundle_seal(b, key, &r, e) < 0)
		return -1;
	printf("%s\n%s\n%s\n%s\n", bundle_path(b), r.id, r.seal, r.fingerprint);
	return 0;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };

	if (argc < 3) {
		fputs("usage: mkbundle DIR KEY|- [FILES SIZE [KILL-AT]]\n", stderr);
		return STATUS_USAGE;
	}
	if (argc > 5)
		steps_left = strtol(argv[5], NULL, 10);
	if (make(argc, argv, &e) == 0)
		return STATUS_DONE;
	fprintf(stderr, "mkbundle: %s\n", e.text);
	return STATUS_FAILED;
}
