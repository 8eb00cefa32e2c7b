/* SPDX-License-Identifier: Apache-2.0 */
/* A journal, hostile: it is read to its end, and whatever it is, a line behind it holds. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/bundle/journaling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(const struct journal_line *line, void *data, struct err *e)
{
	uint64_t *lines = data;

	(void)e;
	if (line->number != ++*lines || (!line->doc && !line->fault) || !line->event)
		abort();
	return 0;
}

static void read_all(struct journal *j, struct journal_state *out)
{
	struct err e = { 0 };
	uint64_t lines = 0;

	if (journal_each(j, count, &lines, out, &e) < 0)
		abort();
	if (lines != out->lines || out->broken + out->torn + out->ends_torn > lines)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	AUTO(journal_freep) struct journal *j = NULL;
	struct journal_state before, after;
	struct err e = { 0 };

	if (write(fd, data, size) != (ssize_t)size || fcntl(fd, F_SETFL, O_APPEND) < 0)
		abort();
	j = journal_new(fd, "journal.jsonl");
	read_all(j, &before);
	if (!journal_begin(j, "intent", &e) || journal_commit(j, NULL, &e) < 0)
		abort();
	read_all(j, &after);
	/* What lacked its LF alone is a line now, which may not follow. */
	if (after.ends_torn || after.broken > before.broken + before.ends_torn ||
	    after.lines <= before.lines || strcmp(after.head, j->log.head) != 0)
		abort();
	return 0;
}
