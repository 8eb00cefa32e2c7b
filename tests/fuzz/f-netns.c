/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/model/netns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct net_route *r, size_t len)
{
	if (!r->interface.len || r->interface.len > len || !*r->destination || r->prefix > 128)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan all = scan_of((const char *)data, size), line;
	struct fib_trie trie = { 0 };
	struct err e = { 0 };

	while (scan_line(&all, &line)) {
		struct net_address a;
		struct net_route r;
		struct netdev dev;

		if (netdev_parse(line.p, line.len, &dev, &e) == 0 &&
		    (!dev.name.len || dev.name.len > line.len))
			abort();
		if (route4_parse(line.p, line.len, &r, &e) == 0) {
			check(&r, line.len);
			(void)route4_holds(&r, trie.address);
		}
		if (route6_parse(line.p, line.len, &r, &e) == 0)
			check(&r, line.len);
		if (inet6_parse(line.p, line.len, &a, &e) == 0 && !*a.address)
			abort();
		if (fib_trie_line(&trie, line.p, line.len) && !*trie.address)
			abort();
	}
	return 0;
}
