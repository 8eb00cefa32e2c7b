/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of evidence that are one answer of the engine, stored byte for byte. */
#include "collect/seizure.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collect/changes.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"

#define BLOCK ((size_t)64 << 10)

int take_engine(struct seizure *s, struct err *e)
{
	if (seizure_store(s, "engine", ASK_VERSION, NULL, "engine/version.json", NULL, e) < 0)
		return -1;
	return seizure_store(s, "engine", ASK_INFO, NULL, "engine/info.json", NULL, e);
}

/* It was read before there was a bundle to put it in. */
int take_inspect(struct seizure *s, struct err *e)
{
	struct request_args args = { .id = s->target.id };
	AUTO(freep) char *source = engine_request_text(s->engine, ASK_INSPECT, &args);
	struct artifact *a = artifact_begin(s->bundle, "inspect", source, "container/inspect.json");
	struct err why = { 0 };
	int failed = sink_write(artifact_sink(a), s->first_inspect.buf, s->first_inspect.len, &why);

	return seizure_end(s, a, failed, &why, NULL, e);
}

static int store_of_container(struct seizure *s, const char *kind, enum request what,
			      const char *path, struct err *e)
{
	struct request_args args = { .id = s->target.id };

	return seizure_store(s, kind, what, &args, path, NULL, e);
}

/* Whether it is still the run that the collection began with; said, whatever it means. */
static int compare_runs(struct seizure *s, const struct container *now, struct err *e)
{
	const struct container *first = &s->target;
	AUTO(freep) char *text = NULL;

	if (now->started && strcmp(now->started, first->started ? first->started : "") != 0) {
		text = xasprintf("the container was started again at %s, while it was collected: "
				 "what was taken after that is of another run",
				 now->started);
		bundle_set_partial(s->bundle);
	} else if (now->state != first->state) {
		text = xasprintf("the container was %s when it began to be collected and is %s at "
				 "the end",
				 container_state_word(first->state),
				 container_state_word(now->state));
	} else {
		return 0;
	}
	log_warn("%s: %s", first->name, text);
	return bundle_warning(s->bundle, text, e);
}

int take_inspect_after(struct seizure *s, struct err *e)
{
	struct request_args args = { .id = s->target.id };
	AUTO(freep) char *source = engine_request_text(s->engine, ASK_INSPECT, &args);
	AUTO(str_release) struct str body = STR_INIT(JSON_BYTES_MAX);
	AUTO(container_release) struct container now = { 0 };
	AUTO(json_freep) struct cJSON *doc = NULL;
	struct artifact *a =
		artifact_begin(s->bundle, "inspect", source, "container/inspect-after.json");
	struct err why = { 0 }, unstored = { 0 };
	int failed = engine_fetch(s->engine, ASK_INSPECT, &args, &body, &why);

	/* As far as it came, also where it is cut off. */
	if (body.len > 0 && sink_write(artifact_sink(a), body.buf, body.len, &unstored) < 0 &&
	    failed == 0) {
		failed = -1;
		why = unstored;
	}
	if (seizure_end(s, a, failed, &why, NULL, e) < 0)
		return -1;
	if (failed < 0)
		return 0;
	doc = json_parse(body.buf, body.len, &why);
	if (!doc || container_from_inspect(s->engine->dialect, doc, &now, &why) < 0)
		return bundle_warning(s->bundle, why.text, e);
	return compare_runs(s, &now, e);
}

int take_top(struct seizure *s, struct err *e)
{
	/* It looks up the names of users in the container's root. */
	static const char *const podman[] = { "access time of /etc/passwd was moved by the engine",
					      NULL };
	struct request_args args = { .id = s->target.id };

	return seizure_store(s, "processes", ASK_TOP, &args, "container/top.json",
			     s->engine->dialect == DIALECT_PODMAN ? podman : NULL, e);
}

int take_stats(struct seizure *s, struct err *e)
{
	return store_of_container(s, "stats", ASK_STATS, "container/stats.json", e);
}

static const char *image_of(const struct seizure *s)
{
	return s->target.image_id && s->target.image_id[0] ? s->target.image_id : s->target.image;
}

int take_image(struct seizure *s, struct err *e)
{
	struct request_args args = { .name = image_of(s) };

	if (!args.name || !args.name[0]) {
		struct ending none = { .outcome = OUTCOME_ABSENT,
				       .reason = "the container was made without an image" };

		return bundle_record(s->bundle, "image", "inspect", &none, e);
	}
	if (seizure_store(s, "image", ASK_IMAGE, &args, "image/inspect.json", NULL, e) < 0)
		return -1;
	return seizure_store(s, "image", ASK_IMAGE_HISTORY, &args, "image/history.json", NULL, e);
}

int take_image_archive(struct seizure *s, struct err *e)
{
	struct request_args args = { .name = image_of(s) };

	if (!args.name || !args.name[0]) {
		struct ending none = { .outcome = OUTCOME_ABSENT,
				       .reason = "the container was made without an image" };

		return bundle_record(s->bundle, "image-archive", "inspect", &none, e);
	}
	return seizure_store(s, "image-archive", ASK_IMAGE_SAVE, &args, "image/image.tar", NULL, e);
}

/* Docker takes no other form of a time here; where it is not known, all that the engine remembers.
 */
static void event_time(char *out, size_t size, const struct timespec *t)
{
	(void)snprintf(out, size, "%lld.%09ld", (long long)t->tv_sec, t->tv_nsec);
}

int take_events(struct seizure *s, struct err *e)
{
	char since[40], until[40];
	struct request_args args = { .id = s->target.id, .since = since, .until = until };
	struct timespec from = { 0 }, to;
	struct err unclear = { 0 };

	if (!s->target.created || text_parse_time(s->target.created, &from, &unclear) < 0)
		from = (struct timespec){ 0 };
	(void)clock_gettime(CLOCK_REALTIME, &to);
	event_time(since, sizeof(since), &from);
	event_time(until, sizeof(until), &to);
	return seizure_store(s, "events", ASK_EVENTS, &args, "events/events.jsonl", NULL, e);
}

/*
 * Podman names the ways of a network that is no network of the engine's among the networks; there
 * is nothing to ask about these.
 */
static bool is_object(const struct seizure *s, const char *name)
{
	static const char *const modes[] = { "pasta", "slirp4netns", "host", "none", "private" };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (s->engine->dialect == DIALECT_PODMAN && !strcmp(name, modes[i]))
			return false;
	return true;
}

int take_network(struct seizure *s, struct err *e)
{
	size_t taken = 0;

	for (size_t i = 0; i < s->target.network_count; i++) {
		const struct container_network *n = &s->target.networks[i];
		struct request_args args = { .name = n->id && n->id[0] ? n->id : n->name };
		char path[32];

		if (!is_object(s, n->name))
			continue;
		(void)snprintf(path, sizeof(path), "network/%zu.json", taken++);
		if (seizure_store(s, "network", ASK_NETWORK, &args, path, NULL, e) < 0)
			return -1;
	}
	if (taken == 0) {
		struct ending none = { .outcome = OUTCOME_ABSENT,
				       .reason = "the container is in no network of the engine" };

		return bundle_record(s->bundle, "network", "inspect", &none, e);
	}
	return 0;
}

static int copy_changes(struct source *from, struct sink *to, struct change_list *l, struct err *e)
{
	AUTO(freep) char *block = xmalloc(BLOCK);
	struct err unclear = { 0 };
	bool is_clear = true;

	/* What is not understood is stored all the same. */
	for (;;) {
		ssize_t n = source_read(from, block, BLOCK, e);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		progress_bytes((uint64_t)n);
		if (sink_write(to, block, (size_t)n, e) < 0)
			return -1;
		if (is_clear)
			is_clear = change_list_feed(l, block, (size_t)n, &unclear) == 0;
		if (stop_requested())
			return stop_err(e);
	}
	if (is_clear)
		return change_list_finish(l, e);
	*e = unclear;
	return -1;
}

static int ask_changes(struct seizure *s, struct err *e)
{
	static const char *const effects[] = {
		"access times of directories that the engine walked were moved by it", NULL
	};
	struct request_args args = { .id = s->target.id };
	AUTO(freep) char *source = engine_request_text(s->engine, ASK_CHANGES, &args);
	struct artifact *a = artifact_begin(s->bundle, "changes", source, "container/changes.json");
	AUTO(source_closep) struct source *answer = NULL;
	AUTO(change_list_release) struct change_list list = CHANGE_LIST_INIT;
	struct err why = { 0 };
	int failed = engine_ask(s->engine, ASK_CHANGES, &args, &answer, &why);

	if (failed == 0)
		failed = copy_changes(answer, artifact_sink(a), &list, &why);
	if (failed == 0) {
		/* Not NULL also when there is none: the list was had. */
		s->changes = list.items ? steal(&list.items) : xcalloc(1, sizeof(*s->changes));
		s->change_count = list.count;
		list.count = 0;
	}
	return seizure_end(s, a, failed, &why, effects, e);
}

int take_changes(struct seizure *s, struct err *e)
{
	bool is_taken = false;

	if (s->host.has_files && take_upper(s, &is_taken, e) < 0)
		return -1;
	return is_taken ? 0 : ask_changes(s, e);
}
