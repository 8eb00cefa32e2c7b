/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/netns.h"

#include <arpa/inet.h>
#include <net/route.h>
#include <string.h>

#define NAME_BYTES_MAX 256 /* IFNAMSIZ is 16 today */

static bool name_of(struct scan *s, struct scan *out)
{
	return scan_word(s, out) && out->len <= NAME_BYTES_MAX;
}

int netdev_parse(const char *line, size_t len, struct netdev *out, struct err *e)
{
	struct scan s = scan_of(line, len), counters;
	struct netdev dev = { 0 };
	uint64_t skip;

	scan_blanks(&s);
	if (!scan_until(&s, ':', &dev.name) || !dev.name.len || dev.name.len > NAME_BYTES_MAX)
		return err_set(e, ERR_FORMAT, "net/dev has a malformed line");
	counters = s;
	/* bytes packets errs drop fifo frame compressed multicast, then the same of sending */
	for (unsigned i = 0; i < 16; i++)
		if (!scan_u64(&counters, UINT64_MAX,
			      i == 1   ? &dev.rx_packets
			      : i == 9 ? &dev.tx_packets
				       : &skip))
			return err_set(e, ERR_FORMAT, "net/dev has a malformed line");
	*out = dev;
	return 0;
}

/* A word of eight digits is an address in the machine's own order. */
static bool word4(struct scan *s, uint32_t *out)
{
	struct scan word;
	uint64_t n;

	if (!scan_word(s, &word) || word.len != 8 || !scan_hex(&word, UINT32_MAX, &n) || word.len)
		return false;
	*out = (uint32_t)n;
	return true;
}

/* 32 digits, in the order of the network. */
static bool word6(struct scan *s, struct in6_addr *out)
{
	struct scan word;

	if (!scan_word(s, &word) || word.len != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		struct scan two = scan_of(word.p + 2 * i, 2);
		uint64_t n;

		if (!scan_hex(&two, UINT8_MAX, &n) || two.len)
			return false;
		out->s6_addr[i] = (uint8_t)n;
	}
	return true;
}

static void show4(char out[SOCKET_ADDRESS_SIZE], uint32_t address)
{
	(void)inet_ntop(AF_INET, &address, out, SOCKET_ADDRESS_SIZE);
}

static void show6(char out[SOCKET_ADDRESS_SIZE], const struct in6_addr *address)
{
	(void)inet_ntop(AF_INET6, address, out, SOCKET_ADDRESS_SIZE);
}

static unsigned bits_of(uint32_t mask)
{
	unsigned bits = 0;

	for (mask = ntohl(mask); mask & UINT32_C(0x80000000); mask <<= 1)
		bits++;
	return bits;
}

/* "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT" */
int route4_parse(const char *line, size_t len, struct net_route *out, struct err *e)
{
	struct scan s = scan_of(line, len), skip;
	struct net_route r = { 0 };
	uint32_t destination, gateway, mask;
	uint64_t flags;

	if (!name_of(&s, &r.interface) || !word4(&s, &destination) || !word4(&s, &gateway) ||
	    !scan_hex(&s, UINT32_MAX, &flags) || !scan_word(&s, &skip) || !scan_word(&s, &skip) ||
	    !scan_word(&s, &skip) || !word4(&s, &mask))
		return err_set(e, ERR_FORMAT, "net/route has a malformed line");
	show4(r.destination, destination);
	if (gateway)
		show4(r.gateway, gateway);
	r.prefix = bits_of(mask);
	r.is_refusing = flags & RTF_REJECT;
	*out = r;
	return 0;
}

bool route4_holds(const struct net_route *r, const char *address)
{
	uint32_t mask = r->prefix ? htonl(UINT32_MAX << (32 - r->prefix)) : 0;
	uint32_t a, b;

	return inet_pton(AF_INET, address, &a) == 1 &&
	       inet_pton(AF_INET, r->destination, &b) == 1 && (a & mask) == (b & mask);
}

/* "destination bits source bits gateway metric references use flags interface" */
int route6_parse(const char *line, size_t len, struct net_route *out, struct err *e)
{
	struct scan s = scan_of(line, len), skip;
	struct in6_addr destination, gateway, source;
	uint64_t bits, flags, number;
	struct net_route r = { 0 };

	if (!word6(&s, &destination) || !scan_hex(&s, 128, &bits) || !word6(&s, &source) ||
	    !scan_word(&s, &skip) || !word6(&s, &gateway) || !scan_hex(&s, UINT32_MAX, &number) ||
	    !scan_hex(&s, UINT32_MAX, &number) || !scan_hex(&s, UINT32_MAX, &number) ||
	    !scan_hex(&s, UINT32_MAX, &flags) || !name_of(&s, &r.interface))
		return err_set(e, ERR_FORMAT, "net/ipv6_route has a malformed line");
	show6(r.destination, &destination);
	if (!IN6_IS_ADDR_UNSPECIFIED(&gateway))
		show6(r.gateway, &gateway);
	r.prefix = (unsigned)bits;
	r.is_refusing = flags & RTF_REJECT;
	r.is_own = flags & RTF_LOCAL;
	*out = r;
	return 0;
}

/* "address index bits scope flags name" */
int inet6_parse(const char *line, size_t len, struct net_address *out, struct err *e)
{
	struct scan s = scan_of(line, len);
	struct net_address a = { 0 };
	struct in6_addr address;
	uint64_t bits, number;

	if (!word6(&s, &address) || !scan_hex(&s, UINT32_MAX, &number) ||
	    !scan_hex(&s, 128, &bits) || !scan_hex(&s, UINT8_MAX, &number) ||
	    !scan_hex(&s, UINT32_MAX, &number) || !name_of(&s, &a.interface))
		return err_set(e, ERR_FORMAT, "net/if_inet6 has a malformed line");
	show6(a.address, &address);
	a.prefix = (unsigned)bits;
	*out = a;
	return 0;
}

/* "   |-- 172.17.0.2" and below it "      /32 host LOCAL"; "   +-- 172.17.0.0/16 2 0 2" is a fork.
 */
bool fib_trie_line(struct fib_trie *trie, const char *line, size_t len)
{
	struct scan s = scan_of(line, len), word;
	struct in_addr address;

	scan_blanks(&s);
	if (scan_text(&s, "|-- ")) {
		char text[SOCKET_ADDRESS_SIZE] = "";

		trie->address[0] = '\0';
		if (scan_word(&s, &word) && word.len < sizeof(text)) {
			memcpy(text, word.p, word.len);
			if (inet_pton(AF_INET, text, &address) == 1)
				memcpy(trie->address, text, sizeof(text));
		}
		return false;
	}
	return trie->address[0] && scan_text(&s, "/32 host LOCAL");
}
