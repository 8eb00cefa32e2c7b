/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published ports that are bound still: a forwarder of the engine's listens on the host. Something
 * else that took the number meanwhile is none of the container's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/look.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/engine/proc.h"
#include "lib/model/sockets.h"

#define BOUND_MAX 100000
#define WORDS_MAX 65536 /* of a command line */

/* A socket of the host that is bound to a published port. */
struct bound {
	uint64_t inode;
	const struct published *port;
};

struct bounds {
	const struct netview *view;
	struct bound *items;
	size_t count, cap;
};

static void bounds_release(struct bounds *b)
{
	freep(&b->items);
}

static bool is_of_protocol(enum socket_table t, const char *protocol)
{
	const char *name = socket_table_name(t);
	size_t len = strlen(protocol);

	return len && !strncmp(name, protocol, len) && (!name[len] || !strcmp(name + len, "6"));
}

static bool is_any(const char *address)
{
	return !*address || !strcmp(address, "0.0.0.0") || !strcmp(address, "::");
}

/* Some forwarders listen for 0.0.0.0 on a socket of IPv6 that takes both. */
static bool is_on(const struct published *p, const struct socket *so, bool is_listed)
{
	if (is_listed)
		return !strcmp(p->address, so->local.address);
	return is_any(p->address) && is_any(so->local.address);
}

static void note_bound(struct bounds *b, const struct socket *so)
{
	const struct netview *v = b->view;
	bool is_listed = false;
	bool is_waiting =
		so->state && (!strcmp(so->state, "listen") || !strcmp(so->state, "unconnected"));

	for (size_t i = 0; is_waiting && i < v->published_count; i++)
		is_listed |= v->published[i].port == so->local.port &&
			     !strcmp(v->published[i].address, so->local.address);
	for (size_t i = 0; is_waiting && i < v->published_count; i++) {
		const struct published *p = &v->published[i];

		if (p->port != so->local.port || !is_of_protocol(so->table, p->protocol) ||
		    !is_on(p, so, is_listed) || b->count >= BOUND_MAX)
			continue;
		grow(b->items, b->count, b->cap);
		b->items[b->count++] = (struct bound){ .inode = so->inode, .port = p };
	}
}

static int read_table(struct bounds *b, int dir, enum socket_table table, struct err *e)
{
	AUTO(proc_lines_close) struct proc_lines l = { .fd = -1 };
	char name[32];
	struct scan line;
	int got;

	(void)snprintf(name, sizeof(name), "net/%s", socket_table_name(table));
	if (proc_lines_open(dir, name, &l, e) < 0)
		return e->sys == ENOENT ? 0 : -1;
	while ((got = proc_lines_next(&l, &line, e)) > 0) {
		struct err heading = { 0 };
		struct socket so;

		if (socket_parse(table, line.p, line.len, &so, &heading) == 0 && so.inode)
			note_bound(b, &so);
	}
	return got;
}

static int read_bound(struct bounds *b, struct err *e)
{
	static const enum socket_table tables[] = { SOCKETS_TCP, SOCKETS_TCP6, SOCKETS_UDP,
						    SOCKETS_UDP6 };
	AUTO(fd_closep) int self = proc_open(getpid(), 0, NULL, e);

	if (self < 0)
		return -1;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct err why = { 0 };

		if (read_table(b, self, tables[i], &why) < 0) {
			*e = why;
			return -1;
		}
	}
	return 0;
}

static bool is_forwarder(const char *comm)
{
	static const char *const names[] = { "docker-proxy", "conmon",      "rootlessport",
					     "rootlesskit",  "slirp4netns", "pasta",
					     "pasta.avx2",   "passt" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(comm, names[i]))
			return true;
	return false;
}

/* A monitor says on its command line whose it is. */
static bool is_of_another(const struct look *l, const char *comm, int dir)
{
	AUTO(str_release) struct str words = STR_INIT(WORDS_MAX);
	const char *id = l->subject->container.id;
	struct err ignored = { 0 };
	bool cut;

	return !strcmp(comm, "conmon") && proc_read(dir, "cmdline", &words, &cut, &ignored) == 0 &&
	       words.len && !memmem(words.buf, words.len, id, strlen(id));
}

static void add_port(struct look *l, const struct published *p, const char *comm, pid_t pid)
{
	bool is_6 = strchr(p->address, ':') != NULL;

	look_add(l, &l->view->ports, "%s%s%s:%u/%s by %s (process %d)", is_6 ? "[" : "",
		 *p->address ? p->address : "*", is_6 ? "]" : "", (unsigned)p->port, p->protocol,
		 comm, (int)pid);
}

static void look_at_holder(struct look *l, const struct bounds *b, int dir,
			   const struct process_stat *st)
{
	AUTO(proc_fds_close) struct proc_fds fds = { 0 };
	struct err gone = { 0 };
	int fd;

	if (is_of_another(l, st->comm, dir) || proc_fds_open(dir, &fds, &gone) < 0)
		return;
	while ((fd = proc_fds_next(&fds)) >= 0) {
		uint64_t inode = proc_socket(dir, fd);

		for (size_t i = 0; inode && i < b->count; i++)
			if (b->items[i].inode == inode)
				add_port(l, b->items[i].port, st->comm, st->pid);
	}
}

void look_at_ports(struct look *l)
{
	AUTO(bounds_release) struct bounds b = { .view = l->view };
	struct err why = { 0 };

	if (!b.view->published_count)
		return;
	if (read_bound(&b, &why) < 0) {
		look_lost(l, "which ports are bound on this host: %s", why.text);
		return;
	}
	for (size_t i = 0; b.count && i < l->all.count && !stop_requested(); i++) {
		const struct host_process *p = &l->all.items[i];
		AUTO(fd_closep) int dir = -1;
		struct process_stat st;
		struct err gone = { 0 };

		if (p->by)
			continue;
		dir = proc_open(p->pid, p->start_ticks, &st, &gone);
		if (dir >= 0 && is_forwarder(st.comm))
			look_at_holder(l, &b, dir, &st);
	}
}
