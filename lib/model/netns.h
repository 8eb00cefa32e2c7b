/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns.h - the lines of /proc/PID/net/{dev,route,ipv6_route,if_inet6,fib_trie}, one at a time.
 *
 * The names of interfaces are the choice of whoever made them: any bytes but blanks, '/' and ':'.
 */
#ifndef MODEL_NETNS_H
#define MODEL_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/model/scan.h"
#include "lib/model/sockets.h"

struct netdev {
	struct scan name;
	uint64_t rx_packets, tx_packets;
};
/* A line of dev. Its two headings are no entries: ERR_FORMAT, as of what is malformed below. */
int netdev_parse(const char *line, size_t len, struct netdev *out, struct err *e) must_check;

struct net_route {
	struct scan interface; /* "*" where it refuses, in route */
	char destination[SOCKET_ADDRESS_SIZE];
	char gateway[SOCKET_ADDRESS_SIZE]; /* "" for none */
	unsigned prefix;                   /* bits of the destination */
	bool is_refusing;                  /* unreachable, blackhole: it leads nowhere */
	bool is_own;                       /* to an address of the namespace itself; IPv6 only */
};
/* A line of route, which has the main table only, and of ipv6_route, which has all. */
int route4_parse(const char *line, size_t len, struct net_route *out, struct err *e) must_check;
int route6_parse(const char *line, size_t len, struct net_route *out, struct err *e) must_check;
/* Whether the destination of a route of IPv4 holds ADDRESS. */
bool route4_holds(const struct net_route *r, const char *address);

struct net_address {
	struct scan interface;
	char address[SOCKET_ADDRESS_SIZE];
	unsigned prefix;
};
/* A line of if_inet6. */
int inet6_parse(const char *line, size_t len, struct net_address *out, struct err *e) must_check;

/*
 * fib_trie names an address in one line and what it is in a later one, for each routing table.
 * Starts as { 0 }; true where LINE says that the address before it is the namespace's own, which is
 * then in trie->address.
 */
struct fib_trie {
	char address[SOCKET_ADDRESS_SIZE];
};
bool fib_trie_line(struct fib_trie *trie, const char *line, size_t len);

#endif
