/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockets.h - the lines of /proc/PID/net/{tcp,udp,raw,icmp,unix,packet,netlink}, one at a time.
 *
 * /proc/PID/net/unix is not escaped: a name may hold LF and whole lines of the attacker's making. A
 * line that is no entry continues the name of the one before; a forged entry cannot be told from a
 * real one, so what the table says counts only together with a descriptor of the same inode.
 */
#ifndef MODEL_SOCKETS_H
#define MODEL_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/model/scan.h"

#define SOCKET_ADDRESS_SIZE 46 /* INET6_ADDRSTRLEN */

enum socket_table {
	SOCKETS_TCP,
	SOCKETS_TCP6,
	SOCKETS_UDP,
	SOCKETS_UDP6,
	SOCKETS_UDPLITE,
	SOCKETS_UDPLITE6,
	SOCKETS_RAW,
	SOCKETS_RAW6,
	SOCKETS_ICMP,
	SOCKETS_ICMP6,
	SOCKETS_UNIX,
	SOCKETS_PACKET,
	SOCKETS_NETLINK,
	SOCKETS_TABLES,
};
/* The table's file below /proc/PID/net, and the protocol's name: "tcp6". */
const char *socket_table_name(enum socket_table t);
bool socket_table_is_inet(enum socket_table t);

struct socket_end {
	char address[SOCKET_ADDRESS_SIZE];
	uint16_t port; /* of raw sockets the protocol, of icmp ones the identifier */
};

struct socket {
	enum socket_table table;
	/* "listen", "established"…; NULL where there is none or it has no name */
	const char *state;
	const char *type; /* "stream", "dgram", "seqpacket", "raw"; NULL of inet ones */
	struct socket_end local, remote; /* inet */
	uint64_t inode;                  /* 0: no longer anybody's, as in time_wait */
	uint64_t tx_queue, rx_queue;
	uint32_t uid;      /* the reader's; inet and packet */
	uint32_t protocol; /* packet: EtherType; netlink: its family's number */
	uint32_t interface, port_id, groups;
	struct scan name; /* unix; an abstract one begins with '@', and its NULs are '@' too */
};

/* One line. The first one of each table is its heading, and no entry: ERR_FORMAT. */
int socket_parse(enum socket_table t, const char *line, size_t len, struct socket *out,
		 struct err *e) must_check;

#endif
