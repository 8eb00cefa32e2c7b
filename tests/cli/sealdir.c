/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealdir - seal what lies in a folder as a bundle, for tests: sealdir FOLDER DIR KEY|-
 *
 * Each file below FOLDER is the one of that name below data/. Prints the bundle's path.
 */
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/bundle/journal.h"
#include "lib/bundle/seal.h"
#include "lib/bundle/write.h"

static int put(struct bundle *b, const char *file, const char *path, struct err *e)
{
	const struct ending whole = { .outcome = OUTCOME_WHOLE };
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	AUTO(source_closep) struct source *from = fd < 0 ? NULL : source_of_fd(fd);
	struct artifact *a;

	if (!from)
		return err_sys(e, "open '%s'", file);
	a = artifact_begin(b, "files", "a test", path);
	if (stream_copy(from, artifact_sink(a), UINT64_MAX, NULL, NULL, e) < 0)
		return -1;
	return artifact_end(a, &whole, e);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int put_all(struct bundle *b, char *folder, struct err *e)
{
	char *const roots[] = { folder, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	int result = 0;
	FTSENT *at;

	if (!walk)
		return err_sys(e, "open '%s'", folder);
	while (result == 0 && (at = fts_read(walk)))
		if (at->fts_info == FTS_F)
			result = put(b, at->fts_path, at->fts_path + strlen(folder) + 1, e);
	(void)fts_close(walk);
	return result;
}

/* verify holds a journal against what custody line 0 says of it. */
static void name_journal(struct jsonw *w, void *data)
{
	AUTO(freep) char *path = xasprintf("%s/contain/journal.jsonl", (const char *)data);
	AUTO(journal_freep) struct journal *j = NULL;
	struct journal_state state;
	struct err e = { 0 };

	if (journal_open_reading(path, &j, &e) < 0 || journal_each(j, NULL, NULL, &state, &e) < 0)
		return;
	jsonw_object(w, "journal");
	jsonw_u64(w, "lines", state.lines);
	jsonw_text(w, "head", state.head);
	jsonw_u64(w, "broken", state.broken);
	jsonw_end(w);
}

static int seal(char **argv, struct err *e)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	AUTO(seal_key_freep) struct seal_key *key = NULL;
	const struct bundle_meta meta = { .container = "web",
					  .argv = argv,
					  .argc = 1,
					  .limit = UINT64_MAX,
					  .more = name_journal,
					  .more_data = argv[1] };
	struct receipt r;

	if (strcmp(argv[3], "-") != 0 && seal_key_read(argv[3], NULL, &key, e) < 0)
		return -1;
	if (bundle_create(argv[2], &meta, &b, e) < 0 || put_all(b, argv[1], e) < 0 ||
	    bundle_seal(b, key, &r, e) < 0)
		return -1;
	printf("%s\n", bundle_path(b));
	return 0;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };

	if (argc != 4) {
		fputs("usage: sealdir FOLDER DIR KEY|-\n", stderr);
		return STATUS_USAGE;
	}
	if (seal(argv, &e) == 0)
		return STATUS_DONE;
	fprintf(stderr, "sealdir: %s\n", e.text);
	return STATUS_FAILED;
}
