/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/member.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/row.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"

#define BLOCK   ((size_t)256 << 10)
#define ROW_MAX ((size_t)32 << 20) /* as many attributes as a tar may hold */

void members_init(struct members *m, struct sink *rows, struct sink *tar)
{
	*m = (struct members){ .rows = outbuf_new(rows),
			       .digest = digest_new(),
			       .block = xmalloc(BLOCK) };
	str_init(&m->row, ROW_MAX);
	if (tar) {
		m->out = outbuf_new(tar);
		m->tar = tar_writer_new(outbuf_sink(m->out));
	}
}

void members_release(struct members *m)
{
	tar_writer_freep(&m->tar);
	outbuf_free(m->rows);
	outbuf_free(m->out);
	digest_freep(&m->digest);
	str_release(&m->row);
	free(m->block);
	*m = (struct members){ 0 };
}

int members_finish(struct members *m, struct err *e)
{
	if (m->tar && (tar_writer_finish(m->tar, e) < 0 || outbuf_flush(m->out, e) < 0))
		return -1;
	return outbuf_flush(m->rows, e);
}

void member_node(struct node *n, const struct tar_entry *t)
{
	const char *path = t->path;

	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	*n = (struct node){ .tar = *t,
			    .host_uid = t->uid,
			    .host_gid = t->gid,
			    .btime.tv_nsec = -1,
			    .change.whiteout.tv_nsec = -1 };
	n->tar.path = *path ? path : ".";
	if (!S_ISREG(t->mode) || t->is_hardlink)
		n->tar.size = 0;
}

static int copy(struct members *m, const struct node *n, struct tar_reader *from, struct err *e)
{
	for (uint64_t left = n->tar.size; left;) {
		ssize_t got = stop_requested() ? stop_err(e)
					       : tar_read(from, m->block,
							  left < BLOCK ? (size_t)left : BLOCK, e);

		if (got < 0)
			return -1;
		if (got == 0)
			return err_set(e, ERR_FORMAT, "'%s' is shorter than announced",
				       n->tar.path);
		digest_add(m->digest, m->block, (size_t)got);
		if (m->tar && tar_data(m->tar, m->block, (size_t)got, e) < 0)
			return -1;
		left -= (uint64_t)got;
	}
	return 0;
}

int members_put(struct members *m, const struct node *n, struct tar_reader *from, struct err *e)
{
	struct row_end end = { 0 };
	char sum[SHA256_HEX];
	struct jsonw w;

	if (n->error)
		m->errors++;
	str_reset(&m->row);
	jsonw_init(&w, &m->row);
	row_begin(&w, n);
	if (from && m->tar && tar_put(m->tar, &n->tar, e) < 0)
		return -1;
	if (from && S_ISREG(n->tar.mode) && !n->tar.is_hardlink) {
		digest_reset(m->digest);
		if (copy(m, n, from, e) < 0) {
			struct err worse = { 0 };
			uint64_t filled;

			/* So that the tar can go on with another one. */
			if (m->tar && e->kind != ERR_STOPPED &&
			    tar_pad(m->tar, &filled, &worse) < 0)
				*e = worse;
			return -1;
		}
		digest_end(m->digest, sum);
		end.sha256 = sum;
	}
	row_end(&w, &n->change, &end);
	if (str_ok(&m->row, "a row", e) < 0)
		return -1;
	return sink_write(outbuf_sink(m->rows), m->row.buf, m->row.len, e);
}
