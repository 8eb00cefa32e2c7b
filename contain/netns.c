/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces, routes and connections of one network namespace, from the tables in /proc/PID/net. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contain/look.h"
#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/engine/proc.h"
#include "lib/model/netns.h"

#define DEVICES_MAX   4096 /* of one namespace */
#define ADDRESSES_MAX 4096
#define WORDS_MAX     ((size_t)64 << 10) /* all addresses of one interface */

struct device {
	char *name;
	struct str addresses;
	bool has_traffic, has_route;
};

struct devices {
	struct device *items;
	size_t count, cap;
};

static void devices_release(struct devices *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->items[i].name);
		str_release(&all->items[i].addresses);
	}
	freep(&all->items);
}

/* The name and what is read of it: a line of one of the tables. */
typedef int take_line(void *to, const struct scan *line, struct err *e);

/* A kernel without IPv6 has not all of the tables. */
static int each_line(int dir, const char *name, bool may_lack, take_line *take, void *to,
		     struct err *e)
{
	AUTO(proc_lines_close) struct proc_lines l = { .fd = -1 };
	struct scan line;
	int got;

	if (proc_lines_open(dir, name, &l, e) < 0)
		return may_lack && e->sys == ENOENT ? 0 : -1;
	while ((got = proc_lines_next(&l, &line, e)) > 0)
		if (take(to, &line, e) < 0)
			return err_wrap(e, "%s", name);
	return got;
}

static struct device *device_of(const struct devices *all, const struct scan *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (scan_is(name, all->items[i].name))
			return &all->items[i];
	return NULL;
}

static int take_device(void *to, const struct scan *line, struct err *e)
{
	struct devices *all = to;
	struct err heading = { 0 };
	struct netdev dev;

	if (netdev_parse(line->p, line->len, &dev, &heading) < 0)
		return memchr(line->p, '|', line->len)
			       ? 0
			       : err_set(e, heading.kind, "%s", heading.text);
	if (all->count >= DEVICES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d interfaces", DEVICES_MAX);
	grow(all->items, all->count, all->cap);
	all->items[all->count++] = (struct device){
		.name = xstrndup(dev.name.p, dev.name.len),
		.addresses = STR_INIT(WORDS_MAX),
		.has_traffic = dev.rx_packets || dev.tx_packets,
	};
	return 0;
}

static void add_address(struct device *d, const char *address)
{
	str_addf(&d->addresses, "%s%s", d->addresses.len ? ", " : "", address);
}

static int take_inet6(void *to, const struct scan *line, struct err *e)
{
	struct net_address a;
	struct device *d;

	if (inet6_parse(line->p, line->len, &a, e) < 0)
		return -1;
	d = device_of(to, &a.interface);
	if (d)
		add_address(d, a.address);
	return 0;
}

/* The routes of IPv4 and the addresses, which the kernel's texts do not tie to an interface. */
struct four {
	struct look *look; /* NULL: routes are only to tell whose an address is */
	struct devices *devices;
	struct connected {
		struct net_route route;
		struct device *device;
	} * connected;
	size_t count, cap;
	struct fib_trie trie;
	char (*seen)[SOCKET_ADDRESS_SIZE];
	size_t seen_count, seen_cap;
};

static void four_release(struct four *f)
{
	freep(&f->connected);
	freep(&f->seen);
}

static void add_route(struct look *l, struct devices *all, const struct net_route *r)
{
	struct device *d = device_of(all, &r->interface);
	AUTO(freep) char *name = xstrndup(r->interface.p, r->interface.len);

	if (r->is_refusing || r->is_own || scan_is(&r->interface, "lo"))
		return;
	if (d)
		d->has_route = true;
	if (!l || l->view->is_hosts)
		return;
	/* Of each interface of IPv6, there with the interface itself. */
	if (strchr(r->destination, ':') && r->prefix == 8 && !strncmp(r->destination, "ff00", 4))
		return;
	if (!r->prefix)
		look_add(l, &l->view->routes, "default%s%s%s dev %s",
			 strchr(r->destination, ':') ? " (IPv6)" : "", *r->gateway ? " via " : "",
			 r->gateway, name);
	else
		look_add(l, &l->view->routes, "%s/%u%s%s dev %s", r->destination, r->prefix,
			 *r->gateway ? " via " : "", r->gateway, name);
}

static int take_route4(void *to, const struct scan *line, struct err *e)
{
	struct four *f = to;
	struct scan heading = *line;
	struct net_route r;
	struct device *d;

	if (scan_text(&heading, "Iface\t"))
		return 0;
	if (route4_parse(line->p, line->len, &r, e) < 0)
		return -1;
	add_route(f->look, f->devices, &r);
	d = device_of(f->devices, &r.interface);
	if (d && r.prefix && !*r.gateway && f->count < ADDRESSES_MAX) {
		grow(f->connected, f->count, f->cap);
		f->connected[f->count++] = (struct connected){ .route = r, .device = d };
	}
	return 0;
}

static int take_route6(void *to, const struct scan *line, struct err *e)
{
	struct four *f = to;
	struct net_route r;

	if (route6_parse(line->p, line->len, &r, e) < 0)
		return -1;
	add_route(f->look, f->devices, &r);
	return 0;
}

/* Each table of the trie has the address once more. */
static bool is_seen(struct four *f, const char *address)
{
	for (size_t i = 0; i < f->seen_count; i++)
		if (!strcmp(f->seen[i], address))
			return true;
	if (f->seen_count < ADDRESSES_MAX) {
		grow(f->seen, f->seen_count, f->seen_cap);
		memcpy(f->seen[f->seen_count++], address, SOCKET_ADDRESS_SIZE);
	}
	return false;
}

static int take_fib(void *to, const struct scan *line, struct err *e)
{
	struct four *f = to;
	struct device *best = NULL;
	unsigned bits = 0;

	(void)e;
	if (!fib_trie_line(&f->trie, line->p, line->len) || !strncmp(f->trie.address, "127.", 4) ||
	    is_seen(f, f->trie.address))
		return 0;
	for (size_t i = 0; i < f->count; i++)
		if (f->connected[i].route.prefix >= bits &&
		    route4_holds(&f->connected[i].route, f->trie.address)) {
			best = f->connected[i].device;
			bits = f->connected[i].route.prefix;
		}
	if (best)
		add_address(best, f->trie.address);
	return 0;
}

/*
 * With their modules loaded, the kernel puts these in every new namespace. The name alone proves
 * nothing, since it can be given to another: that it never carried a packet does too.
 */
static bool is_idle(const struct device *d)
{
	static const char *const names[] = { "tunl0",   "sit0",    "gre0",    "gretap0", "erspan0",
					     "ip_vti0", "ip6tnl0", "ip6gre0", "ip6_vti0" };

	if (d->has_traffic || d->has_route || d->addresses.len)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(d->name, names[i]))
			return true;
	return false;
}

static int read_devices(struct look *l, int dir, struct devices *all, struct err *e)
{
	AUTO(four_release) struct four f = { .look = l, .devices = all };

	if (each_line(dir, "net/dev", false, take_device, all, e) < 0 ||
	    each_line(dir, "net/if_inet6", true, take_inet6, all, e) < 0 ||
	    each_line(dir, "net/route", false, take_route4, &f, e) < 0 ||
	    each_line(dir, "net/ipv6_route", true, take_route6, &f, e) < 0)
		return -1;
	return each_line(dir, "net/fib_trie", true, take_fib, &f, e);
}

static void add_devices(struct look *l, const struct devices *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct device *d = &all->items[i];

		if (!strcmp(d->name, "lo"))
			continue;
		if (is_idle(d))
			look_add(l, &l->view->idle, "%s", d->name);
		else if (d->addresses.len)
			look_add(l, &l->view->interfaces, "%s (%s)", d->name, d->addresses.buf);
		else
			look_add(l, &l->view->interfaces, "%s", d->name);
	}
}

int look_for_interfaces(int dir, struct str *names, struct err *e)
{
	AUTO(devices_release) struct devices all = { 0 };

	if (read_devices(NULL, dir, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++)
		if (strcmp(all.items[i].name, "lo") != 0 && !is_idle(&all.items[i]))
			str_addf(names, "%s%s", names->len ? ", " : "", all.items[i].name);
	return 0;
}

static bool is_loopback(const char *address)
{
	return !strncmp(address, "127.", 4) || !strcmp(address, "::1") ||
	       !strncmp(address, "::ffff:127.", 11);
}

/* Both ends in the namespace itself. */
static bool is_to_itself(const struct socket *so)
{
	return (is_loopback(so->local.address) && is_loopback(so->remote.address)) ||
	       !strcmp(so->local.address, so->remote.address);
}

static bool is_open(const struct socket *so)
{
	static const char *const over[] = { "listen", "close", "time_wait", "unconnected" };

	if (!socket_table_is_inet(so->table) || !so->state || !so->remote.port)
		return false;
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		if (!strcmp(so->state, over[i]))
			return false;
	return !is_to_itself(so);
}

static void add_connection(struct netview *v, const struct socket *so)
{
	struct connection *c;

	if (v->connections_all++ >= CONNECTIONS_MAX)
		return;
	if (!v->connections)
		v->connections = xcalloc(CONNECTIONS_MAX, sizeof(*v->connections));
	c = &v->connections[v->connection_count++];
	*c = (struct connection){
		.table = so->table, .local = so->local, .remote = so->remote, .inode = so->inode
	};
	(void)snprintf(c->state, sizeof(c->state), "%s", so->state);
}

struct sockets {
	struct look *look;
	enum socket_table table;
	bool adds;
};

/* Lines that are no entry are headings, or go on with a name of the table of unix sockets. */
static int take_socket(void *to, const struct scan *line, struct err *e)
{
	const struct sockets *t = to;
	struct err ignored = { 0 };
	struct socket so;
	bool is_held;

	(void)e;
	if (socket_parse(t->table, line->p, line->len, &so, &ignored) < 0)
		return 0;
	is_held = so.inode && look_meet(t->look, so.inode);
	if (t->adds && is_open(&so) && (is_held || !t->look->view->is_hosts))
		add_connection(t->look->view, &so);
	return 0;
}

static int look_at_sockets(struct look *l, int dir, bool adds, struct err *e)
{
	for (int table = 0; table < SOCKETS_TABLES; table++) {
		struct sockets t = { .look = l, .table = (enum socket_table)table, .adds = adds };
		char name[32];

		(void)snprintf(name, sizeof(name), "net/%s", socket_table_name(t.table));
		if (each_line(dir, name, true, take_socket, &t, e) < 0)
			return -1;
	}
	return 0;
}

int look_at_namespace(struct look *l, int dir, struct err *e)
{
	AUTO(devices_release) struct devices all = { 0 };

	if (!l->view->is_hosts) {
		if (read_devices(l, dir, &all, e) < 0)
			return -1;
		add_devices(l, &all);
	}
	return look_at_sockets(l, dir, true, e);
}
