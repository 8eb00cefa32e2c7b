/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/event.h"

#include <assert.h>
#include <string.h>

static const char *const sources[EVENT_SOURCES] = {
	[EVENT_IMAGE] = "image",     [EVENT_CONTAINER] = "container", [EVENT_ENGINE] = "engine",
	[EVENT_CUSTODY] = "custody", [EVENT_CONTAIN] = "contain",     [EVENT_FILE] = "file",
	[EVENT_PACKAGE] = "package", [EVENT_PROCESS] = "process",     [EVENT_LOG] = "log",
	[EVENT_SHELL] = "shell",     [EVENT_LOGIN] = "login",
};

const char *event_source_word(enum event_source s)
{
	return sources[s];
}

void event_times_text(struct str *out, unsigned times)
{
	static const char *const words[] = {
		"Content Modification Time",
		"Last Access Time",
		"Metadata Modification Time",
		"Creation Time",
		"Deletion Time",
		"Start Time",
		"End Time",
		"Installation Time",
		"Execution Time",
		"Recorded Time",
	};
	size_t before = out->len;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(times & 1U << i))
			continue;
		if (out->len > before)
			str_adds(out, "; ");
		str_adds(out, words[i]);
	}
}

/* As they stand in memory: they never leave this process. */
struct head {
	int64_t seconds;
	uint32_t nanoseconds, what_len, object_len;
	uint16_t times;
	uint8_t source, digits, is_local, unused[7];
};

struct file_part {
	int64_t times[4];
	uint64_t uid, gid, size, inode;
	uint32_t mode, unused;
};

static const char more[] = "\u2026";

static uint32_t kept(size_t len, size_t max)
{
	return (uint32_t)(len < max ? len : max);
}

static void add_text(struct str *out, const char *text, size_t len, size_t max)
{
	bool is_cut = len > max;

	str_add(out, text, is_cut ? max - strlen(more) : len);
	if (is_cut)
		str_adds(out, more);
}

void event_encode(const struct event *ev, struct str *out)
{
	const struct head head = {
		.seconds = ev->when.at.tv_sec,
		.nanoseconds = (uint32_t)ev->when.at.tv_nsec,
		.what_len = kept(ev->what_len, EVENT_TEXT_MAX),
		.object_len = kept(ev->object_len, EVENT_OBJECT_MAX),
		.times = (uint16_t)ev->times,
		.source = (uint8_t)ev->source,
		.digits = (uint8_t)ev->when.digits,
		.is_local = ev->when.is_local,
	};
	struct file_part part = {
		.uid = ev->uid,
		.gid = ev->gid,
		.size = ev->size,
		.inode = ev->inode,
		.mode = ev->mode,
	};

	str_reset(out);
	str_add(out, &head, sizeof(head));
	if (ev->source == EVENT_FILE) {
		memcpy(part.times, ev->file_times, sizeof(part.times));
		str_add(out, &part, sizeof(part));
	}
	add_text(out, ev->what, ev->what_len, EVENT_TEXT_MAX);
	add_text(out, ev->object, ev->object_len, EVENT_OBJECT_MAX);
}

void event_decode(const void *p, size_t len, struct event *out)
{
	const char *at = p;
	struct file_part part = { 0 };
	struct head head;

	assert(len >= sizeof(head));
	memcpy(&head, at, sizeof(head));
	at += sizeof(head);
	if (head.source == EVENT_FILE) {
		memcpy(&part, at, sizeof(part));
		at += sizeof(part);
	}
	*out = (struct event){
		.when = { .at = { .tv_sec = head.seconds, .tv_nsec = head.nanoseconds },
			  .digits = head.digits,
			  .is_local = head.is_local },
		.source = (enum event_source)head.source,
		.times = head.times,
		.what = at,
		.what_len = head.what_len,
		.object = at + head.what_len,
		.object_len = head.object_len,
		.mode = part.mode,
		.uid = part.uid,
		.gid = part.gid,
		.size = part.size,
		.inode = part.inode,
	};
	memcpy(out->file_times, part.times, sizeof(part.times));
}

int event_order(const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct head x, y;

	(void)a_len;
	(void)b_len;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	if (x.seconds != y.seconds)
		return x.seconds < y.seconds ? -1 : 1;
	return (x.nanoseconds > y.nanoseconds) - (x.nanoseconds < y.nanoseconds);
}
