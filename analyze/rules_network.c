/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "analyze/rules.h"
#include "lib/base/own.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_announced(const struct configured *c, uint16_t port)
{
	for (size_t i = 0; i < c->port_count; i++)
		if (c->ports[i] == port)
			return true;
	return false;
}

static const char *owner_of(const struct suspects *s, const struct suspect_socket *k)
{
	const struct suspect *p = k->owner_count ? suspects_find(s, k->owners[0]) : NULL;

	return p && p->comm ? p->comm : "?";
}

static void listener(const struct suspects *s, const struct suspect_socket *k,
		     const struct configured *c, struct findings *out)
{
	AUTO(freep) char *object = NULL;
	struct finding *f;

	if (!k->is_listening || !c->container || is_announced(c, k->port))
		return;
	object = xasprintf("port %s", k->local);
	f = findings_add(out, RULE_SOCKET_UNEXPECTED_LISTENER, object);
	for (size_t i = 0; i < k->owner_count; i++)
		finding_evidence(f, "process %" PRIu64 " (%s) listens there", k->owners[i],
				 owner_of(s, k));
	if (!k->owner_count)
		finding_evidence(f, "no process of the container holds it");
}

static bool hears_packets_by_trade(const struct suspect *p)
{
	static const char *const names[] = { "tcpdump", "dhclient",       "dhcpcd",   "udhcpc",
					     "lldpd",   "keepalived",     "wpa_",     "dumpcap",
					     "arping",  "dnsmasq",        "suricata", "snort",
					     "zeek",    "systemd-network" };

	for (size_t i = 0; p->comm && i < COUNT(names); i++)
		if (!strncmp(p->comm, names[i], strlen(names[i])))
			return true;
	return false;
}

static void raw(const struct suspects *s, const struct suspect_socket *k, struct findings *out)
{
	for (size_t i = 0; k->is_packet && i < k->owner_count; i++) {
		const struct suspect *p = suspects_find(s, k->owners[i]);
		AUTO(freep) char *object = NULL;
		struct finding *f;

		if (!p)
			continue;
		object = xasprintf("process %" PRIu64 " (%s)", p->pid, p->comm ? p->comm : "?");
		f = findings_add(out, RULE_PROCESS_RAW_SOCKET, object);
		finding_when(f, p->started);
		finding_evidence(f, "it holds the packet socket %" PRIu64, k->inode);
		if (hears_packets_by_trade(p))
			f->severity = SEVERITY_INFO;
	}
}

void rules_sockets(const struct suspects *s, const struct configured *c, struct findings *out)
{
	for (size_t i = 0; i < s->socket_count; i++) {
		listener(s, &s->sockets[i], c, out);
		raw(s, &s->sockets[i], out);
	}
}
