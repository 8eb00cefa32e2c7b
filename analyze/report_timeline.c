/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/report_timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/model/secret.h"

#define SOURCE_COLUMNS 9
#define MILLISECONDS   3
#define MICROSECONDS   6
#define NANOSECONDS    9

static char type_letter(mode_t mode)
{
	static const struct {
		mode_t type;
		char letter;
	} types[] = {
		{ S_IFREG, '-' }, { S_IFDIR, 'd' }, { S_IFLNK, 'l' },  { S_IFCHR, 'c' },
		{ S_IFBLK, 'b' }, { S_IFIFO, 'p' }, { S_IFSOCK, 's' },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((mode & S_IFMT) == types[i].type)
			return types[i].letter;
	return '?';
}

/* "rwsr-xr-x" */
static void add_permissions(struct str *out, mode_t mode)
{
	static const mode_t special[] = { S_ISUID, S_ISGID, S_ISVTX };
	static const char letters[] = "sst";

	for (unsigned i = 0; i < 3; i++) {
		mode_t bits = mode >> (6 - 3 * i);
		bool has = mode & special[i], can = bits & 1;

		str_addc(out, bits & 4 ? 'r' : '-');
		str_addc(out, bits & 2 ? 'w' : '-');
		if (has)
			str_addc(out, can ? letters[i] : (char)(letters[i] - 'a' + 'A'));
		else
			str_addc(out, can ? 'x' : '-');
	}
}

/* "added /usr/bin/.helper (-rwsr-xr-x 0:0 14 KiB)": the verb, the path, what it is. */
static void add_file(struct str *out, const struct event *ev)
{
	text_show(out, ev->what, ev->what_len);
	if (ev->what_len)
		str_addc(out, ' ');
	text_show(out, ev->object, ev->object_len);
	if (!ev->mode)
		return;
	str_adds(out, " (");
	str_addc(out, type_letter(ev->mode));
	add_permissions(out, ev->mode);
	str_addf(out, " %" PRIu64 ":%" PRIu64, ev->uid, ev->gid);
	if (S_ISREG(ev->mode)) {
		str_addc(out, ' ');
		text_size(out, ev->size);
	}
	str_addc(out, ')');
}

static void add_message(struct str *out, const struct event *ev, const struct report_style *style)
{
	AUTO(str_release) struct str safe = STR_INIT(REPORT_LINE_MAX);

	if (ev->source == EVENT_FILE) {
		add_file(out, ev);
	} else if (style->shows_secrets) {
		text_show(out, ev->what, ev->what_len);
	} else {
		secret_redact(&safe, ev->what, ev->what_len);
		text_show(out, safe.buf, safe.len);
	}
}

/* As mactime has them: "m.cb". */
static void add_letters(struct str *out, unsigned times)
{
	static const char letters[] = "macb";

	for (unsigned i = 0; i < 4; i++)
		str_addc(out, times & EVENT_DELETED ? ' ' : times & 1U << i ? letters[i] : '.');
	str_addc(out, ' ');
}

void report_event_text(struct str *out, const struct event *ev, const struct report_style *style)
{
	AUTO(str_release) struct str line = STR_INIT(REPORT_LINE_MAX);
	char time[WHEN_SIZE];

	when_show(time, &ev->when, MILLISECONDS);
	str_addf(&line, "%-24s %s%-*s ", time, style->is_tampered ? "!" : "", SOURCE_COLUMNS,
		 event_source_word(ev->source));
	if (ev->source == EVENT_FILE)
		add_letters(&line, ev->times);
	add_message(&line, ev, style);
	if (style->columns)
		text_cut(&line, style->columns);
	str_add(out, line.buf, line.len);
	str_addc(out, '\n');
}

/* Between two characters; what is cut ends in "…". */
static void cut_bytes(struct str *s, size_t max)
{
	static const char more[] = "\u2026";
	size_t len = max - strlen(more);

	if (s->len <= max)
		return;
	while (len && ((unsigned char)s->buf[len] & 0xc0) == 0x80)
		len--;
	s->len = len;
	str_adds(s, more);
}

/* A time that has no date is given as the nearest that has one, beside what was recorded. */
static void put_time(struct jsonw *w, const struct event *ev)
{
	char recorded[WHEN_SIZE], date[WHEN_SIZE], zoned[WHEN_SIZE + 8];
	struct when when = ev->when;

	if (!when_has_date(&when.at))
		when = (struct when){ .at = { .tv_sec = when.at.tv_sec < 0 ? WHEN_FIRST
									   : WHEN_LAST } };
	when.is_local = true; /* its zone is written as digits */
	when_show(date, &when, MICROSECONDS);
	(void)snprintf(zoned, sizeof(zoned), "%s+00:00", date);
	jsonw_text(w, "datetime", zoned);
	jsonw_i64(w, "timestamp", (int64_t)when.at.tv_sec * 1000000 + when.at.tv_nsec / 1000);
	if (when_has_date(&ev->when.at))
		return;
	when_show(recorded, &ev->when, NANOSECONDS);
	jsonw_text(w, "recorded", recorded);
}

static void put_file(struct jsonw *w, const struct event *ev)
{
	AUTO(str_release) struct str mode = STR_INIT(32);

	if (ev->mode) {
		str_addc(&mode, type_letter(ev->mode));
		add_permissions(&mode, ev->mode);
		jsonw_text(w, "mode", mode.buf);
	}
	jsonw_u64(w, "uid", ev->uid);
	jsonw_u64(w, "gid", ev->gid);
	jsonw_u64_text(w, "size", ev->size);
	jsonw_u64_text(w, "inode", ev->inode);
}

void report_event_jsonl(struct str *out, const struct event *ev, const struct report_style *style)
{
	AUTO(str_release) struct str message = STR_INIT(REPORT_LINE_MAX);
	AUTO(str_release) struct str times = STR_INIT(REPORT_FIELD_MAX);
	struct jsonw w;

	add_message(&message, ev, style);
	cut_bytes(&message, REPORT_FIELD_MAX);
	event_times_text(&times, ev->times);
	jsonw_init(&w, out);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "message", message.buf);
	put_time(&w, ev);
	jsonw_text(&w, "timestamp_desc", times.buf);
	jsonw_text(&w, "source", event_source_word(ev->source));
	jsonw_bytes(&w, "object", ev->object, ev->object_len);
	if (ev->source == EVENT_FILE)
		put_file(&w, ev);
	if (ev->when.is_local)
		jsonw_bool(&w, "local_time", true);
	if (style->is_tampered)
		jsonw_bool(&w, "tampered", true);
	jsonw_line(&w);
}

/* mactime takes a line apart at '|' and turns %XX back. */
static void add_escaped(struct str *out, const struct str *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->buf[i];

		if (c == '|' || c == '%' || c < ' ')
			str_addf(out, "%%%02X", c);
		else
			str_addc(out, (char)c);
	}
}

/* "r/rrwxr-xr-x" */
static void add_body_mode(struct str *out, mode_t mode)
{
	char letter = type_letter(mode);

	if (letter == '-')
		letter = 'r';
	else if (letter == '?')
		letter = '-';
	str_addf(out, "%c/%c", letter, letter);
	add_permissions(out, mode);
}

void report_event_body(struct str *out, const struct event *ev, const struct report_style *style)
{
	AUTO(str_release) struct str name = STR_INIT(REPORT_LINE_MAX);
	int64_t seconds = ev->when.at.tv_sec;

	if (ev->source == EVENT_FILE) {
		text_show(&name, ev->object, ev->object_len);
		if (ev->times & EVENT_DELETED)
			str_adds(&name, " (deleted)");
	} else {
		str_addf(&name, "[%s] ", event_source_word(ev->source));
		add_message(&name, ev, style);
	}
	str_adds(out, "0|");
	add_escaped(out, &name);
	str_addf(out, "|%" PRIu64 "|", ev->inode);
	add_body_mode(out, ev->mode);
	str_addf(out, "|%" PRIu64 "|%" PRIu64 "|%" PRIu64, ev->uid, ev->gid, ev->size);
	/* What happened once has that time in all four, or mactime shows the others as 1970. */
	for (size_t i = 0; i < 4; i++)
		str_addf(out, "|%" PRId64, ev->source == EVENT_FILE ? ev->file_times[i] : seconds);
	str_addc(out, '\n');
}
