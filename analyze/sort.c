/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/sort.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"

#define FAN        128 /* runs that are merged at a time, each through a window of the memory */
#define WINDOW_MIN ((size_t)64 << 10)
#define OUT_SIZE   ((size_t)256 << 10)
#define HEAD       sizeof(uint32_t) /* in front of a record: its length */

/* A stretch of the spill file that is in order. */
struct run {
	off_t from, to;
};

/* A run that is merged: what of it is in memory. */
struct window {
	char *buf;
	size_t size, at, have;
	struct run left; /* on the disk */
};

struct sort {
	sort_order *order;
	int fd;
	char *memory; /* records from its beginning; their places, as uint32_t, from its end */
	size_t size, used, count, next;
	struct run *runs; /* in the order in which their records came */
	size_t run_count, run_cap;
	off_t end; /* of the spill file */
	char *out; /* on its way there */
	size_t out_len;
	size_t longest;
	struct window windows[FAN];
	size_t heap[FAN], heap_count; /* the window with the first record is on top */
	bool is_taken;                /* that record was given out */
	uint64_t added;
};

int sort_new(sort_order *order, size_t memory, struct sort **out, struct err *e)
{
	int fd = file_temporary(e);
	struct sort *s;

	if (fd < 0)
		return -1;
	s = xcalloc(1, sizeof(*s));
	s->order = order;
	s->fd = fd;
	s->size = (memory < SORT_MEMORY_MIN ? SORT_MEMORY_MIN : memory) & ~(sizeof(uint32_t) - 1);
	s->memory = xmalloc(s->size);
	*out = s;
	return 0;
}

void sort_freep(struct sort **out)
{
	struct sort *s = steal(out);

	if (!s)
		return;
	fd_closep(&s->fd);
	free(s->memory);
	free(s->runs);
	free(s->out);
	free(s);
}

static uint32_t length_at(const char *p)
{
	uint32_t len;

	memcpy(&len, p, HEAD);
	return len;
}

static uint32_t *places(const struct sort *s)
{
	return (uint32_t *)(void *)(s->memory + s->size) - s->count;
}

static int compare_at(const struct sort *s, const char *a, const char *b)
{
	return s->order(a + HEAD, length_at(a), b + HEAD, length_at(b));
}

static int compare_places(const void *a, const void *b, void *data)
{
	const struct sort *s = data;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = compare_at(s, s->memory + x, s->memory + y);

	return order ? order : (x > y) - (x < y);
}

static void sort_memory(struct sort *s)
{
	if (s->count)
		qsort_r(places(s), s->count, sizeof(uint32_t), compare_places, s);
}

static int flush(struct sort *s, struct err *e)
{
	for (size_t at = 0; at < s->out_len;) {
		ssize_t n = pwrite(s->fd, s->out + at, s->out_len - at, s->end);

		if (n < 0 && errno == EINTR && !stop_requested())
			continue;
		if (n < 0)
			return err_sys(e, "write a temporary file");
		at += (size_t)n;
		s->end += n;
	}
	s->out_len = 0;
	return 0;
}

/* RECORD with its length in front. */
static int write_record(struct sort *s, const char *record, struct err *e)
{
	size_t len = HEAD + length_at(record);

	if (!s->out)
		s->out = xmalloc(OUT_SIZE);
	if (len > OUT_SIZE - s->out_len && flush(s, e) < 0)
		return -1;
	memcpy(s->out + s->out_len, record, len);
	s->out_len += len;
	return 0;
}

/* What is in memory becomes a run. */
static int spill(struct sort *s, struct err *e)
{
	const uint32_t *place = places(s);
	struct run run = { .from = s->end };

	sort_memory(s);
	for (size_t i = 0; i < s->count; i++)
		if (write_record(s, s->memory + place[i], e) < 0)
			return -1;
	if (flush(s, e) < 0)
		return -1;
	run.to = s->end;
	grow(s->runs, s->run_count, s->run_cap);
	s->runs[s->run_count++] = run;
	s->used = s->count = 0;
	return stop_requested() ? stop_err(e) : 0;
}

int sort_add(struct sort *s, const void *p, size_t len, struct err *e)
{
	uint32_t head = (uint32_t)len;

	if (len > SORT_RECORD_MAX)
		return err_set(e, ERR_LIMIT, "a record of more than %zu bytes", SORT_RECORD_MAX);
	if (s->used + HEAD + len + (s->count + 1) * sizeof(uint32_t) > s->size && spill(s, e) < 0)
		return -1;
	s->count++;
	*places(s) = (uint32_t)s->used;
	memcpy(s->memory + s->used, &head, HEAD);
	if (len)
		memcpy(s->memory + s->used + HEAD, p, len);
	s->used += HEAD + len;
	if (HEAD + len > s->longest)
		s->longest = HEAD + len;
	s->added++;
	return 0;
}

static int fill(const struct sort *s, struct window *w, struct err *e)
{
	memmove(w->buf, w->buf + w->at, w->have - w->at);
	w->have -= w->at;
	w->at = 0;
	while (w->have < w->size && w->left.from < w->left.to) {
		size_t room = w->size - w->have;
		size_t want = (uint64_t)(w->left.to - w->left.from) < room
				      ? (size_t)(w->left.to - w->left.from)
				      : room;
		ssize_t n = pread(s->fd, w->buf + w->have, want, w->left.from);

		if (n < 0 && errno == EINTR && !stop_requested())
			continue;
		if (n < 0)
			return err_sys(e, "read a temporary file");
		if (n == 0)
			return err_set(e, ERR_SYS, "a temporary file was cut");
		w->have += (size_t)n;
		w->left.from += n;
	}
	return 0;
}

static bool has_record(const struct window *w)
{
	size_t have = w->have - w->at;

	return have >= HEAD && have - HEAD >= length_at(w->buf + w->at);
}

/* So that a whole record is in memory, if there is one more; a window is longer than any. */
static int ready(const struct sort *s, struct window *w, struct err *e)
{
	return has_record(w) ? 0 : fill(s, w, e);
}

static bool before(const struct sort *s, size_t a, size_t b)
{
	const struct window *x = &s->windows[a], *y = &s->windows[b];
	int order = compare_at(s, x->buf + x->at, y->buf + y->at);

	return order ? order < 0 : a < b;
}

static void sink_down(struct sort *s, size_t i)
{
	for (;;) {
		size_t first = i, left = 2 * i + 1, right = left + 1, swap;

		if (left < s->heap_count && before(s, s->heap[left], s->heap[first]))
			first = left;
		if (right < s->heap_count && before(s, s->heap[right], s->heap[first]))
			first = right;
		if (first == i)
			return;
		swap = s->heap[i];
		s->heap[i] = s->heap[first];
		s->heap[first] = swap;
		i = first;
	}
}

/* COUNT runs from FIRST on, each with its share of the memory. */
static int merge_begin(struct sort *s, size_t first, size_t count, struct err *e)
{
	size_t size = s->size / (count ? count : 1);

	s->heap_count = 0;
	s->is_taken = false;
	for (size_t i = 0; i < count; i++) {
		s->windows[i] = (struct window){ .buf = s->memory + i * size,
						 .size = size,
						 .left = s->runs[first + i] };
		if (fill(s, &s->windows[i], e) < 0)
			return -1;
		if (has_record(&s->windows[i]))
			s->heap[s->heap_count++] = i;
	}
	for (size_t i = s->heap_count / 2; i-- > 0;)
		sink_down(s, i);
	return 0;
}

static int merge_next(struct sort *s, const char **record, struct err *e)
{
	struct window *w;

	if (s->is_taken) {
		w = &s->windows[s->heap[0]];
		w->at += HEAD + length_at(w->buf + w->at);
		if (ready(s, w, e) < 0)
			return -1;
		if (!has_record(w))
			s->heap[0] = s->heap[--s->heap_count];
		sink_down(s, 0);
	}
	s->is_taken = s->heap_count > 0;
	if (!s->is_taken)
		return 0;
	w = &s->windows[s->heap[0]];
	*record = w->buf + w->at;
	return 1;
}

/* COUNT runs from FIRST on become one, in their place. */
static int join(struct sort *s, size_t first, size_t count, struct err *e)
{
	struct run run = { .from = s->end };
	const char *record;
	int more;

	if (merge_begin(s, first, count, e) < 0)
		return -1;
	while ((more = merge_next(s, &record, e)) > 0) {
		if (stop_requested())
			return stop_err(e);
		if (write_record(s, record, e) < 0)
			return -1;
	}
	if (more < 0 || flush(s, e) < 0)
		return -1;
	run.to = s->end;
	s->runs[first] = run;
	s->run_count -= count - 1;
	memmove(s->runs + first + 1, s->runs + first + count,
		(s->run_count - first - 1) * sizeof(*s->runs));
	return 0;
}

int sort_finish(struct sort *s, struct err *e)
{
	size_t window = s->longest > WINDOW_MIN ? s->longest : WINDOW_MIN;
	size_t fan = s->size / window < FAN ? s->size / window : FAN, at = 0;

	if (!s->run_count) {
		sort_memory(s);
		return 0;
	}
	if (s->count && spill(s, e) < 0)
		return -1;
	/* No more than must be, so that most are written once. */
	while (s->run_count > fan) {
		size_t excess = s->run_count - fan + 1, count = excess < fan ? excess : fan;

		if (at + count > s->run_count)
			at = 0;
		if (join(s, at++, count, e) < 0)
			return -1;
	}
	return merge_begin(s, 0, s->run_count, e);
}

int sort_next(struct sort *s, const void **p, size_t *len, struct err *e)
{
	const char *record;

	if (!s->run_count) {
		if (s->next >= s->count)
			return 0;
		record = s->memory + places(s)[s->next++];
	} else {
		int more = merge_next(s, &record, e);

		if (more <= 0)
			return more;
	}
	*p = record + HEAD;
	*len = length_at(record);
	return 1;
}

void sort_reset(struct sort *s)
{
	s->used = s->count = s->next = 0;
	s->run_count = s->heap_count = s->out_len = s->longest = 0;
	s->end = 0;
	s->is_taken = false;
	s->added = 0;
}

uint64_t sort_count(const struct sort *s)
{
	return s->added;
}
