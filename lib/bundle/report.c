/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/report.h"

#include <stdarg.h>
#include <stdlib.h>

#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/str.h"

#define DETAIL_MAX 4096

static const struct {
	const char *word;
	int status;
} kinds[] = {
	[CHECK_OK] = { "ok", STATUS_DONE },
	[CHECK_NOTE] = { "note", STATUS_DONE },
	[CHECK_UNTRUSTED] = { "untrusted", STATUS_UNTRUSTED },
	[CHECK_ERROR] = { "error", STATUS_FAILED },
	[CHECK_UNSEALED] = { "unsealed", STATUS_UNSEALED },
	[CHECK_LIMIT] = { "limit", STATUS_FORMAT },
	[CHECK_TAMPERED] = { "tampered", STATUS_TAMPERED },
	[CHECK_ABSENT] = { "absent", STATUS_ABSENT },
};

const char *check_word(enum check_kind k)
{
	return kinds[k].word;
}

void report_init(struct report *r)
{
	*r = (struct report){ .status = STATUS_DONE };
}

static void finding_release(struct check *f)
{
	free(f->path);
	free(f->detail);
}

void report_release(struct report *r)
{
	for (size_t i = 0; i < r->count; i++)
		finding_release(&r->items[i]);
	free(r->items);
	free(r->trusted_by);
	free(r->container);
	free(r->case_id);
	free(r->operator_name);
	report_init(r);
}

/*
 * Room for one more of KIND behind those that are as bad, in items that stand worst first. Once the
 * report is full the mildest makes room, so that no flood of notes hides what was tampered with.
 * NULL where it is the mildest itself.
 */
static struct check *place(struct report *r, enum check_kind kind)
{
	size_t at;

	if (r->count >= REPORT_INLINE_MAX) {
		if (r->items[r->count - 1].kind >= kind)
			return NULL;
		finding_release(&r->items[--r->count]);
	}
	grow(r->items, r->count, r->cap);
	for (at = r->count++; at && r->items[at - 1].kind < kind; at--)
		r->items[at] = r->items[at - 1];
	return &r->items[at];
}

void report_add(struct report *r, const char *id, enum check_kind kind, const char *path,
		const char *fmt, ...)
{
	AUTO(str_release) struct str detail = STR_INIT(DETAIL_MAX);
	struct check *to = place(r, kind);
	va_list ap;

	r->counts[kind]++;
	r->status = status_worse(r->status, kinds[kind].status);
	if (!to)
		return;
	va_start(ap, fmt);
	str_vaddf(&detail, fmt, ap);
	va_end(ap);
	*to = (struct check){
		.id = id,
		.kind = kind,
		.path = path ? xstrdup(path) : NULL,
		.detail = str_detach(&detail),
	};
}

void report_err(struct report *r, const char *id, enum check_kind kind, const char *path,
		const struct err *e)
{
	if (e->kind == ERR_SYS)
		kind = CHECK_ERROR;
	else if (e->kind == ERR_LIMIT)
		kind = CHECK_LIMIT;
	report_add(r, id, kind, path, "%s", e->text);
}

const char *report_verdict(const struct report *r)
{
	switch (r->status) {
	case STATUS_DONE:
		return r->seal.complete ? "valid" : "partial";
	case STATUS_UNTRUSTED:
		return "unattributed";
	case STATUS_TAMPERED:
		return "tampered";
	case STATUS_UNSEALED:
		return "unsealed";
	default:
		return "unknown";
	}
}
