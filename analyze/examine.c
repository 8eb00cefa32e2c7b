/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/examine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/lines.h"
#include "lib/base/own.h"

#define ROW_MAX    ((size_t)16 << 20) /* of a process with all its maps and descriptors */
#define REASON_MAX 500

void examine_gap(struct examination *x, const char *path, const char *fmt, ...)
{
	char text[REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	x->is_damaged = true;
	finding_evidence(findings_add(&x->findings, RULE_EVIDENCE_GAP, path), "%s", text);
}

/* What is the part's fault, and not ours or the machine's. */
static bool is_its_fault(const struct err *e)
{
	return e->kind == ERR_FORMAT || e->kind == ERR_LIMIT;
}

static int one_row(struct examination *x, const char *path, const struct lines *l, const char *line,
		   size_t len,
		   int (*fn)(struct examination *x, const struct cJSON *row, struct err *e),
		   struct err *e)
{
	AUTO(json_freep) struct cJSON *row = NULL;
	struct err why = { 0 };

	if (l->is_over)
		(void)err_set(&why, ERR_LIMIT, "is longer than %zu bytes", ROW_MAX);
	else
		row = json_parse(line, len, &why);
	if (row && fn(x, row, &why) == 0)
		return 0;
	if (!is_its_fault(&why)) {
		*e = why;
		return err_wrap(e, "%s", path);
	}
	examine_gap(x, path, "line %llu: %s", (unsigned long long)l->number, why.text);
	return 0;
}

int examine_rows(struct examination *x, const char *path,
		 int (*fn)(struct examination *x, const struct cJSON *row, struct err *e),
		 struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(lines_release) struct lines lines = { 0 };
	const char *line;
	size_t len;
	int n;

	if (!bundle_has(x->bundle, path, NULL))
		return 0;
	if (bundle_source(x->bundle, path, &from, e) < 0)
		return -1;
	lines_init(&lines, from, ROW_MAX);
	while ((n = lines_next(&lines, &line, &len, e)) > 0)
		if (one_row(x, path, &lines, line, len, fn, e) < 0)
			return -1;
	return n;
}

struct cJSON *examine_answer(struct examination *x, const char *path, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(str_release) struct str text = STR_INIT(JSON_BYTES_MAX);
	struct err why = { 0 };
	struct cJSON *doc;

	if (!bundle_has(x->bundle, path, NULL))
		return NULL;
	if (bundle_source(x->bundle, path, &from, e) < 0 || source_slurp(from, &text, path, e) < 0)
		return NULL;
	doc = json_parse(text.buf, text.len, &why);
	if (!doc)
		examine_gap(x, path, "%s", why.text);
	return doc;
}

static int add_process(struct examination *x, const struct cJSON *row, struct err *e)
{
	return suspects_add(&x->suspects, row, e);
}

static int add_socket(struct examination *x, const struct cJSON *row, struct err *e)
{
	return suspects_add_socket(&x->suspects, row, e);
}

static int examine_processes(struct examination *x, struct err *e)
{
	struct suspects *s = &x->suspects;

	if (examine_rows(x, "process/processes.jsonl", add_process, e) < 0 ||
	    examine_rows(x, "process/sockets.jsonl", add_socket, e) < 0)
		return -1;
	if (s->all > s->count)
		examine_gap(x, "process/processes.jsonl",
			    "of %llu processes the first %zu were looked at",
			    (unsigned long long)s->all, s->count);
	if (s->sockets_all > s->socket_count)
		examine_gap(x, "process/sockets.jsonl",
			    "of %llu sockets the first %zu were looked at",
			    (unsigned long long)s->sockets_all, s->socket_count);
	suspects_sort(s);
	rules_processes(s, &x->configured, &x->findings);
	rules_sockets(s, &x->configured, &x->findings);
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].exe && s->items[i].exe_sha256)
			known_add(&x->known, s->items[i].exe_sha256, s->items[i].exe);
	return 0;
}

/* The mounts of the first process: those that others made for themselves are theirs alone. */
static int add_mount(struct examination *x, const struct cJSON *row, struct err *e)
{
	AUTO(str_release) struct str point = STR_INIT(8192);
	AUTO(str_release) struct str root = STR_INIT(8192);
	AUTO(str_release) struct str source = STR_INIT(8192);
	const struct suspect *first = suspects_first(&x->suspects);
	struct obj o = obj_begin(row, "a mount", e);
	struct mount_fact m = { .type = obj_text_or(&o, "type", ""),
				.options = obj_text_or(&o, "options", "") };
	const char *space = obj_text_or(&o, "namespace", "");

	(void)obj_bytes(&o, "mount_point", &point);
	(void)obj_bytes(&o, "root", &root);
	(void)obj_bytes(&o, "source", &source);
	if (obj_end(&o) < 0)
		return -1;
	m.point = point.buf;
	m.root = root.buf;
	m.source = source.buf;
	if (!first || !first->mnt_ns || !strcmp(space, first->mnt_ns))
		rules_mount(&m, &x->configured, &x->findings);
	return 0;
}

/* What the custody log says is missing. */
static int note_missing(const struct cJSON *line, void *data, struct err *e)
{
	struct examination *x = data;
	struct err unused = { 0 };
	struct obj o = obj_begin(line, "a line", &unused);
	const char *kind, *outcome, *path, *reason, *object;

	(void)e;
	if (strcmp(obj_text_or(&o, "event", ""), "artifact") != 0)
		return 0;
	kind = obj_text_or(&o, "kind", "?");
	outcome = obj_text_or(&o, "outcome", "?");
	path = obj_text_or(&o, "path", NULL);
	reason = obj_text_or(&o, "error", "no reason was recorded");
	if (!strcmp(outcome, "whole") || !strcmp(outcome, "absent"))
		return 0;
	object = path ? path : kind;
	if (!strcmp(obj_text_or(&o, "by", ""), "choice"))
		object = "what was left out by choice";
	finding_evidence(findings_add(&x->findings, RULE_EVIDENCE_GAP, object), "%s %s: %s", kind,
			 outcome, reason);
	return 0;
}

int examination_prepare(struct examination *x, struct err *e)
{
	return bundle_root_new(&x->root, e) < 0 ? -1 : packages_new(&x->packages, e);
}

int examine(struct bundle_reader *b, struct examination *x, struct err *e)
{
	x->bundle = b;
	if (bundle_custody_each(b, note_missing, x, e) < 0 || examine_configured(x, e) < 0 ||
	    examine_processes(x, e) < 0 ||
	    examine_rows(x, "process/mounts.jsonl", add_mount, e) < 0 ||
	    examine_packages(x, e) < 0 || examine_files(x, e) < 0 || examine_delivered(x, e) < 0)
		return -1;
	if (x->known.all > x->known.count)
		examine_gap(x, "lists of hashes", "of %llu files %zu were compared with them",
			    (unsigned long long)x->known.all, x->known.count);
	findings_sort(&x->findings);
	return bundle_check(b, e);
}

void examination_release(struct examination *x)
{
	findings_release(&x->findings);
	container_release(&x->container);
	suspects_release(&x->suspects);
	known_release(&x->known);
	packages_freep(&x->packages);
	bundle_root_release(&x->root);
	free(x->configured.ports);
	for (size_t i = 0; i < x->configured.preload_count; i++)
		free(x->configured.preload[i]);
	free(x->configured.preload);
	*x = (struct examination){ 0 };
}
