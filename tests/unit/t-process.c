/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/model/process.h"

#define NUMBERS                                                                                    \
	" S 6353 6353 7107 34816 -1 4194304 99 0 0 0 0 0 0 0 20 0 3 0 152881 3133440 413 "         \
	"18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 1 1 1 1 1 1 1 0\n"

static struct process_stat stat_of(const char *text)
{
	struct process_stat st;
	struct err e = { 0 };

	assert_int_equal(process_stat_parse(text, strlen(text), &st, &e), 0);
	return st;
}

static void test_stat(void **state)
{
	struct process_stat st = stat_of("6355 (cat)" NUMBERS);

	(void)state;
	assert_int_equal(st.pid, 6355);
	assert_int_equal(st.ppid, 6353);
	assert_int_equal(st.session, 7107);
	assert_int_equal(st.state, 'S');
	assert_int_equal(st.threads, 3);
	assert_int_equal(st.start_ticks, 152881);
	assert_int_equal(st.tty_major, 136);
	assert_int_equal(st.tty_minor, 0);
	assert_int_equal(st.comm_len, 3);
	assert_memory_equal(st.comm, "cat", 3);
}

/* The name is the attacker's: whatever it is, the numbers are those behind it. */
static void test_stat_hostile_comm(void **state)
{
	static const char *const names[] = { "a b",         ")", "x) R 1 1 1", "(", "\n1 (y) Z",
					     "\xff\x1b[2J", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[512] = "12 (";
		struct process_stat st;

		strncat(text, names[i], 64);
		strncat(text, ")" NUMBERS, 400);
		st = stat_of(text);
		assert_int_equal(st.pid, 12);
		assert_int_equal(st.state, 'S');
		assert_int_equal(st.ppid, 6353);
		assert_int_equal(st.comm_len, strlen(names[i]));
		assert_memory_equal(st.comm, names[i], st.comm_len);
	}
}

/* Every cut before the start time is refused, and leaves the output alone. */
static void test_stat_truncated(void **state)
{
	static const char text[] = "12 (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 2; len++) {
		struct process_stat st = { .pid = -7 };
		struct err e = { 0 };

		assert_int_equal(process_stat_parse(text, len, &st, &e), -1);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_int_equal(st.pid, -7);
	}
	assert_int_equal(stat_of(text).start_ticks, 7);
}

static const char status[] =
	"Name:\tev\\nUid:\t9\n"
	"Umask:\t0022\nState:\tS (sleeping)\nTgid:\t812\nPid:\t812\nPPid:\t800\n"
	"TracerPid:\t55\nUid:\t100000\t100001\t100002\t4294967295\n"
	"Gid:\t100000\t100000\t100000\t100000\nFDSize:\t64\n"
	"Groups:\t100000 100010 4294967294 \nNStgid:\t812\t1\nNSpid:\t812\t1\n"
	"VmRSS:\t    1688 kB\nCapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\n"
	"CapEff:\t00000000a80425fb\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000001\n"
	"NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n";

static void test_status(void **state)
{
	struct process_status st = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(process_status_parse(status, sizeof(status) - 1, &st, &e), 0);
	assert_int_equal(st.uid[1], 100001);
	assert_int_equal(st.uid[3], UINT32_MAX);
	assert_int_equal(st.gid[0], 100000);
	assert_int_equal(st.group_count, 3);
	assert_int_equal(st.groups[2], 4294967294);
	assert_int_equal(st.ns_depth, 2);
	assert_int_equal(st.ns_pids[0], 812);
	assert_int_equal(st.ns_pids[1], 1);
	assert_int_equal(st.caps[CAPS_EFFECTIVE], 0xa80425fb);
	assert_int_equal(st.caps[CAPS_AMBIENT], 1);
	assert_int_equal(st.no_new_privs, 1);
	assert_int_equal(st.seccomp, 2);
	assert_int_equal(st.seccomp_filters, 3);
	assert_int_equal(st.tracer, 55);
	assert_int_equal(st.rss_kib, 1688);
	process_status_release(&st);
	assert_null(st.groups);
}

static void test_status_without_optional_lines(void **state)
{
	static const char text[] = "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t \n";
	struct process_status st = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(process_status_parse(text, sizeof(text) - 1, &st, &e), 0);
	assert_int_equal(st.no_new_privs, -1);
	assert_int_equal(st.seccomp, -1);
	assert_int_equal(st.group_count, 0);
	assert_int_equal(st.ns_depth, 0);
	process_status_release(&st);
}

static void test_status_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"Uid:\t0\t0\t0\t0\n",
		"Uid:\t0\t0\t0\nGid:\t0\t0\t0\t0\n",
		"Uid:\t0\t0\t0\t4294967296\nGid:\t0\t0\t0\t0\n",
		"Uid:\t0\t0\t0\t-1\nGid:\t0\t0\t0\t0\n",
		"Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nCapEff:\t1ffffffffffffffff\n",
		"Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpid:\t\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct process_status st = { .tracer = 9 };
		struct err e = { 0 };

		assert_int_equal(process_status_parse(bad[i], strlen(bad[i]), &st, &e), -1);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_int_equal(st.tracer, 9);
	}
}

static void test_idmap(void **state)
{
	static const char text[] =
		"         0       1000          1\n         1     100000      65536\n";
	static const char whole[] = "         0          0 4294967295\n";
	struct idmap map;
	struct err e = { 0 };
	uint32_t id = 7;

	(void)state;
	assert_int_equal(idmap_parse(text, sizeof(text) - 1, &map, &e), 0);
	assert_true(idmap_inside(&map, 1000, &id));
	assert_int_equal(id, 0);
	assert_true(idmap_inside(&map, 165535, &id));
	assert_int_equal(id, 65536);
	id = 7;
	assert_false(idmap_inside(&map, 165536, &id));
	assert_false(idmap_inside(&map, 0, &id));
	assert_int_equal(id, 7);
	assert_int_equal(idmap_parse(whole, sizeof(whole) - 1, &map, &e), 0);
	assert_true(idmap_inside(&map, 4294967294, &id));
	assert_false(idmap_inside(&map, 4294967295, &id));
	assert_int_equal(idmap_parse("0 0\n", 4, &map, &e), -1);
}

#define ID "3f1c0ffee0000000000000000000000000000000000000000000000000000abc"

static const char *own_of(const char *path, char out[256])
{
	struct scan s = scan_of(path, strlen(path)), own = cgroup_own(&s, ID);

	memcpy(out, own.p, own.len);
	out[own.len] = '\0';
	return out;
}

static void test_cgroup_own(void **state)
{
	char out[256];

	(void)state;
	assert_string_equal(own_of("/docker/" ID, out), "/docker/" ID);
	assert_string_equal(own_of("/docker/" ID "/init.scope", out), "/docker/" ID);
	assert_string_equal(own_of("/system.slice/docker-" ID ".scope", out),
			    "/system.slice/docker-" ID ".scope");
	assert_string_equal(own_of("/machine.slice/libpod-" ID ".scope/container", out),
			    "/machine.slice/libpod-" ID ".scope");
	assert_string_equal(own_of("/libpod_parent/libpod-" ID, out), "/libpod_parent/libpod-" ID);
	/* The monitor, the host's shell, another container. */
	assert_string_equal(own_of("/machine.slice/libpod-conmon-" ID ".scope", out), "");
	assert_string_equal(own_of("/user.slice/session-1.scope", out), "");
	assert_string_equal(own_of("/", out), "");
	assert_string_equal(own_of("", out), "");
}

static size_t container_in(const char *path)
{
	struct scan s = scan_of(path, strlen(path)), id = cgroup_container(&s);

	return id.len && !memcmp(id.p, ID, id.len) ? id.len : 0;
}

static void test_cgroup_container(void **state)
{
	static const char other[] =
		"00000000000000000000000000000000000000000000000000000000000000aa";

	(void)state;
	assert_int_equal(strlen(ID), 64);
	assert_int_equal(container_in("/docker/" ID), 64);
	assert_int_equal(container_in("/system.slice/docker-" ID ".scope/init"), 64);
	assert_int_equal(container_in("/machine.slice/libpod-" ID ".scope/container"), 64);
	/* What a container runs itself lies below its own. */
	assert_int_equal(container_in("/docker/" ID "/docker/00000000000000000000000000000000"
				      "000000000000000000000000000000aa"),
			 64);
	assert_int_equal(container_in(other), 0);
	assert_int_equal(container_in("/machine.slice/libpod-conmon-" ID ".scope"), 0);
	assert_int_equal(container_in("/libpod_pod_" ID "/libpod-" ID), 64);
	assert_int_equal(container_in("/libpod_pod_" ID), 0);
	assert_int_equal(container_in("/libpod_parent/" ID), 0);
	assert_int_equal(container_in("/libpod_parent/libpod-" ID), 64);
	assert_int_equal(container_in("/libpod_parent/00000000000000000000000000000000"
				      "000000000000000000000000000000aa/libpod-" ID),
			 64);
	assert_int_equal(container_in("/docker-" ID ".scope.d"), 0);
	assert_int_equal(container_in("/docker-" ID "0"), 0);
	assert_int_equal(container_in("/"), 0);
	assert_int_equal(container_in(""), 0);
}

static void test_cgroup_within(void **state)
{
	struct scan own = scan_of("/a/b", 4), none = scan_of("", 0);
	struct scan same = scan_of("/a/b", 4), below = scan_of("/a/b/c", 6),
		    beside = scan_of("/a/bc", 5), above = scan_of("/a", 2);

	(void)state;
	assert_true(cgroup_is_within(&same, &own));
	assert_true(cgroup_is_within(&below, &own));
	assert_false(cgroup_is_within(&beside, &own));
	assert_false(cgroup_is_within(&above, &own));
	assert_false(cgroup_is_within(&same, &none));
}

static void test_cgroup_lines(void **state)
{
	static const char text[] = "12:cpu,cpuacct:/docker/x\nnonsense\n1:name=systemd:/a:b\n0::/";
	struct scan s = scan_of(text, sizeof(text) - 1);
	struct cgroup_line line;

	(void)state;
	assert_true(cgroup_next(&s, &line));
	assert_int_equal(line.hierarchy, 12);
	assert_true(scan_is(&line.controllers, "cpu,cpuacct"));
	assert_true(cgroup_next(&s, &line));
	assert_true(scan_is(&line.path, "/a:b"));
	assert_true(cgroup_next(&s, &line));
	assert_int_equal(line.hierarchy, 0);
	assert_true(scan_is(&line.path, "/"));
	assert_false(cgroup_next(&s, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_stat_hostile_comm),
		cmocka_unit_test(test_stat_truncated),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_status_without_optional_lines),
		cmocka_unit_test(test_status_bad),
		cmocka_unit_test(test_idmap),
		cmocka_unit_test(test_cgroup_own),
		cmocka_unit_test(test_cgroup_container),
		cmocka_unit_test(test_cgroup_within),
		cmocka_unit_test(test_cgroup_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
