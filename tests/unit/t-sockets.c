/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/model/sockets.h"

static struct socket socket_of(enum socket_table t, const char *line)
{
	struct socket so = { 0 };
	struct err e = { 0 };

	assert_int_equal(socket_parse(t, line, strlen(line), &so, &e), 0);
	return so;
}

static void test_tcp(void **state)
{
	struct socket so =
		socket_of(SOCKETS_TCP,
			  "   0: 0100007F:1F90 0200000A:C001 01 0000000A:000000FF 00:00000000 "
			  "00000000   100        0 1150 1 00000000b07df315 100 0 0 10 0       ");

	(void)state;
	assert_string_equal(so.local.address, "127.0.0.1");
	assert_int_equal(so.local.port, 8080);
	assert_string_equal(so.remote.address, "10.0.0.2");
	assert_int_equal(so.remote.port, 0xc001);
	assert_string_equal(so.state, "established");
	assert_int_equal(so.tx_queue, 10);
	assert_int_equal(so.rx_queue, 255);
	assert_int_equal(so.uid, 100);
	assert_int_equal(so.inode, 1150);
	so = socket_of(SOCKETS_TCP,
		       "12: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 "
		       "00000000 0 0 7 1");
	assert_string_equal(so.state, "listen");
}

static void test_six_and_udp(void **state)
{
	struct socket so = socket_of(SOCKETS_TCP6,
				     "   0: 00000000000000000000000001000000:0050 "
				     "0000000000000000FFFF00000100007F:01BB 08 00000000:00000000 "
				     "00:00000000 00000000     0        0 99 1 0");

	(void)state;
	assert_string_equal(so.local.address, "::1");
	assert_string_equal(so.remote.address, "::ffff:127.0.0.1");
	assert_string_equal(so.state, "close_wait");
	so = socket_of(SOCKETS_UDP,
		       "  213: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 "
		       "00000000     0        0 18 2 0000000000000000 0         ");
	assert_string_equal(so.state, "unconnected");
	assert_string_equal(socket_table_name(so.table), "udp");
}

static void test_unix(void **state)
{
	struct socket so =
		socket_of(SOCKETS_UNIX, "0000000098ea25cc: 00000002 00000000 00010000 0001 01  "
					"1146 /run/a b.sock");

	(void)state;
	assert_string_equal(so.state, "listen");
	assert_string_equal(so.type, "stream");
	assert_int_equal(so.inode, 1146);
	assert_true(scan_is(&so.name, "/run/a b.sock"));
	so = socket_of(SOCKETS_UNIX, "0000000000000000: 00000003 00000000 00000000 0005 03 1147");
	assert_string_equal(so.type, "seqpacket");
	assert_string_equal(so.state, "connected");
	assert_int_equal(so.name.len, 0);
	so = socket_of(SOCKETS_UNIX, "0000000000000000: 00000003 00000000 00000000 0002 01 1148 @");
	assert_true(scan_is(&so.name, "@"));
}

static void test_packet_and_netlink(void **state)
{
	struct socket so =
		socket_of(SOCKETS_PACKET, "00000000f1c2a3b4 3      3    88cc   2     1 0      "
					  "100    5511");

	(void)state;
	assert_string_equal(so.type, "raw");
	assert_int_equal(so.protocol, 0x88cc);
	assert_int_equal(so.interface, 2);
	assert_int_equal(so.uid, 100);
	assert_int_equal(so.inode, 5511);
	so = socket_of(SOCKETS_NETLINK,
		       "000000003c9cce21 15  4294963182 00000001 0        8        0     2   "
		       "     0        473     ");
	assert_int_equal(so.protocol, 15);
	assert_int_equal(so.port_id, 4294963182);
	assert_int_equal(so.groups, 1);
	assert_int_equal(so.tx_queue, 8);
	assert_int_equal(so.inode, 473);
}

/* Headings, lines cut anywhere before the inode, and numbers past their size are no entries. */
static void test_bad(void **state)
{
	static const char whole[] =
		"0: 0100007F:1F90 0200000A:C001 01 0000000A:000000FF 00:00000000 "
		"00000000 100 0 1";
	static const struct {
		enum socket_table table;
		const char *line;
	} bad[] = {
		{ SOCKETS_TCP, "  sl  local_address rem_address   st tx_queue rx_queue" },
		{ SOCKETS_UNIX, "Num       RefCount Protocol Flags    Type St Inode Path" },
		{ SOCKETS_PACKET,
		  "sk               RefCnt Type Proto  Iface R Rmem   User   Inode" },
		{ SOCKETS_NETLINK, "sk               Eth Pid        Groups   Rmem     Wmem" },
		{ SOCKETS_TCP, "0: 0100007F:11F90 0200000A:C001 01 0:0 00:0 0 100 0 1" },
		{ SOCKETS_TCP, "0: 0100007:1F90 0200000A:C001 01 0:0 00:0 0 100 0 1" },
		{ SOCKETS_TCP6, "0: 0100007F:1F90 0200000A:C001 01 0:0 00:0 0 100 0 1" },
		{ SOCKETS_UNIX, "0: 2 0 0 0001 01 12x" },
		{ SOCKETS_UNIX, "/run/continued" },
	};
	struct socket so;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(socket_parse(bad[i].table, bad[i].line, strlen(bad[i].line), &so,
					      &e),
				 -1);
	for (size_t len = 0; len < sizeof(whole) - 2; len++)
		assert_int_equal(socket_parse(SOCKETS_TCP, whole, len, &so, &e), -1);
	assert_int_equal(socket_parse(SOCKETS_TCP, whole, sizeof(whole) - 1, &so, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),  cmocka_unit_test(test_six_and_udp),
		cmocka_unit_test(test_unix), cmocka_unit_test(test_packet_and_netlink),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
