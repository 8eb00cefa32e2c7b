/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, addresses and versions: what is asked, of whom, in which of their tongues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"
#include "lib/engine/find.h"
#include "lib/engine/route.h"

static struct engine docker = { .dialect = DIALECT_DOCKER, .api = (char[]){ "1.45" } };
static struct engine podman = { .dialect = DIALECT_PODMAN, .api = (char[]){ "5.4.2" } };

static void text_is(const struct engine *g, enum request what, struct request_args args,
		    const char *text)
{
	AUTO(freep) char *is = engine_request_text(g, what, &args);

	assert_string_equal(is, text);
}

static void requests_in_both_dialects(void **state)
{
	(void)state;
	text_is(&docker, ASK_VERSION, (struct request_args){ 0 }, "GET /version");
	text_is(&docker, ASK_LIST, (struct request_args){ .all = true },
		"GET /v1.45/containers/json?all=true");
	text_is(&docker, ASK_INSPECT, (struct request_args){ .id = "ab" },
		"GET /v1.45/containers/ab/json");
	text_is(&docker, ASK_ARCHIVE, (struct request_args){ .id = "ab", .path = "/a b&c=d/\xff%" },
		"GET /v1.45/containers/ab/archive?path=%2Fa%20b%26c%3Dd%2F%FF%25");
	text_is(&podman, ASK_IMAGE, (struct request_args){ .name = "localhost/x:1?y#z" },
		"GET /v5.4.2/libpod/images/localhost%2Fx%3A1%3Fy%23z/json");
	text_is(&podman, ASK_CHECKPOINT, (struct request_args){ .id = "ab" },
		"POST /v5.4.2/libpod/containers/ab/checkpoint"
		"?export=true&leaveRunning=true&tcpEstablished=true");
	text_is(&docker, ASK_CHECKPOINT_DROP, (struct request_args){ .id = "ab", .name = "c" },
		"DELETE /v1.45/containers/ab/checkpoints/c");
	text_is(&docker, ASK_CHECKPOINT_DROP,
		(struct request_args){ .id = "ab", .name = "c", .path = "/d" },
		"DELETE /v1.45/containers/ab/checkpoints/c?dir=%2Fd");
}

#define ID "0123456789ab"

static void requests_that_change_it(void **state)
{
	const struct commit_label labels[] = { { "impound.container", "sha256:ab/c@1" },
					       { "reason", "a \"b\" $c\n" } };
	const struct commit commit = { .repository = "forensic/x",
				       .tag = "1",
				       .is_paused_meanwhile = true,
				       .comment = "a & b",
				       .labels = labels,
				       .label_count = 2 };
	const struct commit bare = { .repository = "x", .tag = "1" };

	(void)state;
	text_is(&docker, ASK_DISCONNECT, (struct request_args){ .id = ID, .name = "a/b" },
		"POST /v1.45/networks/a%2Fb/disconnect {\"Container\":\"" ID "\",\"Force\":false}");
	text_is(&podman, ASK_DISCONNECT, (struct request_args){ .id = ID, .name = "n" },
		"POST /v5.4.2/libpod/networks/n/disconnect {\"Container\":\"" ID
		"\",\"Force\":false}");
	text_is(&docker, ASK_COMMIT, (struct request_args){ .id = ID, .commit = &commit },
		"POST /v1.45/commit?container=" ID "&repo=forensic%2Fx&tag=1&comment=a%20%26%20b"
		"&pause=true {\"Labels\":{\"impound.container\":\"sha256:ab/c@1\","
		"\"reason\":\"a \\\"b\\\" $c\\n\"}}");
	text_is(&podman, ASK_COMMIT, (struct request_args){ .id = ID, .commit = &commit },
		"POST /v5.4.2/libpod/commit?container=" ID
		"&repo=forensic%2Fx&tag=1&comment=a%20%26%20b&pause=true&format=docker"
		"&changes=LABEL%20impound.container%3Dsha256%3Aab%2Fc%401"
		" {\"Labels\":{\"impound.container\":\"sha256:ab/c@1\","
		"\"reason\":\"a \\\"b\\\" $c\\n\"}}");
	text_is(&docker, ASK_COMMIT, (struct request_args){ .id = ID, .commit = &bare },
		"POST /v1.45/commit?container=" ID "&repo=x&tag=1&pause=false {\"Labels\":{}}");
	text_is(&docker, ASK_STOP, (struct request_args){ .id = ID, .seconds = 10 },
		"POST /v1.45/containers/" ID "/stop?t=10");
	text_is(&podman, ASK_STOP, (struct request_args){ .id = ID },
		"POST /v5.4.2/libpod/containers/" ID "/stop?timeout=0");
	text_is(&docker, ASK_KILL, (struct request_args){ .id = ID },
		"POST /v1.45/containers/" ID "/kill?signal=SIGKILL");
	text_is(&docker, ASK_REMOVE, (struct request_args){ .id = ID },
		"DELETE /v1.45/containers/" ID "?force=true&v=false");
	text_is(&podman, ASK_REMOVE, (struct request_args){ .id = ID },
		"DELETE /v5.4.2/libpod/containers/" ID "?force=true&v=false&timeout=0");
}

/* An address that was given, not asked for, Docker refuses; Podman takes any. */
static void a_connection_is_given_back(void **state)
{
	char *aliases[] = { (char[]){ "web" }, (char[]){ ID } }, *links[] = { (char[]){ "b:db" } };
	struct endpoint_option option = { (char[]){ "k" }, (char[]){ "v\n" } };
	struct endpoint full = { .network = (char[]){ "n" },
				 .mac = (char[]){ "02:00:00:00:00:01" },
				 .ipv4 = (char[]){ "10.0.0.4" },
				 .ipv6 = (char[]){ "fd00::4" },
				 .aliases = aliases,
				 .alias_count = 2,
				 .links = links,
				 .link_count = 1,
				 .options = &option,
				 .option_count = 1,
				 .interface = (char[]){ "eth1" },
				 .gateway_priority = -1 };
	struct endpoint bare = { .network = (char[]){ "n" }, .ipv4 = (char[]){ "10.0.0.4" } };
	struct request_args args = { .id = ID "cdef", .endpoint = &full };

	(void)state;
	text_is(&podman, ASK_CONNECT, args,
		"POST /v5.4.2/libpod/networks/n/connect {\"container\":\"" ID "cdef\","
		"\"aliases\":[\"web\"],\"static_ips\":[\"10.0.0.4\",\"fd00::4\"],"
		"\"static_mac\":\"02:00:00:00:00:01\",\"interface_name\":\"eth1\","
		"\"options\":{\"k\":\"v\\n\"}}");
	args.any_interface = true;
	args.any_address = true;
	text_is(&podman, ASK_CONNECT, args,
		"POST /v5.4.2/libpod/networks/n/connect {\"container\":\"" ID "cdef\","
		"\"aliases\":[\"web\"],\"static_mac\":\"02:00:00:00:00:01\","
		"\"options\":{\"k\":\"v\\n\"}}");
	args.any_address = false;
	full.static_ipv4 = (char[]){ "10.0.0.5" };
	text_is(&docker, ASK_CONNECT, args,
		"POST /v1.45/networks/n/connect {\"Container\":\"" ID "cdef\",\"EndpointConfig\":{"
		"\"IPAMConfig\":{\"IPv4Address\":\"10.0.0.5\"},\"Aliases\":[\"web\"],"
		"\"Links\":[\"b:db\"],\"MacAddress\":\"02:00:00:00:00:01\","
		"\"DriverOpts\":{\"k\":\"v\\n\"},\"GwPriority\":-1}}");
	args.endpoint = &bare;
	text_is(&docker, ASK_CONNECT, args,
		"POST /v1.45/networks/n/connect {\"Container\":\"" ID
		"cdef\",\"EndpointConfig\":{}}");
	bare.static_ipv4 = bare.ipv4;
	args.any_address = true;
	text_is(&docker, ASK_CONNECT, args,
		"POST /v1.45/networks/n/connect {\"Container\":\"" ID
		"cdef\",\"EndpointConfig\":{}}");
	text_is(&podman, ASK_CONNECT, args,
		"POST /v5.4.2/libpod/networks/n/connect {\"container\":\"" ID "cdef\"}");
	args.any_address = false;
	text_is(&podman, ASK_CONNECT, args,
		"POST /v5.4.2/libpod/networks/n/connect {\"container\":\"" ID "cdef\","
		"\"static_ips\":[\"10.0.0.4\"]}");
}

static void events_with_and_without_bounds(void **state)
{
	(void)state;
	text_is(&docker, ASK_EVENTS,
		(struct request_args){ .id = "ab", .since = "1", .until = "2" },
		"GET /v1.45/events?filters=%7B%22container%22%3A%5B%22ab%22%5D%7D&since=1&until=2");
	text_is(&docker, ASK_EVENTS, (struct request_args){ 0 },
		"GET /v1.45/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D");
}

/* The name of a container or image comes from outside; it must stay in its place. */
static void no_argument_leaves_its_place(void **state)
{
	static const char *const bad[] = { "", ".", "..", "../x", "a/../../b", "a/.", "./a" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct request_args args = { .name = bad[i] };
		AUTO(str_release) struct str path = STR_INIT(ROUTE_MAX);
		struct err e = { 0 };

		assert_int_equal(route_path(&docker, route_of(&docker, ASK_IMAGE), &args, &path,
					    &e),
				 -1);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

static void size_is_never_asked_nor_the_harmful(void **state)
{
	(void)state;
	for (int what = 0; what < ASK_COUNT; what++) {
		const char *const paths[] = { docker_routes[what].path, podman_routes[what].path };

		for (size_t d = 0; d < 2; d++) {
			if (!paths[d])
				continue;
			assert_null(strstr(paths[d], "size="));
			assert_null(strstr(paths[d], "healthcheck"));
			assert_null(strstr(paths[d], "exec"));
			assert_null(strstr(paths[d], "ps_args"));
		}
		assert_non_null(docker_routes[what].path);
	}
}

static void addresses(void **state)
{
	static const char *const bad[] = {
		"x",           "unix://x",    "tcp://",        "tcp://h",
		"tcp://h:",    "tcp://h:0",   "tcp://h:65536", "tcp://h:1/x",
		"tcp://a@h:1", "tcp://h?x:1", "tcp://[::1:1",  "tcp://[::1]",
		"http://h:1",  "fd://",       "ssh://u@h"
	};
	static const char *const good[][3] = {
		{ "/run/x.sock", "unix:///run/x.sock", "http://localhost" },
		{ "unix:///x", "unix:///x", "http://localhost" },
		{ "tcp://h:1", "tcp://h:1", "http://h:1" },
		{ "tcp://[::1]:2375", "tcp://[::1]:2375", "http://[::1]:2375" }
	};

	(void)state;
	unsetenv("DOCKER_TLS_VERIFY");
	unsetenv("DOCKER_CERT_PATH");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct engine_link link = { 0 };
		char *address = NULL;
		struct err e = { 0 };

		if (address_parse(bad[i], &link, &address, &e) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_null(address);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct engine_link link = { 0 };
		char *address = NULL;
		struct err e = { 0 };

		assert_int_equal(address_parse(good[i][0], &link, &address, &e), 0);
		assert_string_equal(address, good[i][1]);
		assert_string_equal(link.base, good[i][2]);
		free(address);
		free(link.socket);
		free(link.base);
	}
}

static void tls_by_the_environment(void **state)
{
	struct engine_link link = { 0 };
	char *address = NULL;
	struct err e = { 0 };

	(void)state;
	setenv("DOCKER_TLS_VERIFY", "1", 1);
	setenv("DOCKER_CERT_PATH", "/certs", 1);
	assert_int_equal(address_parse("tcp://h:2376", &link, &address, &e), 0);
	assert_string_equal(link.base, "https://h:2376");
	assert_string_equal(link.cert_dir, "/certs");
	free(address);
	free(link.base);
	free(link.cert_dir);
	unsetenv("DOCKER_TLS_VERIFY");
	unsetenv("DOCKER_CERT_PATH");
}

static void version_is(const char *text, int result, enum dialect d, const char *api)
{
	struct engine g = { 0 };
	struct err e = { 0 };
	int is = version_read(&g, text, strlen(text), &e);

	if (is != result)
		fail_msg("%d: %s: %s", is, text, e.text);
	if (is == 0) {
		assert_int_equal(g.dialect, d);
		assert_string_equal(g.api, api);
	}
	free(g.version);
	free(g.api);
}

#define DOCKER(api, min)                                                                           \
	"{\"Version\":\"x\",\"ApiVersion\":\"" api "\",\"MinAPIVersion\":\"" min "\"}"
#define PODMAN(api, min)                                                                           \
	"{\"Version\":\"x\",\"ApiVersion\":\"1.41\",\"Components\":[{\"Name\":\"Podman Engine\","  \
	"\"Version\":\"x\",\"Details\":{\"APIVersion\":\"" api "\",\"MinAPIVersion\":\"" min       \
	"\"}}]}"

static void the_highest_that_both_speak(void **state)
{
	(void)state;
	version_is(DOCKER("1.41", "1.12"), 0, DIALECT_DOCKER, "1.41");
	version_is(DOCKER("1.52", "1.44"), 0, DIALECT_DOCKER, "1.52");
	version_is(DOCKER("1.60", "1.44"), 0, DIALECT_DOCKER, "1.52");
	version_is(DOCKER("1.100", "1.52"), 0, DIALECT_DOCKER, "1.52");
	version_is(DOCKER("1.40", "1.12"), -1, 0, NULL);
	version_is(DOCKER("1.60", "1.53"), -1, 0, NULL);
	version_is(DOCKER("1.45/../x", "1.12"), 0, DIALECT_DOCKER, "1.45");
	version_is(DOCKER("", ""), -1, 0, NULL);
	version_is(PODMAN("4.3.1", "4.0.0"), 0, DIALECT_PODMAN, "4.3.1");
	version_is(PODMAN("5.4.2-rc1", "4.0.0"), 0, DIALECT_PODMAN, "5.4.2");
	version_is(PODMAN("6.1.0", "4.0.0"), 0, DIALECT_PODMAN, "5.0.0");
	version_is(PODMAN("6.1.0", "6.0.0"), -1, 0, NULL);
	version_is(PODMAN("3.4.4", "3.1.0"), -1, 0, NULL);
	version_is("{\"Components\":[1,{},{\"Name\":null}]}", -1, 0, NULL);
	version_is("[]", -1, 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_in_both_dialects),
		cmocka_unit_test(requests_that_change_it),
		cmocka_unit_test(a_connection_is_given_back),
		cmocka_unit_test(events_with_and_without_bounds),
		cmocka_unit_test(no_argument_leaves_its_place),
		cmocka_unit_test(size_is_never_asked_nor_the_harmful),
		cmocka_unit_test(addresses),
		cmocka_unit_test(tls_by_the_environment),
		cmocka_unit_test(the_highest_that_both_speak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
