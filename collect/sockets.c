/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "sockets": the tables of each network namespace, each socket joined to who holds it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "collect/seizure.h"
#include "collect/survey.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/model/sockets.h"

#define SOURCE                                                                                     \
	"host /proc/PID/net; of the host's own network namespace only sockets that the "           \
	"container's "                                                                             \
	"processes hold"
#define ROW_MAX        ((size_t)4 << 20)
#define ROWS_MAX       2000000 /* in all */
#define ROW_OWNERS_MAX 10000   /* of one socket */
#define NAME_MAX_BYTES 4096    /* of a unix socket, with the lines that continue it */

struct taking {
	const struct survey *survey;
	struct sink *rows;
	struct str row, name;
	uint64_t ns; /* 0: not known */
	bool is_host;
	bool *met; /* a table named the owner's socket */
	uint64_t count, malformed;
};

/* Where INODE's owners begin; *COUNT of them. They are sorted. */
static size_t owners_of(const struct survey *s, uint64_t inode, size_t *count)
{
	size_t low = 0, high = s->owner_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->owners[mid].inode < inode)
			low = mid + 1;
		else
			high = mid;
	}
	for (*count = 0; low + *count < s->owner_count && s->owners[low + *count].inode == inode;)
		++*count;
	return low;
}

static void owners(const struct survey *s, struct jsonw *w, size_t first, size_t count)
{
	size_t shown = count < ROW_OWNERS_MAX ? count : ROW_OWNERS_MAX;

	jsonw_array(w, "owners");
	for (size_t i = 0; i < shown; i++) {
		jsonw_object(w, NULL);
		jsonw_i64(w, "pid", s->owners[first + i].pid);
		jsonw_i64(w, "fd", s->owners[first + i].fd);
		jsonw_end(w);
	}
	jsonw_end(w);
	if (shown < count)
		jsonw_bool(w, "owners_cut", true);
}

static void end_of(struct jsonw *w, const char *key, const struct socket_end *end)
{
	jsonw_object(w, key);
	jsonw_text(w, "address", end->address);
	jsonw_u64(w, "port", end->port);
	jsonw_end(w);
}

static void uid(const struct survey *s, struct jsonw *w, uint32_t host)
{
	uint32_t inside;
	bool has = idmap_inside(&s->uids, host, &inside);

	if (has)
		jsonw_u64(w, "uid", inside);
	else
		jsonw_null(w, "uid");
	if (!has || inside != host)
		jsonw_u64(w, "host_uid", host);
}

static void details(const struct taking *t, struct jsonw *w, const struct socket *so)
{
	char hex[16];

	if (socket_table_is_inet(so->table)) {
		end_of(w, "local", &so->local);
		end_of(w, "remote", &so->remote);
		uid(t->survey, w, so->uid);
	} else if (so->table == SOCKETS_UNIX) {
		if (t->name.len)
			jsonw_bytes(w, "name", t->name.buf, t->name.len);
	} else if (so->table == SOCKETS_PACKET) {
		(void)snprintf(hex, sizeof(hex), "%04" PRIx32, so->protocol);
		jsonw_text(w, "ethertype", hex);
		jsonw_u64(w, "interface", so->interface);
		uid(t->survey, w, so->uid);
	} else {
		jsonw_u64(w, "netlink", so->protocol);
		jsonw_u64(w, "port_id", so->port_id);
		(void)snprintf(hex, sizeof(hex), "%08" PRIx32, so->groups);
		jsonw_text(w, "groups", hex);
	}
	jsonw_u64_text(w, "tx_queue", so->tx_queue);
	jsonw_u64_text(w, "rx_queue", so->rx_queue);
}

static int row_end(struct taking *t, struct jsonw *w, struct err *e)
{
	jsonw_line(w);
	if (str_ok(&t->row, "a row of sockets.jsonl", e) < 0)
		return -1;
	if (++t->count > ROWS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d sockets", ROWS_MAX);
	return sink_write(t->rows, t->row.buf, t->row.len, e);
}

static void row_begin(struct taking *t, struct jsonw *w)
{
	str_reset(&t->row);
	jsonw_init(w, &t->row);
	jsonw_object(w, NULL);
	if (t->ns) {
		jsonw_u64_text(w, "namespace", t->ns);
		jsonw_bool(w, "host_network", t->is_host);
	} else {
		jsonw_null(w, "namespace");
	}
}

static int socket_row(struct taking *t, const struct socket *so, struct err *e)
{
	size_t count = 0, first = so->inode ? owners_of(t->survey, so->inode, &count) : 0;
	struct jsonw w;

	for (size_t i = 0; i < count; i++)
		t->met[first + i] = true;
	if (t->is_host && !count)
		return 0;
	row_begin(t, &w);
	jsonw_text(&w, "protocol", socket_table_name(so->table));
	if (so->type)
		jsonw_text(&w, "type", so->type);
	if (so->state)
		jsonw_text(&w, "state", so->state);
	details(t, &w, so);
	jsonw_u64_text(&w, "inode", so->inode);
	owners(t->survey, &w, first, count);
	return row_end(t, &w, e);
}

/* A unix socket is written once the next entry shows that its name goes no further. */
struct pending {
	struct socket so;
	bool is_there;
};

static int flush(struct taking *t, struct pending *p, struct err *e)
{
	if (!p->is_there)
		return 0;
	p->is_there = false;
	return socket_row(t, &p->so, e);
}

static int one_line(struct taking *t, enum socket_table table, const struct scan *line,
		    struct pending *p, struct err *e)
{
	struct err why = { 0 };
	struct socket so;

	if (socket_parse(table, line->p, line->len, &so, &why) < 0) {
		if (table == SOCKETS_UNIX && p->is_there) {
			str_addc(&t->name, '\n');
			str_add(&t->name, line->p, line->len);
		} else {
			t->malformed++;
		}
		return 0;
	}
	if (flush(t, p, e) < 0)
		return -1;
	str_reset(&t->name);
	str_add(&t->name, so.name.p, so.name.len);
	so.name = scan_of("", 0);
	*p = (struct pending){ .so = so, .is_there = true };
	return 0;
}

static int one_table(struct taking *t, int dir, enum socket_table table, struct err *e)
{
	AUTO(proc_lines_close) struct proc_lines l = { .fd = -1 };
	struct pending p = { 0 };
	struct scan line;
	char name[32];
	int got;

	(void)snprintf(name, sizeof(name), "net/%s", socket_table_name(table));
	if (proc_lines_open(dir, name, &l, e) < 0) {
		/* A kernel without IPv6 or UDP-Lite has no such table. */
		return e->sys == ENOENT ? 0 : -1;
	}
	got = proc_lines_next(&l, &line, e); /* the heading */
	while (got > 0 && (got = proc_lines_next(&l, &line, e)) > 0)
		if (one_line(t, table, &line, &p, e) < 0)
			return -1;
	return flush(t, &p, e) < 0 ? -1 : got;
}

static int one_namespace(struct taking *t, uint64_t ns, struct err *e)
{
	AUTO(fd_closep) int dir = -1;
	pid_t pid;

	dir = survey_open_in(t->survey, "net", ns, &pid, e);
	if (dir < 0)
		return -1;
	t->ns = ns;
	t->is_host = ns == t->survey->host_net_ns;
	for (int table = 0; table < SOCKETS_TABLES; table++) {
		struct err why = { 0 };

		if (one_table(t, dir, (enum socket_table)table, &why) == 0)
			continue;
		*e = why;
		return -1;
	}
	return 0;
}

/* Held, but in no table: of a family without one, or of a namespace that none of the processes is
 * in. */
static int unmet(struct taking *t, struct err *e)
{
	const struct survey *s = t->survey;

	t->ns = 0;
	for (size_t i = 0, count; i < s->owner_count; i += count) {
		struct jsonw w;
		size_t first = owners_of(s, s->owners[i].inode, &count);

		if (t->met[first])
			continue;
		row_begin(t, &w);
		jsonw_text(&w, "protocol", "unknown");
		jsonw_u64_text(&w, "inode", s->owners[i].inode);
		owners(s, &w, first, count);
		if (row_end(t, &w, e) < 0)
			return -1;
	}
	return 0;
}

/* A namespace that ended with its processes is a loss that the end names; the others are still
 * taken. */
static int all(struct taking *t, const struct seizure *s, struct err *e)
{
	const struct namespaces *nets = &t->survey->nets;
	struct err lost = { 0 };

	for (size_t i = 0; i < nets->count; i++) {
		struct err why = { 0 };

		if (one_namespace(t, nets->inodes[i], &why) == 0)
			continue;
		lost = why;
		if (seizure_is_over(s, &why))
			break;
	}
	if (!seizure_is_over(s, &lost) && unmet(t, e) < 0)
		return -1;
	if (lost.kind != ERR_NONE) {
		*e = lost;
		return -1;
	}
	if (t->malformed)
		return err_set(e, ERR_FORMAT, "%" PRIu64 " lines could not be read", t->malformed);
	if (t->survey->is_cut)
		return err_set(e, ERR_LIMIT, "a limit of the survey passed: owners may be missing");
	return 0;
}

static void taking_release(struct taking *t)
{
	str_release(&t->row);
	str_release(&t->name);
	freep(&t->met);
}

int take_sockets(struct seizure *s, struct err *e)
{
	AUTO(taking_release)
	struct taking t = {
		.row = STR_INIT(ROW_MAX),
		.name = STR_INIT(NAME_MAX_BYTES),
	};
	struct artifact *rows;
	struct survey *survey;
	struct err why = { 0 };
	int failed;

	if (seizure_survey(s, "sockets", SOURCE, &survey, e) < 0)
		return -1;
	if (!survey)
		return 0;
	rows = artifact_begin(s->bundle, "sockets", SOURCE, "process/sockets.jsonl");
	t.survey = survey;
	t.rows = artifact_sink(rows);
	t.met = xcalloc(survey->owner_count, sizeof(*t.met));
	failed = all(&t, s, &why);
	return seizure_end(s, rows, failed, &why, NULL, e);
}
