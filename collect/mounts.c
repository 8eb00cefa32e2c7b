/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "mounts": what each mount namespace of the container's processes sees, parsed. */
#include <inttypes.h>
#include <stdio.h>

#include "collect/seizure.h"
#include "collect/survey.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/model/maps.h"

#define SOURCE          "host /proc/PID/mountinfo"
#define ROW_MAX         ((size_t)2 << 20)
#define MOUNTS_MAX_ROWS 1000000 /* in all; the kernel's own default is 100000 a namespace */

struct taking {
	struct sink *rows;
	struct str row, value;
	uint64_t count, malformed;
};

static void field(struct taking *t, struct jsonw *w, const char *key, const struct scan *escaped)
{
	str_reset(&t->value);
	path_unescape(&t->value, escaped);
	jsonw_bytes(w, key, t->value.buf, t->value.len);
}

static void list(struct taking *t, struct jsonw *w, const char *key, struct scan all)
{
	struct scan word;

	jsonw_array(w, key);
	while (scan_word(&all, &word)) {
		str_reset(&t->value);
		str_add(&t->value, word.p, word.len);
		jsonw_text(w, NULL, t->value.buf);
	}
	jsonw_end(w);
}

static int row(struct taking *t, uint64_t ns, pid_t pid, const struct mount_line *m, struct err *e)
{
	struct jsonw w;
	char dev[32];

	str_reset(&t->row);
	jsonw_init(&w, &t->row);
	jsonw_object(&w, NULL);
	jsonw_u64_text(&w, "namespace", ns);
	jsonw_i64(&w, "pid", pid);
	jsonw_u64(&w, "id", m->id);
	jsonw_u64(&w, "parent", m->parent);
	(void)snprintf(dev, sizeof(dev), "%u:%u", m->major, m->minor);
	jsonw_text(&w, "dev", dev);
	field(t, &w, "root", &m->root);
	field(t, &w, "mount_point", &m->mount_point);
	field(t, &w, "options", &m->options);
	list(t, &w, "propagation", m->propagation);
	field(t, &w, "type", &m->type);
	field(t, &w, "source", &m->source);
	field(t, &w, "super_options", &m->super_options);
	jsonw_line(&w);
	if (str_ok(&t->row, "a row of mounts.jsonl", e) < 0)
		return -1;
	t->count++;
	return sink_write(t->rows, t->row.buf, t->row.len, e);
}

static int lines(struct taking *t, struct proc_lines *l, uint64_t ns, pid_t pid, struct err *e)
{
	struct scan line;
	int got;

	while ((got = proc_lines_next(l, &line, e)) > 0) {
		struct err why = { 0 };
		struct mount_line m;

		if (mount_parse(line.p, line.len, &m, &why) < 0) {
			t->malformed++;
			continue;
		}
		if (t->count >= MOUNTS_MAX_ROWS)
			return err_set(e, ERR_LIMIT, "more than %d mounts", MOUNTS_MAX_ROWS);
		if (row(t, ns, pid, &m, e) < 0)
			return -1;
	}
	return got;
}

static int one_namespace(struct taking *t, const struct survey *s, uint64_t ns, struct err *e)
{
	AUTO(proc_lines_close) struct proc_lines l = { .fd = -1 };
	AUTO(fd_closep) int dir = -1;
	pid_t pid;

	dir = survey_open_in(s, "mnt", ns, &pid, e);
	if (dir < 0 || proc_lines_open(dir, "mountinfo", &l, e) < 0)
		return -1;
	return lines(t, &l, ns, pid, e);
}

/* A namespace that ended with its processes is a loss that the end names; the others are still
 * taken. */
static int all(struct taking *t, const struct seizure *s, const struct survey *survey,
	       struct err *e)
{
	struct err lost = { 0 };

	for (size_t i = 0; i < survey->mounts.count; i++) {
		struct err why = { 0 };

		if (one_namespace(t, survey, survey->mounts.inodes[i], &why) == 0)
			continue;
		lost = why;
		if (seizure_is_over(s, &why))
			break;
	}
	if (lost.kind != ERR_NONE) {
		*e = lost;
		return -1;
	}
	if (t->malformed)
		return err_set(e, ERR_FORMAT, "%" PRIu64 " lines could not be read", t->malformed);
	return 0;
}

static void taking_release(struct taking *t)
{
	str_release(&t->row);
	str_release(&t->value);
}

int take_mounts(struct seizure *s, struct err *e)
{
	AUTO(taking_release)
	struct taking t = {
		.row = STR_INIT(ROW_MAX),
		.value = STR_INIT(PROC_LINE_MAX),
	};
	struct artifact *rows;
	struct survey *survey;
	struct err why = { 0 };
	int failed;

	if (seizure_survey(s, "mounts", SOURCE, &survey, e) < 0)
		return -1;
	if (!survey)
		return 0;
	rows = artifact_begin(s->bundle, "mounts", SOURCE, "process/mounts.jsonl");
	t.rows = artifact_sink(rows);
	failed = all(&t, s, survey, &why);
	return seizure_end(s, rows, failed, &why, NULL, e);
}
