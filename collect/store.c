/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/seizure.h"

#include <stdlib.h>

#include "collect/survey.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"

/* An answer about a container is small; events and changes can be many, but have an end. */
#define ANSWER_MAX ((uint64_t)1 << 30)

void seizure_release(struct seizure *s)
{
	for (size_t i = 0; i < s->change_count; i++)
		free(s->changes[i].path);
	free(s->changes);
	survey_freep(&s->survey);
	journal_freep(&s->journal.open);
	str_release(&s->first_inspect);
	container_release(&s->target);
	bundle_freep(&s->bundle);
	*s = (struct seizure){ 0 };
}

bool seizure_is_over(const struct seizure *s, const struct err *e)
{
	return e->kind == ERR_STOPPED || stop_requested() || bundle_is_full(s->bundle);
}

int seizure_end(struct seizure *s, struct artifact *a, int failed, const struct err *why,
		const char *const *effects, struct err *e)
{
	struct ending how = { .outcome = OUTCOME_WHOLE, .effects = effects };
	bool is_over = failed < 0 && seizure_is_over(s, why);

	if (failed < 0) {
		how.outcome = artifact_bytes(a) > 0 ? OUTCOME_PARTIAL : OUTCOME_FAILED;
		how.reason = why->text;
		if ((why->kind == ERR_ENGINE && why->sys == 0) || why->kind == ERR_SYS)
			s->has_engine_trouble = true;
	}
	if (artifact_end(a, &how, e) < 0)
		return -1;
	if (is_over)
		*e = *why;
	return is_over ? -1 : 0;
}

static int copy_answer(struct seizure *s, enum request what, const struct request_args *args,
		       struct artifact *a, struct err *e)
{
	uint64_t limit = what == ASK_IMAGE_SAVE ? UINT64_MAX : ANSWER_MAX;
	AUTO(source_closep) struct source *answer = NULL;

	if (engine_ask(s->engine, what, args, &answer, e) < 0)
		return -1;
	if (stream_copy(answer, artifact_sink(a), limit, &progress_tick, NULL, e) < 0)
		return -1;
	if (artifact_bytes(a) == 0 && what != ASK_EVENTS)
		return err_set(e, ERR_FORMAT, "the engine's answer is empty");
	return 0;
}

int seizure_store(struct seizure *s, const char *kind, enum request what,
		  const struct request_args *args, const char *path, const char *const *effects,
		  struct err *e)
{
	AUTO(freep) char *source = engine_request_text(s->engine, what, args);
	struct artifact *a = artifact_begin(s->bundle, kind, source, path);
	struct err why = { 0 };
	int failed = copy_answer(s, what, args, a, &why);

	return seizure_end(s, a, failed, &why, effects, e);
}
