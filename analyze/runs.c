/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/sort.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"

#define BLOCK ((size_t)64 << 10) /* read or written at once; room for a record and more */

struct run_maker {
	struct sort *sort;
	char *record;
	bool may_want;
};

int run_maker_new(size_t memory, struct run_maker **out, struct err *e)
{
	AUTO(run_maker_freep) struct run_maker *m = xcalloc(1, sizeof(*m));

	m->record = xmalloc(RECORD_MAX);
	if (sort_new(record_order, memory, &m->sort, e) < 0)
		return -1;
	*out = steal(&m);
	return 0;
}

void run_maker_freep(struct run_maker **m)
{
	struct run_maker *it = steal(m);

	if (!it)
		return;
	sort_freep(&it->sort);
	free(it->record);
	free(it);
}

int run_put(struct run_maker *m, const struct record *r, struct err *e)
{
	record_encode(m->record, r);
	m->may_want |= r->kind == RECORD_WANT;
	return sort_add(m->sort, m->record, record_size(r), e);
}

static int write_at(int fd, const char *p, size_t len, uint64_t at, struct err *e)
{
	while (len) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);

		if (n < 0 && errno != EINTR)
			return err_sys(e, "write a temporary file");
		if (stop_requested())
			return stop_err(e);
		if (n > 0) {
			p += n;
			at += (uint64_t)n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int run_end(struct run_maker *m, int fd, uint64_t at, struct run *out, struct err *e)
{
	AUTO(freep) char *block = xmalloc(BLOCK);
	struct run run = { .fd = fd, .offset = at, .layer = RUN_AS_PUT, .may_want = m->may_want };
	size_t used = 0, len;
	const void *record;
	int got;

	if (sort_finish(m->sort, e) < 0)
		return -1;
	while ((got = sort_next(m->sort, &record, &len, e)) > 0) {
		if (used + len > BLOCK) {
			if (write_at(fd, block, used, at + run.len, e) < 0)
				return -1;
			run.len += used;
			used = 0;
		}
		memcpy(block + used, record, len);
		used += len;
	}
	if (got < 0 || write_at(fd, block, used, at + run.len, e) < 0)
		return -1;
	run.len += used;
	m->may_want = false;
	sort_reset(m->sort);
	*out = run;
	return 0;
}

struct run_reader {
	struct run run;
	char *block;
	size_t cap, used, have; /* bytes of the block: room, taken, filled */
	uint64_t at;            /* of the file's next byte to fill with */
};

struct run_reader *run_reader_new(const struct run *run)
{
	struct run_reader *r = xcalloc(1, sizeof(*r));

	r->run = *run;
	r->at = run->offset;
	return r;
}

void run_reader_freep(struct run_reader **r)
{
	struct run_reader *it = steal(r);

	if (!it)
		return;
	free(it->block);
	free(it);
}

/* Until there are LEN bytes to take, or the run is over. */
static int fill(struct run_reader *r, size_t len, struct err *e)
{
	uint64_t end = r->run.offset + r->run.len;

	if (r->have - r->used >= len)
		return 0;
	if (r->have > r->used)
		memmove(r->block, r->block + r->used, r->have - r->used);
	r->have -= r->used;
	r->used = 0;
	if (r->cap < len || !r->block) {
		r->cap = len > BLOCK / 4 ? BLOCK : BLOCK / 4;
		r->block = xrealloc(r->block, r->cap, 1);
	}
	while (r->have < r->cap && r->at < end) {
		size_t room = r->cap - r->have;
		ssize_t n = pread(r->run.fd, r->block + r->have,
				  end - r->at < room ? (size_t)(end - r->at) : room, (off_t)r->at);

		if (n < 0 && errno == EINTR && !stop_requested())
			continue;
		if (n < 0)
			return err_sys(e, "read a temporary file");
		if (n == 0)
			return err_set(e, ERR_FORMAT, "a temporary file is cut off");
		r->at += (uint64_t)n;
		r->have += (size_t)n;
	}
	return 0;
}

int run_next(struct run_reader *r, struct record *out, struct err *e)
{
	size_t size = RECORD_HEAD;

	if (stop_requested())
		return stop_err(e);
	if (fill(r, size, e) < 0)
		return -1;
	if (r->have == r->used)
		return 0;
	if (r->have - r->used >= size) {
		if (record_measure(r->block + r->used, &size, e) < 0 || fill(r, size, e) < 0)
			return -1;
	}
	if (r->have - r->used < size)
		return err_set(e, ERR_FORMAT, "a temporary file ends within a record");
	record_decode(r->block + r->used, out);
	r->used += size;
	if (r->run.layer != RUN_AS_PUT)
		out->layer = out->of_layer = r->run.layer;
	return 1;
}
