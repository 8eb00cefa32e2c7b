/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/tree.h"

#include "collect/walk.h"

int tree_feed_walk(struct pack *p, void *data, struct err *e)
{
	struct walk *w = data;
	struct node *n;
	int got;

	while ((got = walk_next(w, &n, e)) > 0)
		if (pack_put(p, n, walk_file(w), e) < 0)
			return -1;
	return got;
}

int tree_take(struct seizure *s, const struct tree *t, struct err *e)
{
	struct artifact *tar =
		t->tar ? artifact_begin(s->bundle, t->kind, t->source, t->tar) : NULL;
	struct artifact *rows = artifact_begin(s->bundle, t->kind, t->source, t->rows);
	struct pack_job job = { .tar = tar ? artifact_sink(tar) : NULL,
				.rows = artifact_sink(rows),
				.head = t->head,
				.feed = t->feed,
				.data = t->data };
	struct pack_result result = { 0 };
	struct err why = { 0 };
	int failed = pack_run(&job, &result, &why), over = 0;

	/* One path that could not be had is a gap in the whole, and its row says which. */
	if (!failed && result.errors)
		failed = err_set(&why, ERR_SYS,
				 "%llu of %llu paths could not be had whole, the first: %s",
				 (unsigned long long)result.errors,
				 (unsigned long long)result.entries, result.first_error);
	if (tar)
		over = seizure_end(s, tar, failed, &why, NULL, e);
	if (seizure_end(s, rows, failed, &why, NULL, e) < 0)
		over = -1;
	return over;
}

static int record(struct seizure *s, const char *kind, const char *source, const struct ending *how,
		  struct err *e)
{
	return bundle_record(s->bundle, kind, source, how, e);
}

int tree_failed(struct seizure *s, const char *kind, const char *source, const struct err *why,
		struct err *e)
{
	struct ending how = { .outcome = OUTCOME_FAILED, .reason = why->text };

	if (record(s, kind, source, &how, e) < 0)
		return -1;
	if (!seizure_is_over(s, why))
		return 0;
	*e = *why;
	return -1;
}

int tree_impossible(struct seizure *s, const char *kind, const char *source, const char *reason,
		    struct err *e)
{
	struct ending how = { .outcome = OUTCOME_SKIPPED, .by = SKIP_IMPOSSIBLE, .reason = reason };

	return record(s, kind, source, &how, e);
}
