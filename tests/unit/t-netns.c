/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/model/netns.h"

static void test_dev(void **state)
{
	static const char line[] = "  eth0:     310       3    0    0    0     0          0      "
				   "   0      132       2    0    0    0     0       0          0";
	struct netdev dev = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(netdev_parse(line, strlen(line), &dev, &e), 0);
	assert_true(scan_is(&dev.name, "eth0"));
	assert_int_equal(dev.rx_packets, 3);
	assert_int_equal(dev.tx_packets, 2);
	/* Its name may be nearly anything. */
	assert_int_equal(netdev_parse("\x1b[2J:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", 44, &dev,
				      &e),
			 0);
	assert_int_equal(dev.name.len, 4);
	assert_int_equal(dev.tx_packets, 10);
}

static void test_route4(void **state)
{
	static const char first[] =
		"eth0\t00000000\t01001EAC\t0003\t0\t0\t0\t00000000\t0\t0\t0    ";
	static const char second[] =
		"eth0\t00001EAC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0   ";
	static const char refuses[] = "*\t00000A0A\t00000000\t0200\t0\t0\t0\t0000FFFF\t0\t0\t0   ";
	struct net_route r = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(route4_parse(first, strlen(first), &r, &e), 0);
	assert_true(scan_is(&r.interface, "eth0"));
	assert_string_equal(r.destination, "0.0.0.0");
	assert_string_equal(r.gateway, "172.30.0.1");
	assert_int_equal(r.prefix, 0);
	assert_true(route4_holds(&r, "10.1.2.3"));
	assert_int_equal(route4_parse(second, strlen(second), &r, &e), 0);
	assert_string_equal(r.destination, "172.30.0.0");
	assert_string_equal(r.gateway, "");
	assert_int_equal(r.prefix, 24);
	assert_false(r.is_refusing);
	assert_true(route4_holds(&r, "172.30.0.2"));
	assert_false(route4_holds(&r, "172.30.1.2"));
	assert_false(route4_holds(&r, "fe80::1"));
	assert_int_equal(route4_parse(refuses, strlen(refuses), &r, &e), 0);
	assert_true(r.is_refusing);
}

static void test_route6(void **state)
{
	static const char gateway[] =
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		"fd000000000000000000000000000001 00000400 00000001 00000000 00450003     eth0";
	static const char lo[] =
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		"00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo";
	static const char own[] =
		"fd000001000000000000000000000002 80 00000000000000000000000000000000 00 "
		"00000000000000000000000000000000 00000000 00000002 00000000 80200001     eth0";
	struct net_route r = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(route6_parse(gateway, strlen(gateway), &r, &e), 0);
	assert_true(scan_is(&r.interface, "eth0"));
	assert_string_equal(r.destination, "::");
	assert_string_equal(r.gateway, "fd00::1");
	assert_false(r.is_refusing);
	assert_int_equal(route6_parse(lo, strlen(lo), &r, &e), 0);
	assert_true(scan_is(&r.interface, "lo"));
	assert_true(r.is_refusing);
	assert_false(r.is_own);
	assert_int_equal(route6_parse(own, strlen(own), &r, &e), 0);
	assert_true(r.is_own);
	assert_int_equal(r.prefix, 128);
}

static void test_inet6(void **state)
{
	static const char line[] = "fe80000000000000d40a16fffe1e0002 05 40 20 80     eth0";
	struct net_address a = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(inet6_parse(line, strlen(line), &a, &e), 0);
	assert_true(scan_is(&a.interface, "eth0"));
	assert_string_equal(a.address, "fe80::d40a:16ff:fe1e:2");
	assert_int_equal(a.prefix, 64);
}

static void test_fib_trie(void **state)
{
	static const char text[] = "Main:\n"
				   "  +-- 0.0.0.0/0 3 0 5\n"
				   "     |-- 0.0.0.0\n"
				   "        /0 universe UNICAST\n"
				   "        +-- 127.0.0.0/31 1 0 0\n"
				   "           |-- 127.0.0.0\n"
				   "              /8 host LOCAL\n"
				   "           |-- 127.0.0.1\n"
				   "              /32 host LOCAL\n"
				   "           |-- 172.30.0.0\n"
				   "              /24 link UNICAST\n"
				   "           |-- 172.30.0.2\n"
				   "              /32 link BROADCAST\n"
				   "              /32 host LOCAL\n"
				   "           |-- not.an.address\n"
				   "              /32 host LOCAL\n";
	struct scan all = scan_of(text, strlen(text)), line;
	char found[3][SOCKET_ADDRESS_SIZE];
	struct fib_trie trie = { 0 };
	size_t count = 0;

	(void)state;
	while (scan_line(&all, &line))
		if (fib_trie_line(&trie, line.p, line.len) && count < 3)
			memcpy(found[count++], trie.address, SOCKET_ADDRESS_SIZE);
	assert_int_equal(count, 2);
	assert_string_equal(found[0], "127.0.0.1");
	assert_string_equal(found[1], "172.30.0.2");
}

/* Headings, and entries cut anywhere, are none. */
static void test_bad(void **state)
{
	static const char dev[] = "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 1";
	static const char route[] = "eth0 00000000 01001EAC 0003 0 0 0 00000000";
	static const char six[] = "00000000000000000000000000000000 00 "
				  "00000000000000000000000000000000 00 "
				  "fd000000000000000000000000000001 00000400 1 0 00450003 e";
	static const char inet6[] = "fe80000000000000d40a16fffe1e0002 05 40 20 80 e";
	struct net_address a;
	struct net_route r;
	struct netdev d;
	struct err e = { 0 };

	(void)state;
	for (size_t len = 0; len < strlen(dev); len++)
		assert_int_equal(netdev_parse(dev, len, &d, &e), -1);
	assert_int_equal(netdev_parse(dev, strlen(dev), &d, &e), 0);
	for (size_t len = 0; len < strlen(route); len++)
		assert_int_equal(route4_parse(route, len, &r, &e), -1);
	assert_int_equal(route4_parse(route, strlen(route), &r, &e), 0);
	for (size_t len = 0; len < strlen(six); len++)
		assert_int_equal(route6_parse(six, len, &r, &e), -1);
	assert_int_equal(route6_parse(six, strlen(six), &r, &e), 0);
	for (size_t len = 0; len < strlen(inet6); len++)
		assert_int_equal(inet6_parse(inet6, len, &a, &e), -1);
	assert_int_equal(inet6_parse(inet6, strlen(inet6), &a, &e), 0);
	assert_int_equal(netdev_parse(" face |bytes    packets errs", 28, &d, &e), -1);
	assert_int_equal(netdev_parse(": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 1", 39, &d, &e), -1);
	assert_int_equal(route4_parse("Iface\tDestination\tGateway \tFlags", 32, &r, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dev),      cmocka_unit_test(test_route4),
		cmocka_unit_test(test_route6),   cmocka_unit_test(test_inet6),
		cmocka_unit_test(test_fib_trie), cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
