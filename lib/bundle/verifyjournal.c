/* SPDX-License-Identifier: Apache-2.0 */
/* The containment journal in the bundle: whether it is the one that custody line 0 names. */
#include <string.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/hashing.h"
#include "lib/bundle/journaling.h"
#include "lib/bundle/verifying.h"

static void bad(struct verifying *v, const char *why)
{
	report_add(v->r, "journal", CHECK_TAMPERED, BUNDLE_JOURNAL, "%s", why);
}

/* What was broken before it was copied is no fault of the bundle's. */
static void compare(struct verifying *v, const struct journal_state *is)
{
	const struct custody_journal *said = &v->journal;

	if (strcmp(is->head, said->head) != 0)
		bad(v, "its last line is not the one that custody line 0 names");
	else if (is->lines != said->lines)
		bad(v, "has another number of lines than custody line 0 says");
	else if (is->broken != said->broken)
		bad(v, "its chain is broken otherwise than custody line 0 says");
	else if (is->broken)
		report_add(v->r, "journal", CHECK_NOTE, BUNDLE_JOURNAL,
			   "its chain was broken already when it was collected: %llu of %llu lines",
			   (unsigned long long)is->broken, (unsigned long long)is->lines);
	else
		report_add(v->r, "journal", CHECK_OK, BUNDLE_JOURNAL,
			   "%llu lines, the last one as custody line 0 names it",
			   (unsigned long long)is->lines);
}

void verify_journal(struct verifying *v)
{
	AUTO(journal_freep) struct journal *j = NULL;
	struct journal_scan scan;
	struct err e = { 0 };
	struct stat st;
	int fd;

	if (!v->journal.is_copied)
		return;
	if (!v->journal.is_named) {
		bad(v, "custody line 0 does not name its last line");
		return;
	}
	fd = hashing_open(v->dir, BUNDLE_JOURNAL, &st, &e);
	/* That it is missing, or what else it is, the list of files tells. */
	if (fd < 0)
		return;
	j = journal_new(fd, BUNDLE_JOURNAL);
	if (journal_scan(j, (uint64_t)st.st_size, NULL, NULL, &scan, &e) < 0)
		report_err(v->r, "journal", CHECK_TAMPERED, BUNDLE_JOURNAL, &e);
	else
		compare(v, &scan.state);
}
