/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/isolation.h"
#include "contain/look.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/engine/proc.h"

#define SENTENCE_MAX ((size_t)16 << 10)

static void add(struct sentences *list, const char *fmt, va_list ap) printf_like(2, 0);

/* Nothing is said twice. */
static void add(struct sentences *list, const char *fmt, va_list ap)
{
	AUTO(str_release) struct str text = STR_INIT(SENTENCE_MAX);

	str_vaddf(&text, fmt, ap);
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], text.buf))
			return;
	sentences_add(list, "%s", text.buf);
}

void look_add(struct look *l, struct sentences *list, const char *fmt, ...)
{
	va_list ap;

	if (list->count >= FINDINGS_MAX) {
		look_lost(l, "more than %d findings of one kind", FINDINGS_MAX);
		return;
	}
	va_start(ap, fmt);
	add(list, fmt, ap);
	va_end(ap);
}

void look_lost(struct look *l, const char *fmt, ...)
{
	va_list ap;

	if (l->view->losses.count >= FINDINGS_MAX)
		return;
	va_start(ap, fmt);
	add(&l->view->losses, fmt, ap);
	va_end(ap);
}

void look_release(struct look *l)
{
	process_mark_release(&l->mark);
	host_processes_release(&l->all);
	freep(&l->held);
	freep(&l->spaces);
}

static uint64_t netns_of(pid_t pid)
{
	struct err ignored = { 0 };
	AUTO(fd_closep) int dir = proc_open(pid, 0, NULL, &ignored);

	return dir < 0 ? 0 : proc_namespace(dir, "ns/net");
}

/* The process is proved to be the container's while DIR holds on to it. */
static int open_first(struct look *l, struct err *e)
{
	const struct container *c = &l->subject->container;
	AUTO(fd_closep) int dir = -1;
	struct host_view host;

	dir = proc_open(c->pid, 0, NULL, e);
	if (dir < 0)
		return -1;
	host_look(l->subject->engine, c, &host);
	if (!host.has_processes)
		return err_set(e, ERR_ABSENT, "%s", host.why_not);
	if (proc_has_ended(dir))
		return err_set(e, ERR_ABSENT, "its first process has ended");
	if (process_mark_read(dir, c->pid, c->id, &l->mark, e) < 0)
		return -1;
	return steal_fd(&dir);
}

static int look_around(struct look *l, int dir, struct err *e)
{
	struct netview *v = l->view;

	v->pid = l->subject->container.pid;
	v->netns = proc_namespace(dir, "ns/net");
	l->our_netns = netns_of(getpid());
	l->host_netns = netns_of(1) ? netns_of(1) : l->our_netns;
	v->is_hosts = v->netns == l->host_netns || v->netns == l->our_netns;
	if (!v->netns)
		return err_set(e, ERR_SYS, "its network namespace cannot be read");
	if (look_at_processes(l, e) < 0 || look_at_namespace(l, dir, e) < 0)
		return -1;
	look_at_spaces(l);
	look_at_descriptors(l);
	if (v->is_hosts || v->sharers.count)
		look_at_abstract(l, dir);
	look_at_mounts(l);
	look_at_ports(l);
	if (proc_has_ended(dir))
		return err_set(e, ERR_ABSENT, "its first process has ended meanwhile");
	return stop_requested() ? stop_err(e) : 0;
}

static void add_published(struct netview *v, const char *address, const char *protocol,
			  uint16_t port)
{
	struct published p = { .port = port };

	(void)snprintf(p.address, sizeof(p.address), "%s", address);
	(void)snprintf(p.protocol, sizeof(p.protocol), "%s", protocol);
	for (size_t i = 0; i < v->published_count; i++)
		if (v->published[i].port == port && !strcmp(v->published[i].address, p.address) &&
		    !strcmp(v->published[i].protocol, p.protocol))
			return;
	v->published = xrealloc(v->published, v->published_count + 1, sizeof(*v->published));
	v->published[v->published_count++] = p;
}

static void note_published(const struct subject *s, const struct netview *before, struct netview *v)
{
	for (size_t i = 0; i < s->container.published_count; i++) {
		const struct container_port *p = &s->container.published[i];

		add_published(v, p->address, p->protocol, p->host);
	}
	for (size_t i = 0; before && i < before->published_count; i++) {
		const struct published *p = &before->published[i];

		add_published(v, p->address, p->protocol, p->port);
	}
}

static int look(const struct subject *s, struct netview *v, struct err *e)
{
	AUTO(look_release)
	struct look l = { .subject = s, .view = v, .mark = { .cgroup = STR_INIT(0) } };
	AUTO(fd_closep) int dir = open_first(&l, e);

	return dir < 0 ? -1 : look_around(&l, dir, e);
}

/* A container that does not run: that none of its processes is left is looked for, too. */
static void look_for_any(const struct subject *s, struct netview *v)
{
	AUTO(look_release) struct look l = { .subject = s, .view = v };
	struct err why = { 0 };

	if (!s->host.has_files) {
		(void)snprintf(v->why_not, sizeof(v->why_not), "%s", s->host.why_not);
		return;
	}
	process_mark_id(s->container.id, &l.mark);
	if (host_processes_read(&l.mark, &l.all, &why) < 0) {
		(void)snprintf(v->why_not, sizeof(v->why_not), "%.190s", why.text);
		return;
	}
	v->is_empty = true;
	for (size_t i = 0; i < l.all.count && v->is_empty; i++)
		v->is_empty = !l.all.items[i].by;
	(void)snprintf(v->why_not, sizeof(v->why_not), "%s",
		       v->is_empty ? "it is not running, and has no process"
				   : "it is not running, but has processes on this host");
}

void netview_read(const struct subject *s, const struct netview *before, struct netview *out)
{
	struct netview v = { 0 };
	struct err why = { 0 };

	note_published(s, before, &v);
	if (s->container.pid <= 0) {
		look_for_any(s, &v);
	} else if (!s->host.has_processes) {
		(void)snprintf(v.why_not, sizeof(v.why_not), "%s", s->host.why_not);
	} else if (look(s, &v, &why) < 0) {
		netview_release(&v);
		(void)snprintf(v.why_not, sizeof(v.why_not), "%.190s", why.text);
	} else {
		v.is_seen = true;
	}
	*out = v;
}

void netview_release(struct netview *v)
{
	struct sentences *lists[] = { &v->interfaces, &v->idle,  &v->routes, &v->sharers,
				      &v->doors,      &v->ports, &v->losses };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		sentences_release(lists[i]);
	free(v->connections);
	free(v->published);
	*v = (struct netview){ 0 };
}

static void end_json(struct jsonw *w, const char *key, const struct socket_end *end)
{
	jsonw_object(w, key);
	jsonw_text(w, "address", end->address);
	jsonw_u64(w, "port", end->port);
	jsonw_end(w);
}

static void connections_json(const struct netview *v, struct jsonw *w)
{
	jsonw_array(w, "connections");
	for (size_t i = 0; i < v->connection_count; i++) {
		const struct connection *c = &v->connections[i];

		jsonw_object(w, NULL);
		jsonw_text(w, "protocol", socket_table_name(c->table));
		jsonw_text(w, "state", c->state);
		end_json(w, "local", &c->local);
		end_json(w, "remote", &c->remote);
		jsonw_u64_text(w, "inode", c->inode);
		jsonw_end(w);
	}
	jsonw_end(w);
	if (v->connections_all > v->connection_count)
		jsonw_u64(w, "connections_all", v->connections_all);
}

void netview_json(const struct netview *v, struct jsonw *w, const char *key)
{
	jsonw_object(w, key);
	jsonw_bool(w, "seen", v->is_seen);
	if (v->is_seen) {
		jsonw_i64(w, "pid", v->pid);
		jsonw_u64_text(w, "namespace", v->netns);
		jsonw_bool(w, "host_network", v->is_hosts);
		sentences_json(&v->interfaces, w, "interfaces");
		sentences_json(&v->idle, w, "idle_interfaces");
		sentences_json(&v->routes, w, "routes");
		sentences_json(&v->sharers, w, "shared_with");
		sentences_json(&v->doors, w, "doors");
		sentences_json(&v->ports, w, "bound_ports");
		sentences_json(&v->losses, w, "not_looked_at");
		connections_json(v, w);
	} else {
		jsonw_text_if(w, "why_not", v->why_not);
	}
	jsonw_end(w);
}
