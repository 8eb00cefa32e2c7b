/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/sockets.h"

#include <arpa/inet.h>
#include <string.h>

static const char *const names[SOCKETS_TABLES] = {
	[SOCKETS_TCP] = "tcp",         [SOCKETS_TCP6] = "tcp6",
	[SOCKETS_UDP] = "udp",         [SOCKETS_UDP6] = "udp6",
	[SOCKETS_UDPLITE] = "udplite", [SOCKETS_UDPLITE6] = "udplite6",
	[SOCKETS_RAW] = "raw",         [SOCKETS_RAW6] = "raw6",
	[SOCKETS_ICMP] = "icmp",       [SOCKETS_ICMP6] = "icmp6",
	[SOCKETS_UNIX] = "unix",       [SOCKETS_PACKET] = "packet",
	[SOCKETS_NETLINK] = "netlink",
};

const char *socket_table_name(enum socket_table t)
{
	return names[t];
}

bool socket_table_is_inet(enum socket_table t)
{
	return t < SOCKETS_UNIX;
}

/* include/net/tcp_states.h; UDP and raw sockets borrow 1 and 7. */
static const char *inet_state(enum socket_table t, uint64_t n)
{
	static const char *const tcp[] = { NULL,          "established", "syn_sent",  "syn_recv",
					   "fin_wait1",   "fin_wait2",   "time_wait", "close",
					   "close_wait",  "last_ack",    "listen",    "closing",
					   "new_syn_recv" };

	if (n >= sizeof(tcp) / sizeof(tcp[0]))
		return NULL;
	if (t != SOCKETS_TCP && t != SOCKETS_TCP6 && n == 7)
		return "unconnected";
	return tcp[n];
}

static const char *type_word(uint64_t n)
{
	static const char *const types[] = { NULL, "stream", "dgram", "raw", "rdm", "seqpacket" };

	return n < sizeof(types) / sizeof(types[0]) ? types[n] : NULL;
}

/* Addresses are 32-bit words in the machine's own order, four of them for IPv6. */
static bool end_of(struct scan *s, bool is_6, struct socket_end *out)
{
	struct scan word, digits;
	uint32_t words[4];
	uint64_t port;

	if (!scan_word(s, &word) || !scan_until(&word, ':', &digits) ||
	    digits.len != (is_6 ? 32 : 8))
		return false;
	for (size_t i = 0; i < digits.len / 8; i++) {
		struct scan eight = scan_of(digits.p + i * 8, 8);
		uint64_t n;

		if (!scan_hex(&eight, UINT32_MAX, &n) || eight.len)
			return false;
		words[i] = (uint32_t)n;
	}
	if (!scan_hex(&word, UINT16_MAX, &port))
		return false;
	out->port = (uint16_t)port;
	return inet_ntop(is_6 ? AF_INET6 : AF_INET, words, out->address, sizeof(out->address)) !=
	       NULL;
}

static bool is_6(enum socket_table t)
{
	const char *name = names[t];

	return name[strlen(name) - 1] == '6';
}

/* "sl: local remote st tx:rx tr:when retrnsmt uid timeout inode …" */
static bool inet(struct scan s, struct socket *out)
{
	struct scan skip;
	uint64_t slot, state, uid;

	if (!scan_u64(&s, UINT64_MAX, &slot) || !scan_char(&s, ':') ||
	    !end_of(&s, is_6(out->table), &out->local) ||
	    !end_of(&s, is_6(out->table), &out->remote) || !scan_hex(&s, UINT8_MAX, &state) ||
	    !scan_hex(&s, UINT64_MAX, &out->tx_queue) || !scan_char(&s, ':') ||
	    !scan_hex(&s, UINT64_MAX, &out->rx_queue) || !scan_word(&s, &skip) ||
	    !scan_word(&s, &skip) || !scan_u64(&s, UINT32_MAX, &uid) || !scan_word(&s, &skip) ||
	    !scan_u64(&s, UINT64_MAX, &out->inode))
		return false;
	out->uid = (uint32_t)uid;
	out->state = inet_state(out->table, state);
	return true;
}

/* "address: refs protocol flags type st inode name" */
static bool unix_socket(struct scan s, struct socket *out)
{
	static const char *const states[] = { NULL, "unconnected", "connecting", "connected",
					      "disconnecting" };
	uint64_t address, refs, protocol, flags, type, state;

	if (!scan_hex(&s, UINT64_MAX, &address) || !scan_char(&s, ':') ||
	    !scan_hex(&s, UINT64_MAX, &refs) || !scan_hex(&s, UINT64_MAX, &protocol) ||
	    !scan_hex(&s, UINT64_MAX, &flags) || !scan_hex(&s, UINT16_MAX, &type) ||
	    !scan_hex(&s, UINT8_MAX, &state) || !scan_u64(&s, UINT64_MAX, &out->inode))
		return false;
	if (s.len && !scan_char(&s, ' '))
		return false;
	out->name = s;
	out->type = type_word(type);
	if (flags & 0x10000) /* SO_ACCEPTCON */
		out->state = "listen";
	else if (state < sizeof(states) / sizeof(states[0]))
		out->state = states[state];
	return true;
}

/* "sk refs type protocol interface running rmem user inode" */
static bool packet(struct scan s, struct socket *out)
{
	uint64_t address, refs, type, protocol, interface, running, uid;

	if (!scan_hex(&s, UINT64_MAX, &address) || !scan_u64(&s, UINT64_MAX, &refs) ||
	    !scan_u64(&s, UINT16_MAX, &type) || !scan_hex(&s, UINT16_MAX, &protocol) ||
	    !scan_u64(&s, INT32_MAX, &interface) || !scan_u64(&s, UINT32_MAX, &running) ||
	    !scan_u64(&s, UINT64_MAX, &out->rx_queue) || !scan_u64(&s, UINT32_MAX, &uid) ||
	    !scan_u64(&s, UINT64_MAX, &out->inode))
		return false;
	out->type = type_word(type);
	out->protocol = (uint32_t)protocol;
	out->interface = (uint32_t)interface;
	out->uid = (uint32_t)uid;
	return true;
}

/* "sk protocol port-id groups rmem wmem dump locks drops inode" */
static bool netlink(struct scan s, struct socket *out)
{
	uint64_t address, protocol, groups;
	int64_t port;
	struct scan skip;

	if (!scan_hex(&s, UINT64_MAX, &address) || !scan_u64(&s, UINT16_MAX, &protocol) ||
	    !scan_i64(&s, &port) || !scan_hex(&s, UINT32_MAX, &groups) ||
	    !scan_u64(&s, UINT64_MAX, &out->rx_queue) ||
	    !scan_u64(&s, UINT64_MAX, &out->tx_queue) || !scan_word(&s, &skip) ||
	    !scan_word(&s, &skip) || !scan_word(&s, &skip) ||
	    !scan_u64(&s, UINT64_MAX, &out->inode))
		return false;
	out->protocol = (uint32_t)protocol;
	out->port_id = (uint32_t)port;
	out->groups = (uint32_t)groups;
	return true;
}

int socket_parse(enum socket_table t, const char *line, size_t len, struct socket *out,
		 struct err *e)
{
	struct scan s = scan_of(line, len);
	struct socket so = { .table = t };
	bool ok;

	if (t == SOCKETS_UNIX)
		ok = unix_socket(s, &so);
	else if (t == SOCKETS_PACKET)
		ok = packet(s, &so);
	else if (t == SOCKETS_NETLINK)
		ok = netlink(s, &so);
	else
		ok = inet(s, &so);
	if (!ok)
		return err_set(e, ERR_FORMAT, "net/%s has a malformed line", names[t]);
	*out = so;
	return 0;
}
