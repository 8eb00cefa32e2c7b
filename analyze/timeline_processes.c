/* SPDX-License-Identifier: Apache-2.0 */
/* When each process that was seen had been started, and what the container wrote when. */
#include "analyze/timeline.h"

#include <string.h>

#include "lib/base/lines.h"
#include "lib/base/own.h"

#define PROCESS_ROW_MAX ((size_t)9 << 20) /* arguments and environment: 6 MiB */

/* A text of a list, or an object with its bytes in base64. */
static void add_word(struct str *out, const struct cJSON *item, struct err *e)
{
	const char *text = json_text(item);
	struct obj o;

	if (out->len)
		str_addc(out, ' ');
	if (text) {
		str_adds(out, text);
		return;
	}
	o = obj_begin(item, "a word", e);
	(void)obj_bytes(&o, "text", out);
}

static void add_command(struct str *out, const struct cJSON *list, struct err *e)
{
	for (const struct cJSON *item = json_first(list); item; item = json_next(item))
		add_word(out, item, e);
}

static int process(struct timeline *t, const struct cJSON *doc, const char *line, size_t len,
		   void *data, struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(2 * PROCESS_ROW_MAX);
	AUTO(str_release) struct str command = STR_INIT(PROCESS_ROW_MAX);
	AUTO(freep) char *object = NULL;
	struct err unsaid = { 0 };
	struct obj o = obj_begin(doc, "the process", e), exe = obj_in_or(&o, "exe"),
		   uid = obj_in_or(&o, "uid");
	uint64_t pid = obj_u64(&o, "pid"), inside = obj_u64_or(&o, "ns_pid", 0);
	const char *started = obj_text_or(&o, "started", "");
	struct event ev = { .source = EVENT_PROCESS, .times = EVENT_STARTED };

	(void)line;
	(void)len;
	(void)data;
	str_addf(&what, "pid %llu", (unsigned long long)pid);
	if (inside)
		str_addf(&what, " (%llu in it)", (unsigned long long)inside);
	if (json_member(doc, "uid"))
		str_addf(&what, " uid %llu", (unsigned long long)obj_u64_or(&uid, "effective", 0));
	str_adds(&what, ": ");
	add_command(&command, obj_list_or(&o, "cmdline"), &unsaid);
	if (!command.len)
		(void)obj_bytes(&o, "comm", &command);
	str_add(&what, command.buf, command.len);
	if (obj_bool_or(&exe, "deleted", false))
		str_adds(&what, " (its executable was deleted)");
	object = xasprintf("pid %llu", (unsigned long long)pid);
	ev.object = object;
	ev.object_len = strlen(object);
	if (obj_end(&o) < 0)
		return -1;
	return timeline_at(t, &ev, started, &what, e);
}

int timeline_processes(struct timeline *t, struct err *e)
{
	return timeline_lines(t, "process/processes.jsonl", PROCESS_ROW_MAX, process, NULL, e);
}

struct log {
	const char *path, *stream;
	struct when last; /* of the line before */
	bool has_last;
};

#define LOG_TIME_MAX 64

/*
 * The engine puts a time in front of each line. What has none goes on from the line before: a
 * terminal's output, or a line that the engine had in pieces.
 */
static int log_line(struct timeline *t, struct log *log, const char *line, size_t len,
		    struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(2 * EVENT_TEXT_MAX);
	const char *space = memchr(line, ' ', len < LOG_TIME_MAX ? len : LOG_TIME_MAX - 1);
	struct event ev = { .source = EVENT_LOG, .times = EVENT_RECORDED, .object = log->path };
	size_t skip = space ? (size_t)(space - line) + 1 : 0;
	char time[LOG_TIME_MAX] = "";
	struct err unsaid;

	if (space)
		memcpy(time, line, skip - 1);
	if (*time >= '0' && *time <= '9' && when_parse(time, &ev.when, &unsaid) == 0) {
		log->last = ev.when;
		log->has_last = true;
	} else if (log->has_last) {
		ev.when = log->last;
		skip = 0;
	} else {
		return err_set(e, ERR_FORMAT, "has no time");
	}
	str_addf(&what, "%s: ", log->stream);
	str_add(&what, line + skip, len - skip);
	ev.what = what.buf;
	ev.what_len = what.len;
	ev.object_len = strlen(log->path);
	return timeline_add(t, &ev, e);
}

static int read_log(struct timeline *t, struct log *log, struct lines *l, struct err *e)
{
	const char *line;
	size_t len;
	int more;

	while ((more = lines_next(l, &line, &len, e)) > 0) {
		while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			len--;
		if (len && log_line(t, log, line, len, e) < 0 &&
		    timeline_damaged(t, log->path, l->number, e) < 0)
			return -1;
	}
	return more < 0 ? timeline_damaged(t, log->path, 0, e) : 0;
}

int timeline_logs(struct timeline *t, struct err *e)
{
	static const char *const paths[][2] = { { "logs/stdout.log", "stdout" },
						{ "logs/stderr.log", "stderr" },
						{ "logs/tty.log", "tty" } };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		AUTO(source_closep) struct source *from = NULL;
		AUTO(lines_release) struct lines l = { 0 };
		struct log log = { .path = paths[i][0], .stream = paths[i][1] };

		if (!bundle_has(t->b, paths[i][0], NULL))
			continue;
		if (bundle_source(t->b, paths[i][0], &from, e) < 0) {
			if (timeline_damaged(t, paths[i][0], 0, e) < 0)
				return -1;
			continue;
		}
		lines_init(&l, from, EVENT_TEXT_MAX);
		if (read_log(t, &log, &l, e) < 0)
			return -1;
	}
	return 0;
}
