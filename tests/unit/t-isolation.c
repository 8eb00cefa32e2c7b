/* SPDX-License-Identifier: Apache-2.0 */
/* What a look finds in tables of the kernel's, and what is made of it. Needs no root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contain/isolation.h"
#include "contain/look.h"
#include "contain/self.h"
#include "lib/base/own.h"
#include "tests/unit/scratch.h"

#define DEV_HEADING                                                                                \
	"Inter-|   Receive                            |  Transmit\n"                               \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
#define LO     "    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n"
#define ETH0   "  eth0: 310 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
#define TUNL   "  tunl0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
#define FIB_LO "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n"
#define ROUTE_HEADING                                                                              \
	"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define TCP_HEADING "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"

struct room {
	struct container container;
	struct engine engine;
	struct subject subject;
	struct netview view;
	struct look look;
};

static void room_open(struct room *r)
{
	static char id[] = "3f1c0ffee0000000000000000000000000000000000000000000000000000abc";
	static char address[] = "unix:///run/docker.sock";

	*r = (struct room){ .engine = { .address = address } };
	r->subject.engine = &r->engine;
	r->subject.container.id = id;
	r->subject.container.state = STATE_RUNNING;
	r->look.subject = &r->subject;
	r->look.view = &r->view;
	scratch_mkdir("net");
	scratch_write("net/dev", DEV_HEADING LO);
	scratch_write("net/route", ROUTE_HEADING);
	scratch_write("net/fib_trie", FIB_LO);
}

static void look_here(struct room *r)
{
	struct err e = { 0 };

	if (look_at_namespace(&r->look, scratch_fd, &e) < 0)
		fail_msg("%s", e.text);
}

static void room_close(struct room *r)
{
	netview_release(&r->view);
	look_release(&r->look);
}

static void test_only_lo(void **state)
{
	struct room r;

	(void)state;
	room_open(&r);
	look_here(&r);
	assert_int_equal(r.view.interfaces.count, 0);
	assert_int_equal(r.view.routes.count, 0);
	assert_int_equal(r.view.connection_count, 0);
	room_close(&r);
}

static void test_interface(void **state)
{
	struct room r;

	(void)state;
	room_open(&r);
	scratch_write("net/dev", DEV_HEADING LO ETH0 TUNL);
	scratch_write("net/route",
		      ROUTE_HEADING "eth0\t00000000\t01001EAC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
				    "eth0\t00001EAC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
	scratch_write("net/fib_trie", FIB_LO "     |-- 172.30.0.2\n        /32 host LOCAL\n"
					     "Local:\n     |-- 172.30.0.2\n"
					     "        /32 host LOCAL\n");
	scratch_write("net/if_inet6", "fe80000000000000d40a16fffe1e0002 05 40 20 80     eth0\n"
				      "00000000000000000000000000000001 01 80 10 80       lo\n");
	look_here(&r);
	assert_int_equal(r.view.interfaces.count, 1);
	assert_string_equal(r.view.interfaces.items[0],
			    "eth0 (fe80::d40a:16ff:fe1e:2, 172.30.0.2)");
	assert_int_equal(r.view.routes.count, 2);
	assert_string_equal(r.view.routes.items[0], "default via 172.30.0.1 dev eth0");
	assert_string_equal(r.view.routes.items[1], "172.30.0.0/24 dev eth0");
	assert_int_equal(r.view.idle.count, 1);
	room_close(&r);
}

/* The name of what the kernel puts everywhere is no disguise for what was used. */
static void test_disguise(void **state)
{
	struct room r;

	(void)state;
	room_open(&r);
	scratch_write("net/dev", DEV_HEADING LO "  sit0: 310 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	look_here(&r);
	assert_int_equal(r.view.idle.count, 0);
	assert_int_equal(r.view.interfaces.count, 1);
	room_close(&r);
}

/* A table that cannot be read is no table without entries. */
static void test_unreadable(void **state)
{
	struct err e = { 0 };
	struct room r;

	(void)state;
	room_open(&r);
	scratch_write("net/dev", DEV_HEADING LO "eth0: 1 2 3\n");
	assert_int_equal(look_at_namespace(&r.look, scratch_fd, &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
	room_close(&r);
}

static void test_connections(void **state)
{
	struct room r;

	(void)state;
	room_open(&r);
	scratch_write("net/tcp", TCP_HEADING
		      /* A listener, one to itself, one over, one that nobody holds, one open. */
		      "0: 00000000:0050 00000000:0000 0A 0:0 00:0 0 0 0 1 1\n"
		      "1: 0100007F:1F90 0100007F:C001 01 0:0 00:0 0 0 0 2 1\n"
		      "2: 02001EAC:1F90 01001EAC:C001 06 0:0 00:0 0 0 0 0 1\n"
		      "3: 02001EAC:1F90 01001EAC:C002 04 0:0 00:0 0 0 0 0 1\n"
		      "4: 02001EAC:1F90 01001EAC:C003 01 0:0 00:0 0 0 0 5 1\n");
	look_here(&r);
	assert_int_equal(r.view.connection_count, 2);
	assert_string_equal(r.view.connections[0].state, "fin_wait1");
	assert_int_equal(r.view.connections[0].inode, 0);
	assert_string_equal(r.view.connections[1].remote.address, "172.30.0.1");
	room_close(&r);
}

/* Of the host's own namespace only what the container holds itself. */
static void test_host_connections(void **state)
{
	struct room r;

	(void)state;
	room_open(&r);
	r.view.is_hosts = true;
	r.look.held = xcalloc(1, sizeof(*r.look.held));
	r.look.held[0] = (struct held){ .inode = 5, .pid = 1, .fd = 3 };
	r.look.held_count = 1;
	scratch_write("net/dev", DEV_HEADING LO ETH0);
	scratch_write("net/tcp",
		      TCP_HEADING "3: 02001EAC:1F90 01001EAC:C002 01 0:0 00:0 0 0 0 4 1\n"
				  "4: 02001EAC:1F90 01001EAC:C003 01 0:0 00:0 0 0 0 5 1\n");
	look_here(&r);
	assert_int_equal(r.view.interfaces.count, 0);
	assert_int_equal(r.view.connection_count, 1);
	assert_int_equal(r.view.connections[0].inode, 5);
	assert_true(r.look.held[0].is_met);
	room_close(&r);
}

static bool has(const struct sentences *list, const char *part)
{
	for (size_t i = 0; i < list->count; i++)
		if (strstr(list->items[i], part))
			return true;
	return false;
}

static void judged(const struct room *r, const struct netview *before,
		   enum isolation_verdict verdict, const char *part)
{
	struct isolation i;

	isolation_judge(&r->subject, before, &r->view, &i);
	assert_int_equal(i.verdict, verdict);
	assert_true(has(verdict == ISOLATED ? &i.proof : &i.reasons, part));
	assert_true((verdict == ISOLATED) == !i.alternative);
	isolation_release(&i);
}

static void test_judge(void **state)
{
	struct netview before = { .is_seen = true };
	struct room r;

	(void)state;
	room_open(&r);
	r.view.is_seen = true;
	judged(&r, &before, ISOLATED, "no interface but lo");
	sentences_add(&r.view.losses, "socket:[12]");
	judged(&r, &before, ISOLATION_UNPROVEN, "socket:[12]");
	sentences_add(&r.view.interfaces, "eth0");
	judged(&r, &before, NOT_ISOLATED, "the interface eth0");
	sentences_release(&r.view.losses);
	sentences_release(&r.view.interfaces);
	sentences_add(&r.view.routes, "default dev eth0");
	judged(&r, &before, NOT_ISOLATED, "the route default");
	sentences_release(&r.view.routes);
	sentences_add(&r.view.sharers, "process 9 (x)");
	judged(&r, &before, NOT_ISOLATED, "shared with process 9");
	sentences_release(&r.view.sharers);
	sentences_add(&r.view.doors, "a door");
	judged(&r, &before, NOT_ISOLATED, "way out beside the network: a door");
	sentences_release(&r.view.doors);
	sentences_add(&r.view.ports, "*:80/tcp by conmon (process 7)");
	judged(&r, &before, NOT_ISOLATED, "published port *:80/tcp by conmon");
	sentences_release(&r.view.ports);
	r.view.is_hosts = true;
	judged(&r, &before, NOT_ISOLATED, "host's own network namespace");
	room_close(&r);
}

static void test_judge_modes(void **state)
{
	static char modes[][20] = { "host", "container:abc", "pasta", "slirp4netns:x",
				    "ns:/run/x" };
	struct netview before = { 0 };
	struct room r;

	(void)state;
	room_open(&r);
	r.view.is_seen = true;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		r.subject.container.network_mode = modes[i];
		judged(&r, &before, NOT_ISOLATED, i == 0 ? "host's own" : "its network");
	}
	r.subject.container.network_mode = (char[]){ "bridge" };
	judged(&r, &before, ISOLATED, "no interface but lo");
	room_close(&r);
}

/* The API alone proves nothing, and that a stopped one has no process on this host proves it. */
static void test_judge_unseen(void **state)
{
	struct netview before = { 0 };
	struct endpoint still = { .network = (char[]){ "web" } };
	struct endpoint none = { .network = (char[]){ "none" } };
	struct room r;

	(void)state;
	room_open(&r);
	judged(&r, &before, ISOLATION_UNPROVEN, "could not be looked at");
	r.subject.endpoints = (struct endpoints){ .items = &still, .count = 1 };
	judged(&r, &before, NOT_ISOLATED, "still lists it in the network 'web'");
	r.subject.endpoints.items = &none;
	r.subject.container.state = STATE_STOPPED;
	r.view.is_empty = true;
	judged(&r, &before, ISOLATED, "no process of it is on this host");
	r.subject.endpoints.items = &still;
	judged(&r, &before, NOT_ISOLATED, "still lists it");
	room_close(&r);
}

static const struct connection some = {
	.table = SOCKETS_TCP,
	.state = "established",
	.local = { .address = "10.0.0.2", .port = 8080 },
	.remote = { .address = "10.0.0.1", .port = 40000 },
	.inode = 5,
};

static void told(const struct room *r, const struct netview *before, const char *part)
{
	struct isolation i;

	isolation_judge(&r->subject, before, &r->view, &i);
	if (!has(&i.proof, part))
		fail_msg("not told: %s", part);
	isolation_release(&i);
}

static void test_judge_connections(void **state)
{
	struct connection was = some, now = some;
	struct netview before = { .is_seen = true, .connections = &was, .connection_count = 1 };
	struct room r;

	(void)state;
	room_open(&r);
	r.view.is_seen = true;
	told(&r, &before, "tcp 10.0.0.2:8080 to 10.0.0.1:40000 (established) is gone");
	r.view.connections = &now;
	r.view.connection_count = 1;
	told(&r, &before, "stays open in its table, and can pass nothing");
	now.inode = 0;
	told(&r, &before, "is orphaned");
	now.inode = 5;
	/* Frozen, it cannot notice: it goes on as soon as there is a network again. */
	r.subject.container.state = STATE_PAUSED;
	judged(&r, &before, NOT_ISOLATED, "1 of its connections stays open");
	r.view.connections = NULL;
	r.view.connection_count = 0;
	judged(&r, &before, ISOLATED, "is gone");
	room_close(&r);
}

static void test_foresee(void **state)
{
	struct netview before = { 0 };
	struct isolation i;
	struct room r;

	(void)state;
	room_open(&r);
	isolation_foresee(&r.subject, &before, &i);
	assert_int_equal(i.verdict, ISOLATED);
	isolation_release(&i);
	r.subject.container.network_mode = (char[]){ "container:abc" };
	r.subject.container.pod = (char[]){ "def" };
	isolation_foresee(&r.subject, &before, &i);
	assert_int_equal(i.verdict, NOT_ISOLATED);
	assert_non_null(strstr(i.alternative, "infra"));
	isolation_release(&i);
	room_close(&r);
}

/* Elsewhere than on the engine's host only the names tell. */
static void test_warn(void **state)
{
	AUTO(str_release) struct str text = STR_INIT(65536);
	struct container_mount mount = { .type = MOUNT_BIND,
					 .source = (char[]){ "/srv" },
					 .destination = (char[]){ "/d" } };
	struct endpoint here = { .network = (char[]){ "web" }, .ipv4 = (char[]){ "10.9.8.7" } };
	struct err e = { 0 };
	struct room r;

	(void)state;
	room_open(&r);
	r.subject.container.mounts = &mount;
	r.subject.container.mount_count = 1;
	r.subject.endpoints = (struct endpoints){ .items = &here, .count = 1 };
	assert_int_equal(unsetenv("SSH_CONNECTION"), 0);
	assert_int_equal(self_check(&r.subject, &e), 0);
	self_warn(&r.subject, &text);
	assert_string_equal(text.buf, "");
	mount.source = (char[]){ "/var/run/docker.sock" };
	self_warn(&r.subject, &text);
	assert_non_null(strstr(text.buf, "the engine's own socket '/var/run/docker.sock'"));
	str_reset(&text);
	mount.source = (char[]){ "/" };
	self_warn(&r.subject, &text);
	assert_non_null(strstr(text.buf, "'/run/podman/podman.sock', in '/', mounted at '/d'"));
	str_reset(&text);
	mount.source = (char[]){ "/runner" };
	assert_int_equal(setenv("SSH_CONNECTION", "10.9.8.77 40000 10.0.0.5 22", 1), 0);
	self_warn(&r.subject, &text);
	assert_string_equal(text.buf, "");
	assert_int_equal(setenv("SSH_CONNECTION", "10.9.8.7 40000 10.0.0.5 22", 1), 0);
	self_warn(&r.subject, &text);
	assert_non_null(strstr(text.buf, "this login (SSH) comes from its address"));
	room_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_only_lo, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_interface, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_disguise, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_unreadable, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_connections, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_host_connections, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(test_judge, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_judge_modes, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_judge_unseen, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_judge_connections, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(test_foresee, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_warn, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
