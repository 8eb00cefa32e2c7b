/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine says: of the image, of the container's life, of what was asked of it. */
#include "analyze/timeline.h"

#include <string.h>

#include "lib/base/own.h"

#define HISTORY_MAX 10000 /* layers and commands of one image */

/* The seconds of a number: history has them, and no text. */
static int at_seconds(struct timeline *t, struct event *ev, int64_t seconds, const struct str *what,
		      struct err *e)
{
	ev->when = (struct when){ .at = { .tv_sec = seconds } };
	ev->what = what->buf;
	ev->what_len = what->len;
	return timeline_add(t, ev, e);
}

static const char *first_text(const struct cJSON *list, const char *otherwise)
{
	const char *text = json_text(json_first(list));

	return text ? text : otherwise;
}

static int image_created(struct timeline *t, const struct cJSON *doc, struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(TIMELINE_DOC_MAX);
	struct obj o = obj_begin(doc, "the image", e), meta = obj_in_or(&o, "Metadata");
	const char *id = obj_text_or(&o, "Id", ""), *created = obj_text_or(&o, "Created", ""),
		   *tagged = obj_text_or(&meta, "LastTagTime", ""),
		   *name = first_text(obj_list_or(&o, "RepoTags"), id);
	struct event ev = {
		.source = EVENT_IMAGE, .times = EVENT_BORN, .object = id, .object_len = strlen(id)
	};

	if (obj_end(&o) < 0)
		return -1;
	str_addf(&what, "image %s created", name);
	if (timeline_at(t, &ev, created, &what, e) < 0)
		return -1;
	ev.times = EVENT_RECORDED;
	str_reset(&what);
	str_addf(&what, "image tagged %s", name);
	return timeline_at(t, &ev, tagged, &what, e);
}

static int history_item(struct timeline *t, const struct cJSON *item, struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(2 * TIMELINE_DOC_MAX);
	struct obj o = obj_begin(item, "the history", e);
	const char *id = obj_text_or(&o, "Id", ""), *by = obj_text_or(&o, "CreatedBy", ""),
		   *comment = obj_text_or(&o, "Comment", "");
	int64_t created = obj_i64_or(&o, "Created", 0);
	struct event ev = {
		.source = EVENT_IMAGE, .times = EVENT_BORN, .object = id, .object_len = strlen(id)
	};

	if (obj_end(&o) < 0)
		return -1;
	str_addf(&what, "layer: %s%s%s", by, *by && *comment ? "; " : "", comment);
	return at_seconds(t, &ev, created, &what, e);
}

/* The newest comes first in it; what is of one second is to stand in the order it was done. */
static int image_history(struct timeline *t, const struct cJSON *list, struct err *e)
{
	static const char path[] = "image/history.json";
	AUTO(freep) const struct cJSON **items = NULL;
	size_t count = json_count(list), n = 0;

	if (!json_is_list(list) || count > HISTORY_MAX) {
		(void)err_set(e, ERR_FORMAT, "is no list of at most %d", HISTORY_MAX);
		return timeline_damaged(t, path, 0, e);
	}
	items = xcalloc(count + 1, sizeof(*items));
	for (const struct cJSON *item = json_first(list); item; item = json_next(item))
		items[n++] = item;
	while (n-- > 0)
		if (history_item(t, items[n], e) < 0 && timeline_damaged(t, path, 0, e) < 0)
			return -1;
	return 0;
}

int timeline_image(struct timeline *t, struct err *e)
{
	static const char path[] = "image/inspect.json";
	AUTO(json_freep) struct cJSON *doc = NULL, *history = NULL;

	if (timeline_doc(t, path, &doc, e) < 0 ||
	    timeline_doc(t, "image/history.json", &history, e) < 0)
		return -1;
	if (history && image_history(t, history, e) < 0)
		return -1;
	if (doc && image_created(t, doc, e) < 0)
		return timeline_damaged(t, path, 0, e);
	return 0;
}

static int container_life(struct timeline *t, const struct cJSON *doc, struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(TIMELINE_DOC_MAX);
	struct obj o = obj_begin(doc, "the container", e), state = obj_in_or(&o, "State");
	const char *id = obj_text_or(&o, "Id", ""), *name = obj_text_or(&o, "Name", "");
	const struct {
		const char *word, *at;
		unsigned times;
	} life[] = {
		{ "created", obj_text_or(&o, "Created", ""), EVENT_BORN },
		{ "started", obj_text_or(&state, "StartedAt", ""), EVENT_STARTED },
		{ "checkpointed", obj_text_or(&state, "CheckpointedAt", ""), EVENT_RECORDED },
		{ "restored", obj_text_or(&state, "RestoredAt", ""), EVENT_STARTED },
		{ "finished", obj_text_or(&state, "FinishedAt", ""), EVENT_ENDED },
	};
	int64_t code = obj_i64_or(&state, "ExitCode", 0);

	if (obj_end(&o) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		struct event ev = { .source = EVENT_CONTAINER,
				    .times = life[i].times,
				    .object = id,
				    .object_len = strlen(id) };

		str_reset(&what);
		str_addf(&what, "container %s %s", name[0] == '/' ? name + 1 : name, life[i].word);
		if (life[i].times == EVENT_ENDED)
			str_addf(&what, ", exit status %lld", (long long)code);
		if (timeline_at(t, &ev, life[i].at, &what, e) < 0)
			return -1;
	}
	return 0;
}

int timeline_container(struct timeline *t, struct err *e)
{
	static const char path[] = "container/inspect.json";
	AUTO(json_freep) struct cJSON *doc = NULL;

	if (timeline_doc(t, path, &doc, e) < 0)
		return -1;
	if (doc && container_life(t, doc, e) < 0)
		return timeline_damaged(t, path, 0, e);
	return 0;
}

/*
 * Nanoseconds pass 2^53, which the tree cannot hold: they are read from the line. Inside a text the
 * key's quotation mark would have a backslash, and a label of that name has a text, not a number.
 */
static long nanoseconds_of(const char *line, size_t len, int64_t seconds)
{
	static const char key[] = "\"timeNano\":";
	const char *end = line + len, *p = line;

	while ((p = memmem(p, (size_t)(end - p), key, strlen(key)))) {
		int64_t n = 0;

		for (p += strlen(key); p < end && *p >= '0' && *p <= '9'; p++)
			if (__builtin_mul_overflow(n, 10, &n) ||
			    __builtin_add_overflow(n, (int64_t)(*p - '0'), &n))
				return -1;
		if (n / 1000000000 == seconds && n > 0)
			return (long)(n % 1000000000);
	}
	return -1;
}

/* "die (exitCode 137)": an attribute's name says enough. */
static void add_attributes(struct str *what, struct obj *attributes)
{
	static const char *const told[] = { "exitCode", "containerExitCode", "signal", "execID",
					    "container" };
	const char *before = " (";

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		const char *value = obj_text_or(attributes, told[i], "");

		if (!*value)
			continue;
		str_addf(what, "%s%s %s", before, told[i], value);
		before = ", ";
	}
	if (*before == ',')
		str_addc(what, ')');
}

/* Docker's form, which Podman's API has too, and Podman's own: "Status", "Time", "ID". */
static int engine_event(struct timeline *t, const struct cJSON *doc, const char *line, size_t len,
			void *data, struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(2 * TIMELINE_LINE_MAX);
	struct obj o = obj_begin(doc, "the event", e), actor = obj_in_or(&o, "Actor"),
		   attributes = obj_in_or(&actor, "Attributes");
	const char *action =
		obj_text_or(&o, "Action", obj_text_or(&o, "status", obj_text_or(&o, "Status", "")));
	const char *type = obj_text_or(&o, "Type", "container"),
		   *id = obj_text_or(&actor, "ID", obj_text_or(&o, "ID", "")),
		   *text = obj_text_or(&o, "Time", "");
	int64_t seconds = obj_i64_or(&o, "time", 0);
	struct event ev = { .source = EVENT_ENGINE,
			    .times = EVENT_RECORDED,
			    .object = id,
			    .object_len = strlen(id) };
	long nanoseconds;

	(void)data;
	str_addf(&what, "%s%s%s", strcmp(type, "container") ? type : "",
		 strcmp(type, "container") ? " " : "", action);
	add_attributes(&what, &attributes);
	if (obj_end(&o) < 0)
		return -1;
	if (*text)
		return timeline_at(t, &ev, text, &what, e);
	if (!json_member(doc, "time"))
		return err_set(e, ERR_FORMAT, "an event without a time");
	nanoseconds = nanoseconds_of(line, len, seconds);
	ev.when = (struct when){
		.at = { .tv_sec = seconds, .tv_nsec = nanoseconds < 0 ? 0 : nanoseconds },
		.digits = nanoseconds < 0 ? 0 : 9,
	};
	ev.what = what.buf;
	ev.what_len = what.len;
	return timeline_add(t, &ev, e);
}

int timeline_engine(struct timeline *t, struct err *e)
{
	return timeline_lines(t, "events/events.jsonl", TIMELINE_LINE_MAX, engine_event, NULL, e);
}
