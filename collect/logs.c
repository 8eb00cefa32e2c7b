/* SPDX-License-Identifier: Apache-2.0 */
/* What the container wrote to stdout and stderr, taken apart; or its terminal, as it is. */
#include "collect/seizure.h"

#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"
#include "lib/model/frames.h"

#define BLOCK ((size_t)64 << 10)

struct split {
	struct sink *to[2]; /* stdout, stderr */
	struct frames frames;
};

static int split_block(struct split *p, const char *block, size_t len, struct err *e)
{
	while (len > 0) {
		const void *piece;
		size_t piece_len;
		int stream;
		ssize_t used = frames_next(&p->frames, block, len, &stream, &piece, &piece_len, e);

		if (used < 0)
			return -1;
		/* Stream 0 is stdin as the engine echoes it; it belongs with what was printed. */
		if (piece_len > 0 && sink_write(p->to[stream == 2], piece, piece_len, e) < 0)
			return -1;
		block += used;
		len -= (size_t)used;
	}
	return 0;
}

static int split_stream(struct source *from, struct split *p, struct err *e)
{
	AUTO(freep) char *block = xmalloc(BLOCK);

	for (;;) {
		ssize_t n = source_read(from, block, BLOCK, e);

		if (n < 0)
			return -1;
		if (n == 0)
			return frames_end(&p->frames, e);
		progress_bytes((uint64_t)n);
		if (split_block(p, block, (size_t)n, e) < 0)
			return -1;
		if (stop_requested())
			return stop_err(e);
	}
}

static int take_split(struct seizure *s, const struct request_args *args, const char *source,
		      struct err *e)
{
	struct artifact *out = artifact_begin(s->bundle, "logs", source, "logs/stdout.log");
	struct artifact *err = artifact_begin(s->bundle, "logs", source, "logs/stderr.log");
	struct split p = { .to = { artifact_sink(out), artifact_sink(err) } };
	AUTO(source_closep) struct source *answer = NULL;
	struct err why = { 0 };
	int failed = engine_ask(s->engine, ASK_LOGS, args, &answer, &why);
	int first;

	if (failed == 0)
		failed = split_stream(answer, &p, &why);
	/* Both are ended, whatever the first one says. */
	first = seizure_end(s, out, failed, &why, NULL, e);
	return seizure_end(s, err, failed, &why, NULL, e) < 0 ? -1 : first;
}

/* A terminal has one stream. Docker sends it bare; Podman's own API frames it all the same. */
static int take_terminal(struct seizure *s, const struct request_args *args, const char *source,
			 struct err *e)
{
	struct artifact *a = artifact_begin(s->bundle, "logs", source, "logs/tty.log");
	struct split p = { .to = { artifact_sink(a), artifact_sink(a) } };
	AUTO(source_closep) struct source *answer = NULL;
	struct err why = { 0 };
	int failed = engine_ask(s->engine, ASK_LOGS, args, &answer, &why);

	if (failed == 0 && s->engine->dialect == DIALECT_PODMAN)
		failed = split_stream(answer, &p, &why);
	else if (failed == 0)
		failed = stream_copy(answer, artifact_sink(a), UINT64_MAX, &progress_tick, NULL,
				     &why);
	return seizure_end(s, a, failed, &why, NULL, e);
}

int take_logs(struct seizure *s, struct err *e)
{
	struct request_args args = { .id = s->target.id };
	AUTO(freep) char *source = engine_request_text(s->engine, ASK_LOGS, &args);

	if (s->target.has_tty)
		return take_terminal(s, &args, source, e);
	return take_split(s, &args, source, e);
}
